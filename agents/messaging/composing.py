"""What the page of a lead needs to let an agent write: what is off, who may be texted, wordings filled in."""

import json
from dataclasses import dataclass
from datetime import datetime

from agents.callbadge import CallBadge
from agents.messaging.permission import ask_about_text
from agents.messaging.sending import why_no_email
from agents.messaging.wordings import fill_template, values_for
from agents.models import MessageTemplate, TemplateChannel
from agents.queries import phones_of
from agents.telephony import provider
from intake.models import Lead
from leadcrm.models import User


@dataclass(frozen=True, slots=True)
class Wording:
    """A template filled in for the lead."""

    key: int
    name: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Composer:
    """`texts`: may each number be texted now; empty where texts are off, for which `texts_off` says why."""

    texts_off: str
    texts: list[CallBadge]
    email_off: str
    text_wordings: list[Wording]
    email_wordings: list[Wording]
    ring_ready: bool

    @property
    def may_text(self) -> bool:
        """True when a number may be texted now."""
        return any(badge.allowed for badge in self.texts)

    @property
    def text_data(self) -> str:
        """The wordings for the page's script."""
        return _as_json(self.text_wordings)

    @property
    def email_data(self) -> str:
        """The wordings for the page's script."""
        return _as_json(self.email_wordings)


def composer(*, lead: Lead, user: User, product: str, now: datetime) -> Composer:
    """See Composer. A constant number of queries; asks nobody outside and records nothing."""
    carrier = provider()
    found = {TemplateChannel.TEXT: [], TemplateChannel.EMAIL: []}  # type: dict[str, list[Wording]]
    values = values_for(lead=lead, author=user, product=product)
    for row in MessageTemplate.objects.filter(active=True):
        filled = fill_template(row, values)
        found[row.channel].append(Wording(row.pk, row.name, filled.subject, filled.body))
    texts = [
        CallBadge(ask_about_text(lead=lead, phone=phone, user=user, now=now), now, number)
        for number, phone in enumerate(phones_of(lead) if carrier else (), start=1)
    ]
    agent = getattr(user, "agent", None)
    return Composer(
        texts_off="" if carrier else "Texts are off: no provider is set up.",
        texts=texts,
        email_off=why_no_email(lead),
        text_wordings=found[TemplateChannel.TEXT],
        email_wordings=found[TemplateChannel.EMAIL],
        ring_ready=bool(carrier and carrier.can_call() and agent and agent.phone),
    )


def _as_json(wordings: list[Wording]) -> str:
    return json.dumps({str(each.key): [each.subject, each.body] for each in wordings})
