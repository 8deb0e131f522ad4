"""What follows a contact by itself: the next try, where it moves, and the answer owed to who wrote or called."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from agents.casework import add_follow_up, log_communication
from agents.models import Agent, CadenceStep, Channel, Communication, Direction, FollowUp, FollowUpKind
from agents.outcomes import playbook
from agents.tests.test_pages_access import signed_in
from agents.wrapup import WrapUp, wrap_up_call
from compliance.models import SuppressionKind
from compliance.suppression import suppress
from intake.models import Lead, LeadStatus, Vertical
from leadcrm.testing.factories import (
    AgentHoursFactory,
    CallingPolicyFactory,
    LeadFactory,
    LicenseFactory,
    OutcomeFactory,
    ReturnTermFactory,
)

# A Wednesday noon in Dallas (CST, UTC-6).
NOON = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
OPEN = {"done_at__isnull": True}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calling_rules")]


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user, phone="+12145550142", zip="75201", state="TX")


def call(lead: Lead, outcome: str = "no_answer", *, now: datetime = NOON, **more: object) -> WrapUp:
    """Log a call as the owner does."""
    given: dict[str, object] = {
        "author": lead.owner, "body": "", "next_at": None, "finish_due": True, "request_id": uuid4(), **more,
    }  # fmt: skip
    return wrap_up_call(lead=lead, outcome=playbook().outcomes[outcome], now=now, **given)  # type: ignore[arg-type]


def said(lead: Lead, channel: Channel, direction: Direction, *, now: datetime = NOON) -> Communication:
    return log_communication(
        lead=lead, channel=channel, direction=direction, author=None if direction == Direction.IN else lead.owner,
        outcome="", body="", request_id=uuid4(), now=now,
    )  # fmt: skip


def planned(lead: Lead) -> list[tuple[str, datetime]]:
    return list(FollowUp.objects.filter(lead=lead, **OPEN).values_list("kind", "due_at"))


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


class TestTries:
    def test_who_was_not_reached_is_tried_again_after_the_gap_of_the_next_step(self, lead: Lead) -> None:
        done = call(lead)

        assert planned(lead) == [("cadence", NOON + timedelta(hours=1))]
        assert done.planned == FollowUp.objects.get()
        assert FollowUp.objects.get().what == "Second try"

    def test_each_try_finishes_the_one_before_and_the_last_plans_no_more(self, lead: Lead) -> None:
        now, dues = NOON, []
        for _ in range(5):
            done = call(lead, now=now)
            assert done.planned
            dues.append(done.planned.due_at)
            now = done.planned.due_at
        last = call(lead, now=now)

        # Three within the first day, none at night: the third lands on the same afternoon.
        assert dues == [utc(2, 19), utc(2, 23), utc(3, 23), utc(6, 23), utc(11, 23)]
        assert (last.planned, last.tries_made) == (None, 6)
        assert planned(lead) == []
        assert FollowUp.objects.count() == 5

    def test_a_time_the_agent_chose_stands_instead_of_the_cadence(self, lead: Lead) -> None:
        moment = NOON + timedelta(days=2)

        call(lead, next_at=moment)

        assert planned(lead) == [("promise", moment)]

    def test_a_promise_still_to_come_stands_and_no_try_is_added(self, lead: Lead, agent: Agent) -> None:
        promise = add_follow_up(
            lead=lead, owner=agent.user, due_at=NOON + timedelta(days=1), what="Call with quotes", now=NOON
        )

        assert call(lead).planned == promise
        assert planned(lead) == [("promise", promise.due_at)]

    def test_who_was_reached_is_not_tried_again_by_itself(self, lead: Lead) -> None:
        call(lead)
        call(lead, "spoke", now=NOON + timedelta(hours=1))

        assert planned(lead) == []

    def test_an_outcome_with_a_time_of_its_own_plans_that(self, lead: Lead) -> None:
        OutcomeFactory.create(
            code="thinking", reached=True, stage="quoted", follow_up_after=timedelta(days=2)
        )

        call(lead, "thinking")

        assert planned(lead) == [("cadence", NOON + timedelta(days=2))]
        assert FollowUp.objects.get().what == "Call back"

    def test_a_call_that_does_not_count_leaves_the_tries_and_still_plans_the_next(self, lead: Lead) -> None:
        OutcomeFactory.create(code="busy", counts_attempt=False)

        call(lead, "busy")

        assert lead.attempts == 0
        assert lead.touched_at == NOON
        assert planned(lead) == [("cadence", NOON + timedelta(hours=1))]

    def test_a_product_with_steps_of_its_own_goes_by_these_alone(self, lead: Lead) -> None:
        product = Vertical.objects.get(code=lead.interest)
        for number, after in ((1, timedelta(0)), (2, timedelta(minutes=10))):
            CadenceStep.objects.create(vertical=product, number=number, after=after, what="Soon")

        assert call(lead).planned
        assert planned(lead) == [("cadence", NOON + timedelta(minutes=10))]
        assert call(lead, now=NOON + timedelta(minutes=10)).tries_made == 2

    def test_without_a_cadence_nothing_is_planned_and_nothing_is_over(self, lead: Lead) -> None:
        CadenceStep.objects.all().delete()

        assert call(lead) == WrapUp()

    @pytest.mark.parametrize("outcome", ["sold", "not_interested", "do_not_call"])
    def test_who_was_won_or_lost_is_not_tried_again(self, lead: Lead, outcome: str) -> None:
        call(lead)
        call(lead, outcome, now=NOON + timedelta(hours=1))

        assert planned(lead) == []

    def test_nobody_is_tried_again_who_must_not_be_called(self, lead: Lead) -> None:
        suppress(
            phone=lead.phone, email="", kind=SuppressionKind.INTERNAL, reason="Asked", channel="call", by=None,
            now=NOON,
        )  # fmt: skip

        assert call(lead, explanation="Dialled before the request came in").planned is None

    def test_a_text_to_somebody_never_reached_is_no_try_and_the_next_call_is_planned(
        self, lead: Lead
    ) -> None:
        said(lead, Channel.TEXT, Direction.OUT)
        assert lead.attempts == 0
        assert planned(lead) == [("cadence", NOON + timedelta(hours=1))]
        assert FollowUp.objects.get(**OPEN).what == "First call"

        call(lead, now=NOON + timedelta(hours=1))
        assert FollowUp.objects.get(**OPEN).what == "Second try"
        said(lead, Channel.EMAIL, Direction.OUT, now=NOON + timedelta(hours=1, minutes=20))
        assert lead.attempts == 1
        assert planned(lead) == [("cadence", NOON + timedelta(hours=2, minutes=20))]
        assert FollowUp.objects.get(**OPEN).what == "Second try"

    def test_after_a_text_to_somebody_known_no_call_is_planned_by_itself(self, lead: Lead) -> None:
        call(lead, "spoke", now=NOON + timedelta(hours=1))
        said(lead, Channel.EMAIL, Direction.OUT, now=NOON + timedelta(hours=2))
        assert planned(lead) == []


class TestHours:
    def test_a_try_at_night_moves_to_the_hour_the_calling_window_opens(self, lead: Lead) -> None:
        call(lead, now=utc(3, 2, 30))  # 8:30 PM in Dallas; Texas closes at 9 PM and opens at 9 AM

        assert planned(lead) == [("cadence", utc(3, 15))]

    def test_a_closed_sunday_is_passed_over(self, agent: Agent) -> None:
        LicenseFactory.create(agent=agent, state="LA")
        lead = LeadFactory.create(owner=agent.user, phone="+15045550142", zip="70112", state="LA")
        Lead.objects.filter(pk=lead.pk).update(attempts=2)  # the fourth try comes a day later

        call(lead, now=utc(5, 18))  # a Saturday

        assert planned(lead) == [("cadence", utc(7, 14))]  # Monday 8 AM

    def test_a_third_contact_within_a_day_waits_where_a_state_limits_them(self, agent: Agent) -> None:
        LicenseFactory.create(agent=agent, state="OK")
        lead = LeadFactory.create(owner=agent.user, phone="+14055550142", zip="73102", state="OK")
        for minute in (0, 10, 20):  # three contacts in twenty minutes
            call(lead, now=NOON + timedelta(minutes=minute), next_at=None)
        Lead.objects.filter(pk=lead.pk).update(attempts=1)

        done = call(lead, now=NOON + timedelta(minutes=30))

        # The fourth contact is counted; the next may be when the second of the four is a day old.
        assert done.planned
        assert done.planned.due_at == NOON + timedelta(days=1, minutes=10)

    def test_the_agents_own_hours_count_too(self, lead: Lead, agent: Agent) -> None:
        for weekday in (0, 1, 2, 3, 4):
            AgentHoursFactory.create(agent=agent, weekday=weekday, starts_at="10:00", ends_at="13:00")
        Lead.objects.filter(pk=lead.pk).update(attempts=3)  # the fifth try comes three days later: a Saturday

        call(lead, now=NOON)

        zone = timedelta(hours=5)  # the agency is on Eastern time
        assert planned(lead) == [("cadence", datetime(2026, 12, 7, 10, tzinfo=UTC) + zone)]

    def test_hours_that_never_meet_end_and_plan_something(self, lead: Lead, agent: Agent) -> None:
        AgentHoursFactory.create(agent=agent, weekday=0, starts_at="03:00", ends_at="04:00")

        assert call(lead).planned is not None

    @pytest.mark.parametrize(
        ("now", "due"),
        [
            # Clocks go forward on March 14, 2027 and back on November 7, 2027: 9 AM stays 9 AM in Dallas.
            (datetime(2027, 3, 14, 2, 30, tzinfo=UTC), datetime(2027, 3, 14, 17, tzinfo=UTC)),
            (datetime(2027, 11, 7, 1, 30, tzinfo=UTC), datetime(2027, 11, 7, 18, tzinfo=UTC)),
        ],
    )
    def test_the_opening_is_right_on_the_days_the_clocks_change(
        self, lead: Lead, now: datetime, due: datetime
    ) -> None:
        CallingPolicyFactory.create(consent_max_age_days=None)
        call(lead, now=now)  # a Saturday evening; Texas opens at noon on a Sunday

        assert planned(lead) == [("cadence", due)]


class TestReplies:
    @pytest.mark.parametrize("channel", [Channel.CALL, Channel.TEXT, Channel.EMAIL])
    def test_who_wrote_or_called_is_owed_an_answer_now_and_only_once(
        self, lead: Lead, agent: Agent, channel: Channel
    ) -> None:
        said(lead, channel, Direction.IN)
        said(lead, channel, Direction.IN, now=NOON + timedelta(minutes=1))

        reply = FollowUp.objects.get()
        assert (reply.kind, reply.owner, reply.due_at) == (FollowUpKind.REPLY, agent.user, NOON)

    @pytest.mark.parametrize("channel", [Channel.CALL, Channel.TEXT, Channel.EMAIL])
    def test_whatever_goes_out_finishes_the_answer_and_the_try(self, lead: Lead, channel: Channel) -> None:
        call(lead)
        said(lead, Channel.TEXT, Direction.IN)
        assert {kind for kind, _ in planned(lead)} == {"cadence", "reply"}
        Lead.objects.filter(pk=lead.pk).update(status=LeadStatus.CONTACTED)

        said(lead, channel, Direction.OUT, now=NOON + timedelta(minutes=5))

        assert planned(lead) == []

    def test_a_note_finishes_nothing(self, lead: Lead) -> None:
        said(lead, Channel.TEXT, Direction.IN)
        said(lead, Channel.NOTE, Direction.NONE)

        assert [kind for kind, _ in planned(lead)] == ["reply"]

    def test_a_missed_call_is_owed_an_answer_and_one_that_was_taken_is_not(self, lead: Lead) -> None:
        call(lead, "voicemail", incoming=True)
        assert [kind for kind, _ in planned(lead)] == ["reply"]

        call(lead, "spoke", incoming=True, now=NOON + timedelta(minutes=5))
        assert planned(lead) == []

    def test_a_missed_call_for_which_a_time_was_chosen_is_a_promise(self, lead: Lead) -> None:
        moment = NOON + timedelta(hours=5)

        call(lead, "voicemail", incoming=True, next_at=moment)

        assert planned(lead) == [("promise", moment)]

    def test_a_lead_without_an_owner_owes_nobodys_answer(self, db: None) -> None:
        lead = LeadFactory.create(owner=None)

        said(lead, Channel.TEXT, Direction.IN)

        assert planned(lead) == []

    def test_promises_are_untouched_by_a_text(self, lead: Lead, agent: Agent) -> None:
        promise = add_follow_up(
            lead=lead, owner=agent.user, due_at=NOON + timedelta(days=1), what="Call", now=NOON
        )

        said(lead, Channel.TEXT, Direction.OUT)

        assert planned(lead) == [("promise", promise.due_at)]


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def at_once(self) -> Callable[[Callable[[int], object], int], list[object]]:
        def run(work: Callable[[int], object], times: int) -> list[object]:
            def on_own_connection(number: int) -> object:
                try:
                    return work(number)
                finally:
                    connection.close()

            with ThreadPoolExecutor(times) as threads:
                return list(threads.map(on_own_connection, range(times)))

        return run

    def test_two_agents_who_log_at_once_leave_one_try_and_both_calls(
        self, lead: Lead, teammate: Agent, at_once: Callable[[Callable[[int], object], int], list[object]]
    ) -> None:
        authors = [lead.owner, teammate.user]

        at_once(lambda n: call(Lead.objects.get(pk=lead.pk), author=authors[n % 2]), 8)

        lead.refresh_from_db()
        assert (lead.attempts, Communication.objects.count()) == (8, 8)
        # The eighth call is beyond the cadence; whatever try was open is finished.
        assert planned(lead) == []

    def test_ten_texts_that_come_in_at_once_owe_one_answer(
        self, lead: Lead, at_once: Callable[[Callable[[int], object], int], list[object]]
    ) -> None:
        at_once(lambda n: said(Lead.objects.get(pk=lead.pk), Channel.TEXT, Direction.IN), 10)

        assert [kind for kind, _ in planned(lead)] == ["reply"]

    def test_a_double_click_plans_one_try(
        self, lead: Lead, at_once: Callable[[Callable[[int], object], int], list[object]]
    ) -> None:
        request_id = uuid4()

        done = at_once(lambda n: call(Lead.objects.get(pk=lead.pk), request_id=request_id), 6)

        assert [one.repeated for one in done].count(False) == 1  # type: ignore[attr-defined]
        assert planned(lead) == [("cadence", NOON + timedelta(hours=1))]


class TestPages:
    @pytest.fixture(autouse=True)
    def _noon(self, travel_to: Callable[[datetime], None]) -> None:
        travel_to(NOON)

    def log(self, lead: Lead, **data: object) -> str:
        client = signed_in(lead.owner)  # type: ignore[arg-type]
        data = {"request_id": uuid4(), **data}
        return client.post(f"/leads/A-{lead.pk}/call/", data, follow=True).text

    def test_the_page_says_when_the_next_try_would_be_and_then_when_it_is(self, lead: Lead) -> None:
        page = signed_in(lead.owner).get(f"/leads/A-{lead.pk}/").text  # type: ignore[arg-type]
        assert "the next try is planned for today 1:00 PM their time" in page

        said = self.log(lead, outcome="no_answer")
        assert "Call logged: No answer. Next try today 1:00 PM their time." in said

    def test_after_the_last_try_the_page_and_the_queue_say_so(self, lead: Lead) -> None:
        Lead.objects.filter(pk=lead.pk).update(attempts=5, touched_at=NOON)

        page = self.log(lead, outcome="no_answer")

        assert "Six tries made: lose it or plan one." in page
        assert "<strong>Six tries made: lose it or plan one</strong>" in page
        queue = signed_in(lead.owner).get("/").text  # type: ignore[arg-type]
        assert "Six tries made: lose it or plan one" in queue
        assert "6/6" in queue

    def test_a_call_that_is_sent_twice_says_so(self, lead: Lead) -> None:
        request_id = uuid4()
        self.log(lead, outcome="no_answer", request_id=request_id)

        assert "was logged before" in self.log(lead, outcome="no_answer", request_id=request_id)

    def test_who_logs_from_an_old_page_hears_what_a_colleague_did_meanwhile(
        self, lead: Lead, teammate: Agent
    ) -> None:
        call(lead, "spoke", author=teammate.user, now=NOON - timedelta(minutes=5))

        page = self.log(lead, outcome="no_answer", seen_at=(NOON - timedelta(minutes=9)).isoformat())

        assert "Test Teammate logged a call at 12:55 PM, while your page was open" in page

    def test_a_wrong_number_may_be_returned_where_the_contract_says_so(self, lead: Lead) -> None:
        ReturnTermFactory.create(source=lead.source)
        assert "May be returned: wrong number" in self.log(lead, outcome="wrong_number")
