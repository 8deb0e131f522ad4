"""What tests of the chain of evidence share: one row of every kind, sealing, and what a verification says."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from compliance.evidence.chain import Head
from compliance.evidence.kinds import KINDS, Kind
from compliance.evidence.sealing import seal_pending
from compliance.evidence.verify import verify_evidence
from compliance.models import ConfigChange, Decision, EvidencePending
from leadcrm.testing import factories
from leadcrm.testing.altering import altering

# How to make a row of a model, and what it takes that the fact of a moment is there from the start.
MAKE: dict[str, tuple[Any, dict[str, Any]]] = {
    "decision": (factories.DecisionFactory, {}),
    "review": (factories.ReviewFactory, {}),
    "consentrecord": (factories.ConsentRecordFactory, {"ip_address": "192.0.2.7", "user_agent": "Test"}),
    "certificateanswer": (
        factories.CertificateAnswerFactory,
        {"asked": {"phone": "x"}, "raw": {"a": [1.5, None]}},
    ),
    "scrubanswer": (factories.ScrubAnswerFactory, {"raw": {"b": "é"}, "codes": ["X"]}),
    "contactdecision": (factories.ContactDecisionFactory, {}),
    "contactattempt": (factories.ContactAttemptFactory, {}),
    "zoneconfirmation": (factories.ZoneConfirmationFactory, {}),
    "revocation": (factories.RevocationFactory, {}),
    "erasure": (factories.ErasureFactory, {}),
    "legalhold": (factories.LegalHoldFactory, {}),
    "suppression": (factories.SuppressionFactory, {}),
    "businessrelationship": (factories.BusinessRelationshipFactory, {}),
    "dncversion": (factories.DncVersionFactory, {}),
    "dncfile": (None, {}),
    "rescrubrun": (factories.RescrubRunFactory, {}),
    "listedlead": (factories.ListedLeadFactory, {}),
    "callingrule": (factories.CallingRuleFactory, {}),
    "checklistrule": (factories.ChecklistRuleFactory, {}),
    "emergencyban": (factories.EmergencyBanFactory, {}),
    "callingpolicy": (factories.CallingPolicyFactory, {}),
    "configchange": (factories.ConfigChangeFactory, {}),
    "evidencepack": (factories.EvidencePackFactory, {}),
}


def make(kind: Kind) -> Any:
    """A row in which the fact of `kind` stands."""
    factory, given = MAKE[str(kind.model._meta.model_name)]
    if factory is None:
        return kind.model._default_manager.create(
            version=factories.DncVersionFactory.create(),
            name="list.txt",
            sha256="0" * 64,
            size=1,
            rows=1,
            area_codes=[214],
        )
    row = factory.create(**given)
    if kind.moment and getattr(row, kind.moment) is None:
        by = factories.UserFactory.create()
        now = timezone.now()
        facts: dict[str, dict[str, Any]] = {
            "released_at": {"released_by": by},
            "lifted_at": {"lifted_by": by, "lifted_why": "Settled"},
            "withdrawn_at": {"withdrawn_by": by, "withdrawn_why": "Wrong number"},
            "cleared_at": {"cleared_why": "closed"},
            "confirmed_at": {"confirmed_by": by},
            "retired_at": {"retired_by": by},
            "ended_at": {"ended_by": by},
        }
        kind.model._default_manager.filter(pk=row.pk).update(**{kind.moment: now}, **facts[kind.moment])
        row.refresh_from_db()
    return row


def seal(now: datetime | None = None, **how: int) -> int:
    """Seal everything that waits."""
    return seal_pending(now=now or timezone.now(), **how)


def findings(*heads: Head, now: datetime | None = None) -> list[str]:
    """The lines of a verification."""
    return [str(each) for each in verify_evidence(now=now or timezone.now(), heads=heads)]


def decisions(count: int) -> list[Decision]:
    """So many decisions, and nothing else that is evidence."""
    newest = ConfigChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    made = [factories.DecisionFactory.create() for _ in range(count)]
    # The sources of their posts are configuration, whose changes are evidence, too.
    others = ConfigChange.objects.filter(pk__gt=newest)
    EvidencePending.objects.filter(kind="config change", row_id__in=[str(row.pk) for row in others]).delete()
    with altering(ConfigChange):
        others.delete()
    return made


def run(sql: str, *params: Any) -> None:
    """One statement, as somebody at the database's prompt would give it."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def named(row: Any, kind: str) -> str:
    """How a verification calls the row of a kind."""
    assert kind in KINDS
    return f"{kind} {row.pk}"


HOUR = timedelta(hours=1)
