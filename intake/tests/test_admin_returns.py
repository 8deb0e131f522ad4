"""The managers' desks of returns: candidates by the clock, asking many at once, the vendor's answer, the figures."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake.models import (
    CandidateState,
    Lead,
    LeadStatus,
    Return,
    ReturnCandidate,
    ReturnState,
    ReturnTerm,
)
from intake.returns.spending import costs
from intake.tests.test_admin_sources import form_of
from leadcrm.models import ConfigStamp, User
from leadcrm.testing.factories import (
    LeadFactory,
    ReturnCandidateFactory,
    ReturnFactory,
    ReturnTermFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

CANDIDATES = "/admin/intake/returncandidate/"
RETURNS = "/admin/intake/return/"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def candidate(hours: float = 120, **lead: Any) -> ReturnCandidate:
    """A lead whose window closes in so many hours."""
    term_days = 10
    made = LeadFactory.create(
        **{"received_at": timezone.now() + timedelta(hours=hours) - timedelta(days=term_days), **lead}
    )
    if not ReturnTerm.objects.filter(source=made.source).exists():
        ReturnTermFactory.create(source=made.source, days=term_days)
    row: ReturnCandidate = ReturnCandidateFactory.create(
        lead=made, until_at=made.received_at + timedelta(days=term_days)
    )
    return row


def text(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.text


def test_the_window_that_closes_first_stands_on_top_and_what_ran_out_is_kept_apart(manager: Client) -> None:
    late, soon, gone = candidate(100), candidate(20), candidate(-5)
    sold = candidate(50, status=LeadStatus.SOLD)
    page = text(manager, CANDIDATES)
    assert page.index(f">A-{soon.lead_id}<") < page.index(f">A-{late.lead_id}<")
    assert "20 h left" in page
    for other in (gone, sold):
        assert f">A-{other.lead_id}<" not in page
    assert f">A-{gone.lead_id}<" in text(manager, CANDIDATES, stand="ran_out")
    for wanted in (gone, sold):
        assert f">A-{wanted.lead_id}<" in text(manager, CANDIDATES, q=f"A-{wanted.lead_id}")


def test_the_first_page_tells_of_windows_that_close_today_or_tomorrow(manager: Client) -> None:
    candidate(20)
    candidate(100)
    assert "<b>1</b> lead to be returned by the end of tomorrow" in text(
        manager, reverse("admin:index")
    ).replace("\n", "")


def chosen(action: str, *rows: ReturnCandidate, **more: str) -> dict[str, Any]:
    return {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}


def confirmed(manager: Client, action: str, *rows: ReturnCandidate, **filled: str) -> str:
    """Choose, confirm; the page with the result."""
    asked = manager.post(CANDIDATES, chosen(action, *rows))["Location"]
    return manager.post(asked, filled, follow=True).text


def test_many_are_asked_at_once_with_one_note(manager: Client, reviewer: User) -> None:
    rows = [candidate(), candidate()]
    form = manager.post(CANDIDATES, chosen("ask-candidates", *rows), follow=True)
    assert "Ask for the return: 2 leads" in form.text
    confirmed(manager, "ask-candidates", *rows, note="Please credit.")
    asked = Return.objects.all()
    assert {(row.lead_id, row.note, row.asked_by) for row in asked} == {
        (row.lead_id, "Please credit.", reviewer) for row in rows
    }
    assert ReturnCandidate.objects.filter(state=CandidateState.ASKED).count() == 2


def test_what_cannot_be_asked_is_told_and_the_others_are_asked(manager: Client) -> None:
    good, bad = candidate(), candidate()
    ReturnTerm.objects.filter(source=bad.source).update(attempts=4)
    page = confirmed(manager, "ask-candidates", good, bad, note="")
    assert "1 done" in page
    assert "The contract asks for 4 more tries" in page


def test_many_are_dismissed_at_once(manager: Client) -> None:
    rows = [candidate(), candidate()]
    confirmed(manager, "dismiss-candidates", *rows, note="Vendor is right")
    assert ReturnCandidate.objects.filter(settled_why="Vendor is right").count() == 2


def test_one_is_asked_or_dismissed_on_its_own_page(manager: Client) -> None:
    row = candidate()
    assert "Ask Test Vendor" in text(manager, f"{CANDIDATES}{row.pk}/do/ask/")
    manager.post(f"{CANDIDATES}{row.pk}/do/ask/", {"note": "Nobody there"})
    assert Return.objects.get().note == "Nobody there"
    other = candidate()
    manager.post(f"{CANDIDATES}{other.pk}/do/dismiss/", {"note": "Reached"})
    other.refresh_from_db()
    assert other.state == CandidateState.DISMISSED


def test_whoever_may_only_look_asks_for_nothing(client: Client) -> None:
    row = candidate()
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_returncandidate"))
    client.force_login(viewer)
    assert "ask-candidates" not in text(client, CANDIDATES)
    client.post(CANDIDATES, chosen("ask-candidates", row, note="x"))
    assert client.post(f"{CANDIDATES}{row.pk}/do/ask/", {"note": ""}).status_code == 403
    assert not Return.objects.exists()


def test_the_vendors_answer_is_recorded_with_the_credit(manager: Client, reviewer: User) -> None:
    row = ReturnFactory.create()
    page = text(manager, f"{RETURNS}{row.pk}/do/taken/")
    assert 'value="22.00"' in page
    refused = manager.post(f"{RETURNS}{row.pk}/do/taken/", {"credit": "23", "words": ""})
    assert "less than or equal to 22" in refused.text
    manager.post(f"{RETURNS}{row.pk}/do/taken/", {"credit": "20", "words": "Agreed"})
    row.refresh_from_db()
    assert (row.state, row.credit, row.words, row.decided_by) == (
        ReturnState.TAKEN, Decimal(20), "Agreed", reviewer,
    )  # fmt: skip
    row.lead.refresh_from_db()
    assert row.lead.status == LeadStatus.RETURNED
    again = manager.post(f"{RETURNS}{row.pk}/do/refused/", {"words": "No"}, follow=True)
    assert "is not possible" in again.text


def test_a_refusal_needs_the_vendors_words(manager: Client) -> None:
    row = ReturnFactory.create()
    assert "This field is required" in manager.post(f"{RETURNS}{row.pk}/do/refused/", {"words": ""}).text
    manager.post(f"{RETURNS}{row.pk}/do/refused/", {"words": "Line works for us"})
    row.refresh_from_db()
    assert (row.state, row.words) == (ReturnState.REFUSED, "Line works for us")


def test_what_was_sold_meanwhile_is_withdrawn_and_not_taken(manager: Client) -> None:
    row = ReturnFactory.create(lead__status=LeadStatus.SOLD)
    assert "Asked, sold meanwhile" in text(manager, RETURNS)
    assert "return to withdraw: the lead was sold meanwhile" in text(manager, reverse("admin:index"))
    page = manager.post(f"{RETURNS}{row.pk}/do/taken/", {"credit": "22", "words": ""}, follow=True).text
    assert "sold meanwhile: withdraw the return" in page
    manager.post(f"{RETURNS}{row.pk}/do/withdraw/", {"words": "Sold"})
    row.refresh_from_db()
    assert row.state == ReturnState.WITHDRAWN


def test_a_vendors_file_holds_what_waits_and_no_formula(manager: Client) -> None:
    row = ReturnFactory.create(note="=HYPERLINK(1)", evidence={
        "attempts": [{"at": "2026-11-27T15:02:11Z", "channel": "call", "outcome": "Wrong number"}],
        "lists": [], "certificates": {"trustedform": "c0ffee"},
    })  # fmt: skip
    ReturnFactory.create(lead=LeadFactory.create(source=row.source), state=ReturnState.TAKEN)
    other = SourceFactory.create(vendor=row.source.vendor, name="Another contract")
    ReturnFactory.create(lead=LeadFactory.create(source=other), asked_at=timezone.now() + timedelta(hours=1))
    ReturnFactory.create()
    vendor = row.source.vendor
    assert f'open/{vendor.pk}.csv">{vendor} (2)</a>' in text(manager, RETURNS)
    answer: Any = manager.get(f"{RETURNS}open/{vendor.pk}.csv")
    line, second = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert (line["source"], second["source"]) == (row.source.name, "Another contract")
    assert (line["return_id"], line["note"]) == (row.pk.hex, "'=HYPERLINK(1)")
    assert (line["tries"], line["last_try_at"], line["trustedform"]) == (
        "1",
        "2026-11-27T15:02:11Z",
        "c0ffee",
    )
    assert row.lead.phone not in ",".join(line.values())
    assert manager.get(f"{RETURNS}open/999999.csv").status_code == 404


def test_a_lead_tells_of_its_returns_and_can_be_asked_back_from_its_page(manager: Client) -> None:
    lead = candidate().lead
    page = f"/admin/intake/lead/{lead.pk}/"
    assert "do/ask-return/" in text(manager, f"{page}change/")
    manager.post(f"{page}do/ask-return/", {"reason": "wrong_number", "note": "No such person"})
    assert Return.objects.get().lead == lead
    assert "Wrong number" in text(manager, f"{page}change/")
    Lead.objects.update(status=LeadStatus.SOLD)
    assert "do/ask-return/" not in text(manager, f"{page}change/")


def test_a_source_says_that_returns_are_off_until_a_ground_is_written(manager: Client) -> None:
    source = SourceFactory.create()
    before = ConfigStamp.objects.get().version
    page = text(manager, f"/admin/intake/source/{source.pk}/change/")
    assert "none: returns are off" in page
    row = ReturnCandidateFactory.create(
        lead=LeadFactory.create(source=source), until_at=timezone.now() - timedelta(days=1)
    )
    ground = {"return_terms-TOTAL_FORMS": 1, "return_terms-0-reason": "wrong_number"}
    ground |= {"return_terms-0-days": "12", "return_terms-0-attempts": "0"}
    answer = manager.post(f"/admin/intake/source/{source.pk}/change/", form_of(source, **ground))
    assert answer.status_code == 302, answer.text
    assert source.return_terms.get().days == 12
    row.refresh_from_db()
    assert row.until_at == row.lead.received_at + timedelta(days=12)
    assert ConfigStamp.objects.get().version > before


def test_credits_come_off_what_the_leads_cost(manager: Client) -> None:
    source = SourceFactory.create(name="Costly")
    for state in (ReturnState.TAKEN, ReturnState.REFUSED, ReturnState.ASKED):
        ReturnFactory.create(lead=LeadFactory.create(source=source), state=state)
    LeadFactory.create(source=source)
    now = timezone.now()
    (cost,) = costs(since=now - timedelta(days=7), until=now + timedelta(minutes=1))
    assert (cost.leads, cost.spent, cost.taken, cost.credit) == (4, Decimal(88), 1, Decimal(22))
    assert (cost.net, cost.per_lead, cost.refused, cost.waiting) == (Decimal(66), Decimal(22), 1, 1)
    page = text(manager, "/admin/credits/")
    assert "$66.00</b> after $22.00 of credits; 1 return over $22.00 waits for an answer" in page
