"""Managers' pages for messages: what a wording may hold, how it reads, who may see to texts."""

from typing import Any

import pytest
from django.test import Client

from agents.models import MessageTemplate
from agents.tests.page_suite import signed_in
from compliance.models import ConfigChange
from leadcrm.models import User
from leadcrm.testing.factories import DeliveryFactory, InboundTextFactory, MessageTemplateFactory

URL = "/admin/agents/messagetemplate/"


@pytest.fixture
def client(reviewer: User) -> Client:
    return signed_in(reviewer)


def save(client: Client, **changes: Any) -> Any:
    data = {
        "channel": "text",
        "name": "Hello",
        "subject": "",
        "body": "Hi {first_name}",
        "active": "on",
        "position": "5",
    }
    return client.post(f"{URL}add/", {**data, **changes})


def test_a_wording_is_saved_and_its_change_recorded(client: Client, reviewer: User) -> None:
    assert save(client).status_code == 302
    made = MessageTemplate.objects.get(name="Hello")
    change = ConfigChange.objects.get(table_name="agents_messagetemplate", row_id=str(made.pk))
    assert (change.operation, change.by) == ("insert", reviewer)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"body": "Hi {name}"}, "“{name}” is no field"),
        ({"body": "Hi {first_name"}, "A brace stands alone"),
        ({"channel": "email"}, "An e-mail needs a subject"),
        ({"channel": "email", "subject": "For {nobody}"}, "“{nobody}” is no field"),
        ({"body": "x" * 1601}, "1600 characters at most"),
    ],
)
def test_what_cannot_be_filled_in_is_told_in_words(
    client: Client, changes: dict[str, str], says: str
) -> None:
    answer = save(client, **changes)
    assert answer.status_code == 200
    assert says in answer.text
    assert not MessageTemplate.objects.filter(name="Hello").exists()


def test_a_preview_shows_it_with_all_known_and_with_nothing_known(client: Client) -> None:
    row = MessageTemplateFactory.create(body="Hi {first_name|there}, <b>it is</b> {agent}.\nBye")
    page = client.get(f"{URL}{row.pk}/change/").text
    assert "Hi Alex, &lt;b&gt;it is&lt;/b&gt; Pat Example.<br>Bye" in page
    assert "Hi there, &lt;b&gt;it is&lt;/b&gt; your agent.<br>Bye" in page
    assert "Sent as 1 text." in page


def test_what_was_sent_is_listed_without_its_words(client: Client) -> None:
    DeliveryFactory.create(
        communication__body="Zebra", state="undelivered", error="out of reach", error_code="30003"
    )
    page = client.get("/admin/agents/delivery/").text
    assert "out of reach (30003)" in page
    assert "Zebra" not in page


def test_a_text_is_found_by_its_whole_number(client: Client) -> None:
    InboundTextFactory.create(phone="+12145550177", body="Zebra")
    assert "Zebra" in client.get("/admin/agents/inboundtext/", {"q": "(214) 555-0177"}).text
    assert "Zebra" not in client.get("/admin/agents/inboundtext/", {"q": "214"}).text


def test_staff_without_the_right_neither_see_nor_handle_texts(db: None) -> None:
    clerk = signed_in(User.objects.create_user("clerk@example.com", is_staff=True))
    text = InboundTextFactory.create()
    assert clerk.get("/admin/agents/inboundtext/").status_code == 403
    assert clerk.post(f"/admin/agents/inboundtext/{text.pk}/do/handle/").status_code == 403
    assert "belong to no lead" not in clerk.get("/admin/").text
