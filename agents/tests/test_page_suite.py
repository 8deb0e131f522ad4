"""What holds for every address of the agents' pages, whoever wrote it. The table is page_suite.ADDRESSES."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agents.models import Agent
from agents.tests.page_suite import (
    ADDRESSES,
    ELSEWHERE,
    INLINE,
    MAKE,
    NAMES,
    NOBODY,
    ROWS,
    Address,
    Kind,
    fill,
    signed_in,
)
from intake.models import Lead
from leadcrm.lib.config import forget_configuration
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory, UserFactory

pytestmark = pytest.mark.django_db

ArgsOf = Callable[[Address], tuple[int, ...]]


def each(*kinds: Kind, of_something: bool | None = None) -> pytest.MarkDecorator:
    """Parametrise `address` by those of these kinds; `of_something` keeps those that name a row, or that do not."""
    chosen = [
        address
        for address in ADDRESSES
        if address.kind in kinds and (of_something is None or bool(address.of) == of_something)
    ]
    return pytest.mark.parametrize("address", chosen, ids=lambda address: address.name)


@pytest.fixture
def lead(agent: Agent) -> Lead:
    """A lead of `agent`, by a name and a phone that no other page has a reason to hold."""
    return LeadFactory.create(owner=agent.user, first_name="Quentin", last_name="Zzyzx", phone="+12145550142")


@pytest.fixture
def args_of(agent: Agent, lead: Lead) -> ArgsOf:
    return lambda address: MAKE[address.of](agent, lead)


@pytest.fixture
def clerk(db: None) -> User:
    """Staff who may do nothing in particular."""
    return UserFactory.create(email="clerk@example.com", is_staff=True)


def test_every_address_stands_in_the_table() -> None:
    assert sorted({address.name for address in ADDRESSES} - ELSEWHERE) == NAMES


@each(Kind.PAGE, Kind.DATA, Kind.ACT)
def test_a_visitor_is_asked_to_log_in_and_gets_nothing(
    client: Client, address: Address, args_of: ArgsOf
) -> None:
    args = args_of(address)
    answer = address.ask(client, *args)

    assert answer.status_code == address.visitor
    assert "Zzyzx" not in answer.text
    if address.visitor == 302:
        assert answer["Location"].startswith("/login/?next=" + address.url(*args).partition("?")[0])


@each(Kind.PAGE, Kind.DATA, Kind.ACT, of_something=True)
@pytest.mark.parametrize("persona", ["teammate", "stranger", "clerk"])
def test_what_belongs_to_another_is_not_found_as_if_it_did_not_exist(
    request: pytest.FixtureRequest, address: Address, args_of: ArgsOf, persona: str
) -> None:
    person = request.getfixturevalue(persona)
    client = signed_in(person.user if isinstance(person, Agent) else person)
    args = args_of(address)

    guessed, unknown = address.ask(client, *args), address.ask(client, *(NOBODY for _ in args))

    assert guessed.status_code == unknown.status_code == 404
    assert guessed.text == unknown.text


@each(Kind.PAGE, Kind.DATA, of_something=False)
@pytest.mark.parametrize("persona", ["teammate", "stranger", "clerk"])
def test_nothing_of_anothers_lead_is_shown(
    request: pytest.FixtureRequest, address: Address, lead: Lead, persona: str
) -> None:
    person = request.getfixturevalue(persona)
    answer = address.ask(signed_in(person.user if isinstance(person, Agent) else person))

    assert answer.status_code < 500
    assert "Zzyzx" not in answer.text
    assert "555-0142" not in answer.text


@each(Kind.ACT)
def test_an_act_is_only_posted_and_only_from_our_own_pages(
    agent: Agent, address: Address, args_of: ArgsOf
) -> None:
    args = args_of(address)
    client = signed_in(agent.user, enforce_csrf_checks=True)

    opened = client.get(address.url(*args))
    # Whoever logs in again comes back to what they had sent: to the page it stood on.
    if opened.status_code != 405:
        assert address.url(*args).startswith(opened["Location"])
        assert client.get(opened["Location"]).status_code == 200
    assert address.ask(client, *args).status_code == 403


@each(Kind.PAGE)
def test_a_page_has_its_title_one_heading_and_nothing_inline(
    agent: Agent, address: Address, args_of: ArgsOf
) -> None:
    answer = address.ask(signed_in(agent.user), *args_of(address))

    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert INLINE.findall(answer.text) == []
    assert re.search(r"<title>\s*[^\s·][^<]* · ", answer.text)
    assert answer.text.count("<h1") == 1
    assert '<main id="main"' in answer.text


@each(Kind.PAGE, of_something=True)
def test_a_page_about_something_leads_back_to_where_it_belongs(
    agent: Agent, address: Address, args_of: ArgsOf
) -> None:
    page = address.ask(signed_in(agent.user), *args_of(address)).text

    assert re.search(r'class="crumb">\s*<a href="/', page)


def test_a_page_costs_the_same_number_of_queries_with_one_row_and_with_fifty(
    agent: Agent, lead: Lead, args_of: ArgsOf
) -> None:
    client = signed_in(agent.user)
    read = [address for address in ADDRESSES if address.kind is not Kind.ACT]
    asked = [(address, args_of(address)) for address in read]

    def costs() -> dict[str, int]:
        return {address.name: _queries(client, address, args) for address, args in asked}

    fill(agent, lead, 1)
    few = costs()
    fill(agent, lead, ROWS - 1)
    many = costs()

    assert {name: (few[name], many[name]) for name in few if many[name] > few[name]} == {}


def _queries(client: Client, address: Address, args: Any) -> int:
    """How many queries the address asks once what the process keeps is read."""
    forget_configuration()
    address.ask(client, *args)
    with CaptureQueriesContext(connection) as asked:
        address.ask(client, *args)
    return len(asked)
