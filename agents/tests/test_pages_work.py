"""What an agent does on a lead's page: calls, notes, follow-ups, stages."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from agents.models import Agent, Communication, FollowUp
from agents.tests.page_suite import signed_in
from compliance.models import Suppression, SuppressionKind
from compliance.suppression import in_force, suppress
from intake.models import Lead, LeadEvent, LeadStatus
from leadcrm.testing.factories import FollowUpFactory, LeadFactory, UserFactory

CENTRAL = ZoneInfo("America/Chicago")
Post = Callable[..., Any]


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user, zip="75201", state="TX", phone_2="+15125550199")


@pytest.fixture
def client(agent: Agent) -> Client:
    return signed_in(agent.user)


@pytest.fixture
def post(client: Client, lead: Lead) -> Post:
    """Post to an act of the lead's page: `post("call", outcome="sold")`."""

    def send(act: str, **data: Any) -> Any:
        answer = client.post(f"/leads/A-{lead.pk}/{act}/", {"request_id": uuid4(), **data})
        lead.refresh_from_db()
        return answer

    return send


def wall(moment: Any) -> str:
    """A moment as the form's field takes it, in the zone of the lead of these tests (Central)."""
    return f"{moment.astimezone(CENTRAL):%Y-%m-%dT%H:%M}"


class TestCalls:
    @pytest.mark.parametrize(
        ("outcome", "stage"),
        [
            ("no_answer", "new"), ("voicemail", "new"), ("spoke", "contacted"), ("quoted", "quoted"),
            ("sold", "sold"), ("not_interested", "lost"), ("do_not_call", "lost"),
        ],
    )  # fmt: skip
    def test_an_outcome_moves_the_lead_to_its_stage(
        self, post: Post, lead: Lead, outcome: str, stage: str
    ) -> None:
        answer = post("call", outcome=outcome, body="words")

        assert answer.status_code == 302
        assert lead.status == stage
        assert lead.attempts == 1
        assert lead.touched_at is not None
        assert Communication.objects.get(lead=lead).outcome == outcome

    def test_a_conversation_does_not_take_a_quoted_lead_back(self, post: Post, lead: Lead) -> None:
        post("call", outcome="quoted")
        post("call", outcome="spoke")

        assert lead.status == LeadStatus.QUOTED

    def test_a_client_is_not_lost_by_a_call(self, post: Post, lead: Lead) -> None:
        post("call", outcome="sold")
        post("call", outcome="not_interested")

        assert lead.status == LeadStatus.SOLD

    def test_a_wrong_number_loses_only_a_lead_without_a_second_one(self, post: Post, lead: Lead) -> None:
        post("call", outcome="wrong_number")
        assert lead.status == LeadStatus.NEW

        Lead.objects.filter(pk=lead.pk).update(phone_2="")
        post("call", outcome="wrong_number")
        assert lead.status == LeadStatus.LOST

    def test_a_call_back_is_planned_and_shown_at_the_consumers_wall_time(
        self, post: Post, client: Client, lead: Lead
    ) -> None:
        moment = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)

        post("call", outcome="call_back", next_at=wall(moment))

        planned = FollowUp.objects.get(lead=lead)
        assert planned.due_at == moment
        assert planned.what == "Call back"
        assert f"{moment.astimezone(CENTRAL):%I:%M %p}".lstrip("0") in client.get(f"/leads/A-{lead.pk}/").text

    def test_a_call_back_without_a_time_is_refused_and_keeps_what_was_typed(
        self, post: Post, lead: Lead
    ) -> None:
        answer = post("call", outcome="call_back", body="A long note nobody wants to type twice")

        assert answer.status_code == 422
        assert "Say when to call back." in answer.text
        assert "A long note nobody wants to type twice" in answer.text
        assert 'value="call_back" id="id_outcome_2" checked' in answer.text.replace(" required", "")
        assert not Communication.objects.exists()

    def test_a_time_that_has_passed_is_refused(self, post: Post, lead: Lead) -> None:
        answer = post("call", outcome="no_answer", next_at=wall(timezone.now() - timedelta(hours=1)))

        assert "This time has passed" in answer.text
        assert not Communication.objects.exists()

    @pytest.mark.parametrize("outcome", ["", "nonsense", "No answer"])
    def test_only_the_outcomes_of_the_list_are_taken(self, post: Post, lead: Lead, outcome: str) -> None:
        assert post("call", outcome=outcome).status_code == 422
        assert not Communication.objects.exists()

    def test_the_follow_up_that_was_due_is_done_if_the_agent_says_so(
        self, post: Post, lead: Lead, agent: Agent
    ) -> None:
        due = FollowUpFactory.create(
            lead=lead, owner=agent.user, due_at=timezone.now() - timedelta(minutes=1)
        )
        later = FollowUpFactory.create(lead=lead, owner=agent.user, due_at=timezone.now() + timedelta(days=1))

        still_open = FollowUp.objects.filter(lead=lead, done_at__isnull=True)

        post("call", outcome="spoke")
        assert set(still_open.all()) == {due, later}

        post("call", outcome="spoke", finish="on")
        assert set(still_open.all()) == {later}

    def test_a_lost_lead_keeps_no_promises(self, post: Post, lead: Lead, agent: Agent) -> None:
        FollowUpFactory.create(lead=lead, owner=agent.user, due_at=timezone.now() + timedelta(days=1))

        post("call", outcome="not_interested")

        assert not FollowUp.objects.filter(done_at__isnull=True).exists()

    def test_a_call_that_is_sent_again_later_does_not_reopen_what_was_closed_since(
        self, post: Post, lead: Lead
    ) -> None:
        request_id = uuid4()
        post("call", request_id=request_id, outcome="spoke")
        post("stage", seen="contacted", to="lost")

        assert post("call", request_id=request_id, outcome="spoke").status_code == 302

        assert lead.status == LeadStatus.LOST

    def test_a_form_of_another_leads_page_is_refused(self, post: Post, lead: Lead, agent: Agent) -> None:
        other = LeadFactory.create(owner=agent.user)
        request_id = uuid4()
        signed_in(agent.user).post(
            f"/leads/A-{other.pk}/call/", {"request_id": request_id, "outcome": "spoke"}
        )

        answer = post("call", request_id=request_id, outcome="sold", body="Kept")

        assert answer.status_code == 422
        assert "belongs to another lead" in answer.text
        assert lead.status == LeadStatus.NEW


class TestAskedNotToBeCalled:
    def test_everything_that_reaches_the_person_is_on_the_list_at_once(
        self, post: Post, client: Client, lead: Lead, agent: Agent
    ) -> None:
        post("call", outcome="do_not_call")

        rows = Suppression.objects.all()
        assert {row.phone or row.email for row in rows} == {lead.phone, lead.phone_2, lead.email}
        assert {(row.kind, row.added_by, row.channel) for row in rows} == {("internal", agent.user, "call")}
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "Do not call, text or e-mail this person." in page
        assert "tel:" not in page
        assert "mailto:" not in page

    def test_a_client_who_asks_is_suppressed_and_stays_a_client(self, post: Post, lead: Lead) -> None:
        post("call", outcome="sold")
        post("call", outcome="do_not_call")

        assert lead.status == LeadStatus.SOLD
        assert in_force(phone=lead.phone).exists()

    def test_another_lead_of_the_same_phone_warns_as_well(
        self, post: Post, client: Client, lead: Lead, agent: Agent
    ) -> None:
        other = LeadFactory.create(owner=agent.user, phone=lead.phone)
        post("call", outcome="do_not_call")

        assert "Do not call" in client.get(f"/leads/A-{other.pk}/").text

    def test_nothing_is_suppressed_when_the_call_could_not_be_logged(
        self, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**given: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr("agents.wrapup.move_lead", refuse)
        with pytest.raises(RuntimeError):
            post("call", outcome="do_not_call")

        assert not Suppression.objects.exists()
        assert not Communication.objects.exists()


class TestSuppress:
    ABOUT: dict[str, Any] = {
        "kind": SuppressionKind.INTERNAL, "reason": "Asked", "channel": "call", "by": None,
    }  # fmt: skip

    def test_asking_twice_leaves_the_first_request_in_force(self, db: None) -> None:
        first = timezone.now() - timedelta(days=1)
        suppress(phone="+12145550142", email="A@Example.com", now=first, **self.ABOUT)

        rows = suppress(phone="+12145550142", email="a@example.com", now=timezone.now(), **self.ABOUT)

        assert {row.added_at for row in rows} == {first}
        assert Suppression.objects.count() == 2

    def test_a_listed_phone_does_not_keep_the_address_off_the_list(self, db: None) -> None:
        suppress(phone="+12145550142", email="", now=timezone.now(), **self.ABOUT)
        suppress(phone="+12145550142", email="a@example.com", now=timezone.now(), **self.ABOUT)

        assert in_force(email="A@EXAMPLE.com").exists()

    def test_a_released_person_can_ask_again(self, db: None) -> None:
        now = timezone.now()
        suppress(phone="+12145550142", email="", now=now, **self.ABOUT)
        Suppression.objects.update(released_at=now, released_by=UserFactory.create())
        assert not in_force(phone="+12145550142").exists()

        suppress(phone="+12145550142", email="", now=now, **self.ABOUT)

        assert in_force(phone="+12145550142").count() == 1

    def test_nobody_in_particular_cannot_be_suppressed(self, db: None) -> None:
        with pytest.raises(ValueError, match="needs a phone number"):
            suppress(phone="", email=" ", now=timezone.now(), **self.ABOUT)

    @pytest.mark.django_db(transaction=True)
    def test_ten_requests_at_once_make_one_row_each(self) -> None:
        def ask(number: int) -> int:
            try:
                return len(
                    suppress(phone="+12145550142", email="a@example.com", now=timezone.now(), **self.ABOUT)
                )
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as threads:
            found = list(threads.map(ask, range(10)))

        assert found == [2] * 10
        assert Suppression.objects.count() == 2


class TestNotesAndPromises:
    def test_a_note_is_kept_and_does_not_touch_the_lead(self, post: Post, client: Client, lead: Lead) -> None:
        post("note", body="Prefers mornings\nand Spanish")

        assert lead.touched_at is None
        assert "Prefers mornings\nand Spanish" in client.get(f"/leads/A-{lead.pk}/").text

    def test_an_empty_note_is_refused(self, post: Post) -> None:
        answer = post("note", body="   ")

        assert answer.status_code == 422
        assert "Write the note first." in answer.text

    def test_a_follow_up_is_planned_and_done(
        self, post: Post, client: Client, lead: Lead, agent: Agent
    ) -> None:
        moment = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
        post("follow-up", what="Send papers", due_at=wall(moment))
        planned = FollowUp.objects.get()

        assert (planned.owner, planned.due_at, planned.what) == (agent.user, moment, "Send papers")

        post(f"follow-up/{planned.pk}/done")
        post(f"follow-up/{planned.pk}/done")
        planned.refresh_from_db()
        assert planned.done_at is not None
        assert "Done: Send papers" in client.get(f"/leads/A-{lead.pk}/").text

    def test_a_follow_up_of_another_lead_is_not_found_here(self, post: Post, agent: Agent) -> None:
        other = FollowUpFactory.create(lead=LeadFactory.create(owner=agent.user), owner=agent.user)

        assert post(f"follow-up/{other.pk}/done").status_code == 404

    @pytest.mark.parametrize("due_at", ["", "soon", "2020-01-01T10:00", "2026-13-01T10:00"])
    def test_a_follow_up_needs_a_moment_to_come(self, post: Post, due_at: str) -> None:
        answer = post("follow-up", what="Send papers", due_at=due_at)

        assert answer.status_code == 422
        assert "Send papers" in answer.text
        assert not FollowUp.objects.exists()


class TestStages:
    def test_the_stage_is_changed_with_its_reason_in_the_story(
        self, post: Post, client: Client, lead: Lead
    ) -> None:
        post("stage", seen="new", to="quoted", reason="By e-mail")

        assert lead.status == LeadStatus.QUOTED
        page = client.get(f"/leads/A-{lead.pk}/").text
        assert "New → Quoted" in page
        assert "By e-mail" in page

    def test_who_comes_second_is_told_so_and_changes_nothing(self, post: Post, lead: Lead) -> None:
        post("stage", seen="new", to="sold")

        answer = post("stage", seen="new", to="contacted", reason="My words")

        assert answer.status_code == 422
        assert "Somebody moved this lead to Sold" in answer.text
        assert "My words" in answer.text
        assert lead.status == LeadStatus.SOLD

    def test_a_step_that_does_not_exist_is_refused_in_words(self, post: Post, lead: Lead) -> None:
        post("stage", seen="new", to="sold")

        assert "A lead that is Sold cannot become Quoted" in post("stage", seen="sold", to="quoted").text

    def test_pressing_twice_moves_once(self, post: Post, lead: Lead) -> None:
        assert post("stage", seen="new", to="lost").status_code == 302
        assert post("stage", seen="new", to="lost").status_code == 302
        assert LeadEvent.objects.filter(lead=lead, kind="status").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "data", "model"),
    [
        ("call", {"outcome": "do_not_call"}, Communication),
        ("note", {"body": "Once"}, Communication),
        ("follow-up", {"what": "Once", "due_at": "2099-01-01T10:00"}, FollowUp),
    ],
)
def test_a_double_click_writes_one_row(
    agent: Agent, lead: Lead, act: str, data: dict[str, str], model: type[Communication | FollowUp]
) -> None:
    clients, request_id = [signed_in(agent.user) for _ in range(4)], str(uuid4())

    def press(client: Client) -> int:
        try:
            return client.post(f"/leads/A-{lead.pk}/{act}/", {"request_id": request_id, **data}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(press, clients)) == [302] * 4

    assert model.objects.filter(lead=lead).count() == 1
    lead.refresh_from_db()
    assert lead.attempts == (1 if act == "call" else 0)
