"""Managers' pages about certificates: what is kept, what is at risk, what was answered; nobody edits any of it."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Certificate, CertificateState
from compliance.tasks import retain_certificates
from leadcrm.models import User
from leadcrm.testing.factories import CertificateAnswerFactory, CertificateFactory, LeadFactory, UserFactory
from leadcrm.testing.fake_services import FakeServices

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "admin:compliance_certificate_changelist"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def shown(manager: Client, name: str = LIST, *args: Any, **query: Any) -> str:
    return unescape(manager.get(reverse(name, args=args), query).content.decode())


def late(**more: Any) -> Certificate:
    bought = timezone.now() - timedelta(hours=2)
    row: Certificate = CertificateFactory.create(lead=LeadFactory.create(received_at=bought), **more)
    return row


def test_the_list_tells_what_is_at_risk_and_how_long_it_stands(
    manager: Client, services: FakeServices
) -> None:
    late()
    CertificateFactory.create(state=CertificateState.RETAINED, flags=["reused"])
    page = shown(manager)
    assert "evidence at risk: 69 h left" in page
    assert "retained" in page
    assert ">reused<" in page


def test_lists_narrow_to_what_needs_a_person(manager: Client, services: FakeServices) -> None:
    rows = {
        "late": late(), "reused": late(state=CertificateState.RETAINED, flags=["reused"]),
        "lost": late(state=CertificateState.LOST), "young": CertificateFactory.create(),
    }  # fmt: skip

    def found(**query: Any) -> set[str]:
        page = shown(manager, **query)
        return {name for name, row in rows.items() if f">A-{row.lead_id}<" in page}

    assert found() == set(rows)
    assert found(need="late") == {"late"}
    assert found(need="flagged") == found(need="reused") == {"reused"}
    assert found(state__exact="lost") == {"lost"}
    assert found(q=rows["lost"].token) == {"lost"}
    assert found(q=f"https://cert.trustedform.com/{rows['young'].token}") == {"young"}
    assert found(q=f"A-{rows['late'].lead_id}") == {"late"}
    assert found(q="nothing") == set()


def test_the_page_shows_every_answer_and_no_way_to_edit(manager: Client) -> None:
    row = late(wording="By clicking <b>here</b>")
    CertificateAnswerFactory.create(token=row.token, lead=row.lead, raw={"outcome": "<script>"}, ms=12.5)
    page = manager.get(reverse("admin:compliance_certificate_change", args=[row.pk])).content.decode()
    assert "Keep it for us" in page
    assert "&lt;script&gt;" in page
    assert '<script>"' not in page
    assert "By clicking &lt;b&gt;here&lt;/b&gt;" in page
    assert 'name="_save"' not in page


def test_try_again_now_rings_a_worker(
    manager: Client, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retain_certificates, "apply_async", lambda kwargs, **_: retain_certificates(**kwargs))
    lost, done = late(state=CertificateState.LOST), late(state=CertificateState.RETAINED)
    manager.post(reverse("admin:compliance_certificate_act", args=[lost.pk, "try-again"]))
    lost.refresh_from_db()
    assert lost.state == CertificateState.RETAINED
    other = late()
    chosen = {"action": "try_selected_again", "_selected_action": [other.pk, done.pk]}
    page = manager.post(reverse(LIST), chosen, follow=True).content.decode()
    assert "Workers ask for 1 now." in page
    other.refresh_from_db()
    assert other.state == CertificateState.RETAINED


def test_who_may_only_look_cannot_have_it_tried_again(client: Client) -> None:
    looker = UserFactory.create(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_certificate"))
    client.force_login(looker)
    row = late()
    act = client.post(reverse("admin:compliance_certificate_act", args=[row.pk, "try-again"]))
    assert act.status_code == 403
    client.post(reverse(LIST), {"action": "try_selected_again", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.attempts == 0


def test_the_first_page_tells_of_risk_loss_trouble_with_the_account_and_services_that_are_off(
    manager: Client,
) -> None:
    before = shown(manager, "admin:index")
    late()
    late(error="key_refused")
    late(state=CertificateState.LOST)
    late(state=CertificateState.OFF)
    after = shown(manager, "admin:index")
    for words in (
        "certificate at risk: not retained an hour after the purchase",
        "certificate not retained: the service refuses our account",
        "certificate lost in the last 7 days",
        "certificate of the last 3 days not retained: a service is off",
    ):
        assert words in after
        assert words not in before


def test_a_leads_page_shows_its_certificates_and_what_is_off(manager: Client) -> None:
    row = late(state=CertificateState.OFF, phone_match=False)
    page = shown(manager, "admin:intake_lead_change", row.lead_id)
    assert "service off: not retained" in page
    assert "TrustedForm is off: TRUSTEDFORM_API_KEY is not set." in page
