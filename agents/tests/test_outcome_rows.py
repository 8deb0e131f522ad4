"""Outcomes as rows: what the database refuses, what managers see, and that every page goes by them at once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from agents.models import Agent, CadenceStep, Outcome
from agents.outcome_rows import move_up
from agents.outcomes import playbook
from agents.tests.test_pages_access import signed_in
from compliance.models import ConfigChange
from intake.models import Lead
from leadcrm.lib.config import current_version
from leadcrm.models import User
from leadcrm.testing.factories import CommunicationFactory, LeadFactory, OutcomeFactory

pytestmark = pytest.mark.django_db
SHIPPED = [
    "no_answer", "voicemail", "call_back", "spoke", "quoted", "sold", "not_interested", "wrong_number", "do_not_call",
]  # fmt: skip


def test_nine_outcomes_and_six_tries_are_shipped() -> None:
    book = playbook()

    assert [card.code for card in book.offered] == SHIPPED
    assert book.most_tries("final_expense") == 6
    assert book.returnable == {"wrong_number": "wrong_number"}


def test_a_code_that_no_row_has_is_still_readable() -> None:
    assert playbook().label("left_message_2019") == "Left message 2019"


class TestWhatTheDatabaseHolds:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"code": "other"}, {"position": 0}, {"position": 10}, {"position": 2}, {"tone": "pink"}, {"stage": "new"},
            {"return_reason": "boring"}, {"follow_up_after": timedelta(0)}, {"label": ""},
            {"stops": True, "asks_when": True},
        ],
        ids=str,
    )  # fmt: skip
    def test_it_refuses(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Outcome.objects.filter(code="no_answer").update(**wrong)

    def test_one_active_outcome_goes_on_stopping_contact(self) -> None:
        last = Outcome.objects.filter(code="do_not_call")
        for change in ({"active": False}, {"stops": False}):
            with pytest.raises(IntegrityError, match="must stop contact"), transaction.atomic():
                last.update(**change)
        with pytest.raises(IntegrityError, match="must stop contact"), transaction.atomic():
            last.delete()

        Outcome.objects.filter(code="sold").update(stops=True)
        last.update(active=False)

    def test_an_outcome_in_use_is_not_deleted(self) -> None:
        CommunicationFactory.create(lead=LeadFactory.create(), outcome="voicemail")

        with pytest.raises(IntegrityError, match="calls ended with this"), transaction.atomic():
            Outcome.objects.get(code="voicemail").delete()
        Outcome.objects.get(code="no_answer").delete()

    def test_a_change_is_seen_at_the_next_question_and_stands_in_the_history(self) -> None:
        before = current_version()
        playbook()

        Outcome.objects.filter(code="spoke").update(label="Talked")

        assert playbook().label("spoke") == "Talked"
        change = ConfigChange.objects.filter(table_name="agents_outcome").first()
        assert change
        assert change.after
        assert (change.version, change.after["label"]) == (before + 1, "Talked")

    def test_two_change_keys_in_one_step(self) -> None:
        assert move_up(outcome=Outcome.objects.get(code="voicemail"))
        assert [card.code for card in playbook().offered][:2] == ["voicemail", "no_answer"]
        assert not move_up(outcome=Outcome.objects.get(code="voicemail"))
        assert not move_up(outcome=OutcomeFactory.create())

    @pytest.mark.parametrize(
        "wrong", [{"number": 0}, {"after": timedelta(0)}, {"what": ""}, {"number": 1}], ids=str
    )
    def test_a_step_of_the_cadence_waits_has_a_number_of_its_own_and_words(
        self, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            CadenceStep.objects.filter(number=3).update(**wrong)


class TestDesk:
    @pytest.fixture
    def manager(self, client: Client, reviewer: User) -> Client:
        client.force_login(reviewer)
        return client

    def save(self, manager: Client, code: str, **changes: Any) -> Any:
        row = Outcome.objects.get(code=code)
        fields = ("label", "position", "tone", "stage", "return_reason")
        data = {name: getattr(row, name) for name in fields}
        ticked = ("active", "reached", "counts_attempt", "asks_when", "stops")
        data |= {name: "on" for name in ticked if getattr(row, name)}
        data |= changes
        url = reverse("admin:agents_outcome_change", args=[row.pk])
        return manager.post(url, {name: value for name, value in data.items() if value is not None})

    def test_a_manager_renames_an_outcome_and_agents_see_it(
        self, manager: Client, reviewer: User, agent: Agent
    ) -> None:
        lead = LeadFactory.create(owner=agent.user)

        assert self.save(manager, "spoke", label="Talked: wants a quote").status_code == 302

        assert "Talked: wants a quote" in signed_in(agent.user).get(f"/leads/A-{lead.pk}/").text
        change = ConfigChange.objects.filter(table_name="agents_outcome").first()
        assert change
        assert change.by == reviewer

    def test_what_cannot_be_is_told_in_words(self, manager: Client) -> None:
        for code, changes, words in (
            ("spoke", {"position": 1}, "“No answer” has this key"),
            ("do_not_call", {"active": None}, "One active outcome must stop contact"),
            ("do_not_call", {"stops": None}, "One active outcome must stop contact"),
            ("do_not_call", {"follow_up_after": "1 00:00:00"}, "plan nothing after it"),
        ):
            answer = self.save(manager, code, **changes)
            assert answer.status_code == 200
            assert words in answer.text

    def test_a_used_one_is_switched_off_and_not_deleted(self, manager: Client) -> None:
        CommunicationFactory.create(lead=LeadFactory.create(), outcome="voicemail")
        used, unused = (Outcome.objects.get(code=code) for code in ("voicemail", "quoted"))

        delete = "admin:agents_outcome_delete"
        assert manager.post(reverse(delete, args=[used.pk]), {"post": "yes"}).status_code == 403
        assert manager.post(reverse(delete, args=[unused.pk]), {"post": "yes"}).status_code == 302
        assert self.save(manager, "voicemail", active=None).status_code == 302
        assert [card.code for card in playbook().offered] == [
            code for code in SHIPPED if code not in ("voicemail", "quoted")
        ]

    def test_the_code_is_not_on_the_form_of_a_row_that_is_there(self, manager: Client) -> None:
        row = Outcome.objects.get(code="spoke")

        assert 'name="code"' not in manager.get(reverse("admin:agents_outcome_change", args=[row.pk])).text


class TestOnTheLeadsPage:
    @pytest.fixture
    def lead(self, agent: Agent) -> Lead:
        return LeadFactory.create(owner=agent.user)

    def test_an_outcome_named_in_the_address_is_chosen(self, agent: Agent, lead: Lead) -> None:
        client = signed_in(agent.user)

        page = client.get(f"/leads/A-{lead.pk}/?outcome=voicemail").text.replace(" required", "")
        assert 'value="voicemail" id="id_outcome_1" checked' in page
        for code in ("nonsense", "", "<script>"):
            other = client.get(f"/leads/A-{lead.pk}/", {"outcome": code})
            assert other.context["call_form"]["outcome"].value() is None

    def test_one_switched_off_meanwhile_is_refused_and_the_words_are_kept(
        self, agent: Agent, lead: Lead
    ) -> None:
        Outcome.objects.filter(code="spoke").update(active=False)

        data = {"outcome": "spoke", "body": "Long words", "request_id": uuid4()}
        answer = signed_in(agent.user).post(f"/leads/A-{lead.pk}/call/", data)

        assert answer.status_code == 422
        assert "no longer offered" in answer.text
        assert "Long words" in answer.text

    def test_its_key_stands_beside_it(self, agent: Agent, lead: Lead) -> None:
        Outcome.objects.filter(code="no_answer").update(active=False)

        page = signed_in(agent.user).get(f"/leads/A-{lead.pk}/").text

        assert 'data-key="1"' not in page
        assert 'data-key="2"' in page
