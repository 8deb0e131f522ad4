"""Fixtures every test may name: the personas, a vendor's key, the field's usual payload."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps

from agents.models import Agent, Outcome, Pool, Team
from compliance.models import CallingRule
from intake.keys import issue_key
from intake.models import Source
from leadcrm.lib.config import forget_configuration
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    PoolFactory,
    SourceFactory,
    TeamFactory,
    UserFactory,
)
from leadcrm.testing.payloads import glossary
from leadcrm.testing.shipped import restore_shipped_rows


@dataclass(frozen=True, slots=True)
class VendorKey:
    """A live, real-time source of final expense leads, its key, and the agent who will get them."""

    source: Source
    text: str
    agent: Agent
    pool: Pool

    @property
    def headers(self) -> dict[str, str]:
        """What a vendor sends: `client.post(url, data, headers=vendor_key.headers)`."""
        return {"Authorization": f"Bearer {self.text}"}


@pytest.fixture(autouse=True)
def _fresh_configuration() -> None:
    """A rolled-back test rolls the configuration's stamp back too, which no cache could notice."""
    forget_configuration()


@pytest.fixture(autouse=True)
def _shipped_outcomes(request: pytest.FixtureRequest) -> None:
    """The outcomes and the cadence as shipped, also after a transactional test has emptied the tables."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None and not {"db", "transactional_db"}.intersection(request.fixturenames):
        return
    committed = marker.kwargs.get("transaction") if marker else "transactional_db" in request.fixturenames
    request.getfixturevalue("transactional_db" if committed else "db")
    if not Outcome.objects.exists():
        import_module("agents.migrations.0007_outcomes_shipped").add(apps, None)


@pytest.fixture
def team(db: None) -> Team:
    """The team of `agent` and `teammate`."""
    return TeamFactory.create(name="Our team")


@pytest.fixture
def agent(team: Team) -> Agent:
    """An agent licensed for final expense in Texas. In no pool until `vendor_key` is asked for."""
    user = UserFactory.create(email="agent@example.com", first_name="Test", last_name="Agent")
    return AgentFactory.create(user=user, team=team, licenses=["TX:final_expense"])


@pytest.fixture
def teammate(team: Team) -> Agent:
    """Another agent of the same team."""
    user = UserFactory.create(email="teammate@example.com", first_name="Test", last_name="Teammate")
    return AgentFactory.create(user=user, team=team, licenses=["TX:final_expense"])


@pytest.fixture
def stranger(db: None) -> Agent:
    """An agent of another team."""
    user = UserFactory.create(email="stranger@example.com", first_name="Test", last_name="Stranger")
    return AgentFactory.create(
        user=user, team=TeamFactory.create(name="Their team"), licenses=["TX:final_expense"]
    )


@pytest.fixture
def reviewer(db: None) -> User:
    """The manager and compliance officer: every permission, no leads of their own."""
    return UserFactory.create(
        email="reviewer@example.com",
        first_name="Test",
        last_name="Reviewer",
        is_staff=True,
        is_superuser=True,
    )


@pytest.fixture
def vendor_key(agent: Agent) -> VendorKey:
    """A live source and its key; `agent` is alone in a pool that takes everything."""
    source = SourceFactory.create(name="Final expense TX")
    _, text = issue_key(source=source)
    pool = PoolFactory.create(name="Everyone", members=[agent])
    return VendorKey(source=source, text=text, agent=agent, pool=pool)


@pytest.fixture
def travel_to() -> Iterator[Callable[[datetime], None]]:
    """Stop the clock at a moment, as often as a test wants: `travel_to(moment)`."""
    travels: list[time_machine.travel] = []

    def go(moment: datetime) -> None:
        travels.append(time_machine.travel(moment, tick=False))
        travels[-1].start()

    yield go
    for travel in reversed(travels):
        travel.stop()


@pytest.fixture
def shipped_rows(db: None) -> None:
    """What migrations ship, also after a transactional test has emptied the tables."""
    restore_shipped_rows()


@pytest.fixture
def calling_rules(db: None) -> None:
    """The calling rules as shipped, also after a transactional test has emptied the tables."""
    if not CallingRule.objects.exists():
        import_module("compliance.migrations.0007_calling_rules").add(apps, None)


@pytest.fixture
def glossary_payload() -> dict[str, Any]:
    """The field's usual payload, of this moment. For more than one person use payloads.glossary()."""
    return glossary()
