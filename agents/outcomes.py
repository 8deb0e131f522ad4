"""How a call, text or e-mail can end, what follows from it, and the cadence of tries: the rows as code reads them.

Kept in the process until the configuration changes; see leadcrm.lib.config.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from agents.models import CadenceStep, Outcome
from intake.models import LeadStatus, Vertical
from leadcrm.lib.config import ConfigCache, current_version


@dataclass(frozen=True, slots=True)
class OutcomeCard:
    """One row of Outcome. `stage`: None where the lead stays. Shared between threads, never changed."""

    code: str
    label: str
    position: int
    tone: str
    reached: bool
    stage: LeadStatus | None
    asks_when: bool
    follow_up_after: timedelta | None
    counts_attempt: bool
    stops: bool
    return_reason: str
    active: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One row of CadenceStep: the try `number`, so long `after` the one before, and its words."""

    number: int
    after: timedelta
    what: str


@dataclass(frozen=True, slots=True)
class Playbook:
    """All outcomes by code, the steps of the cadence by product ("" for every other one), names of the products."""

    outcomes: Mapping[str, OutcomeCard]
    cadence: Mapping[str, tuple[Step, ...]]
    products: Mapping[str, str]

    @property
    def offered(self) -> tuple[OutcomeCard, ...]:
        """The active outcomes in the order of their keys."""
        found = (card for card in self.outcomes.values() if card.active)
        return tuple(sorted(found, key=lambda card: card.position))

    def label(self, code: str) -> str:
        """The words for an outcome's code; an unknown one (an older list) as it is, without underscores."""
        known = self.outcomes.get(code)
        return known.label if known else code.replace("_", " ").capitalize()

    def steps(self, interest: str) -> tuple[Step, ...]:
        """The tries of a product, in order."""
        return self.cadence.get(interest) or self.cadence.get("", ())

    def most_tries(self, interest: str) -> int:
        """How often a person is tried; 0 where there is no cadence."""
        steps = self.steps(interest)
        return steps[-1].number if steps else 0

    def next_step(self, interest: str, tries: int) -> Step | None:
        """The step that follows after so many tries; None after the last."""
        return next((step for step in self.steps(interest) if step.number > tries), None)

    @property
    def returnable(self) -> dict[str, str]:
        """Codes of the outcomes for which a vendor may take a lead back, each with its reason's code."""
        return {card.code: card.return_reason for card in self.outcomes.values() if card.return_reason}


def load_playbook(_: None = None) -> Playbook:
    """Read the rows: three statements."""
    cadence: dict[str, tuple[Step, ...]] = {}
    for row in CadenceStep.objects.select_related("vertical").order_by("number"):
        code = row.vertical.code if row.vertical else ""
        cadence[code] = (*cadence.get(code, ()), Step(row.number, row.after, row.what))
    return Playbook(
        outcomes={row.code: _card(row) for row in Outcome.objects.all()},
        cadence=cadence,
        products=dict(Vertical.objects.values_list("code", "name")),
    )


def _card(row: Outcome) -> OutcomeCard:
    return OutcomeCard(
        code=row.code, label=row.label, position=row.position, tone=row.tone, reached=row.reached,
        stage=LeadStatus(row.stage) if row.stage else None, asks_when=row.asks_when,
        follow_up_after=row.follow_up_after, counts_attempt=row.counts_attempt, stops=row.stops,
        return_reason=row.return_reason, active=row.active,
    )  # fmt: skip


PLAYBOOK: Final = ConfigCache[None, Playbook](load_playbook)


def playbook() -> Playbook:
    """The outcomes and the cadence of the committed configuration. One tiny read: that of the stamp."""
    return PLAYBOOK.get(None, current_version())
