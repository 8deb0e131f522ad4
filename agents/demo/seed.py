"""Fill an installation with demonstration data, through the front door and the agents' own acts."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from agents.demo.credentials import give_key, give_password
from agents.demo.office import POSTED, Office, open_office
from agents.demo.people import Consumer
from agents.demo.stories import Desk, tell
from agents.demo.week import DAYS, LISTED, LITIGATOR, OPTED_OUT, DemoPost, week_of_posts
from agents.renewals import note_renewals
from agents.twins.groups import not_alone, regroup
from compliance.dnc.imports import import_full
from compliance.models import DncList, ListKind, SuppressionKind
from compliance.suppression import suppress
from intake.models import Lead, Source, Submission, SubmissionState
from intake.receive import Envelope, receive_lead
from intake.sources import SOURCES
from leadcrm.lib.config import current_version
from leadcrm.models import User

LIST: Final = "demo"


@dataclass(frozen=True, slots=True)
class Seeded:
    """What there is now. `logins`: role, e-mail, password; `posted`: how many posts this run made."""

    logins: list[tuple[str, str, str]]
    api_key: str
    source: Source
    posted: int


def seed_demo(*, now: datetime, force: bool = False) -> Seeded:
    """Make the demonstration's office, lists and a week of leads, as far as they are missing.

    Safe to run again, also after a run that was cut short: a post that was made is not made twice, and logins
    and key stay. Not one transaction: each post goes through the front door like any other. Raises
    ValidationError when there are leads of other sources, unless `force`.
    """
    if not force and Lead.objects.filter(source__demo=False).exists():
        raise ValidationError(
            "There are leads here that are no demonstration. --force adds the demonstration beside them."
        )
    office = open_office(today=timezone.localdate(now))
    _list_numbers(office, now - timedelta(days=DAYS + 1))  # before the first post that was held against them
    posts = week_of_posts(now=now, zone=ZoneInfo(settings.AGENCY_TIME_ZONE))
    posted = sum(_post(office, post, now) for post in posts)
    note_renewals(now=now)
    _find_duplicates(now)
    source = office.sources[POSTED]
    return Seeded(_logins(office), give_key(source, now=now), source, posted)


def _list_numbers(office: Office, now: datetime) -> None:
    """A do-not-call list of its own, and two people on the agency's list."""
    listing, _ = DncList.objects.get_or_create(
        code=LIST, defaults={"name": "Demonstration: a made-up list", "kind": ListKind.OTHER}
    )
    if listing.current_id is None:
        import_full(
            files=[BytesIO(f"{_phone(LISTED)}\n".encode())], list_code=LIST, now=now,
            effective_on=timezone.localdate(now), imported_by="seed_demo", user=office.manager,
        )  # fmt: skip
    for number, kind, reason in (
        (OPTED_OUT, SuppressionKind.INTERNAL, "Asked in a letter not to be called"),
        (LITIGATOR, SuppressionKind.LITIGATOR, "Has sued callers before"),
    ):
        suppress(
            phone=f"+1{_phone(number)}", email="", kind=kind, reason=reason, channel="letter",
            by=office.manager, now=now,
        )  # fmt: skip


def _phone(number: int) -> str:
    return Consumer(number, "final_expense").phone


def _post(office: Office, post: DemoPost, now: datetime) -> bool:
    """Make one post and tell its story; False when it was made before. RuntimeError when our own part breaks."""
    source = office.sources[post.source]
    if Submission.objects.filter(source=source, vendor_lead_id=post.payload["lead_id"]).exists():
        return False
    version = current_version()
    received = receive_lead(
        source=SOURCES.get(source.pk, version),
        envelope=Envelope(
            body=json.dumps(post.payload).encode(), content_type="application/json", remote_ip="192.0.2.1"
        ),
        config_version=version,
        now=post.at,
    )
    submission = Submission.objects.get(pk=received.submission_id)
    if submission.state == SubmissionState.FAILED:
        raise RuntimeError(f"The demonstration's post {submission} broke: {submission.error}")
    lead = Lead.objects.filter(submission=submission).select_related("owner").first()
    if lead and lead.owner:
        tell(story=post.story, desk=Desk(lead, lead.owner, office.manager), now=now)
    return True


def _find_duplicates(now: datetime) -> None:
    """What the background's job would find minutes later."""
    leads = Lead.objects.filter(source__demo=True).order_by().values_list("pk", flat=True)
    if touched := not_alone(list(leads)):
        regroup(leads=touched, now=now)


def _logins(office: Office) -> list[tuple[str, str, str]]:
    people: list[tuple[str, User]] = [
        ("manager", office.manager),
        ("team leader", office.leader),
        *(("agent", agent.user) for agent in office.agents),
    ]
    return [(role, user.email, give_password(user, salt=office.salt)) for role, user in people]


def sample_post(now: datetime) -> dict[str, Any]:
    """A post to try, about a person the demonstration does not know yet, from this very minute."""
    # 512-555-01xx is used by nobody in the demonstration.
    sample = Consumer(99, "final_expense").payload(now, lead_id=f"TRY-{now:%Y%m%d%H%M%S}")
    wanted = (
        "lead_id", "timestamp", "first_name", "last_name", "email", "interest", "trustedform_url",
        "jornaya_leadid", "consent_text", "consent_ip", "consent_user_agent",
    )  # fmt: skip
    return {
        **{name: sample[name] for name in wanted}, "phone": "512-555-0199", "state": "TX", "zip": "78701",
    }  # fmt: skip
