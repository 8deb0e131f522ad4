"""What waits in compliance, for the metrics."""

from typing import Final

from leadcrm.lib.gauges import MOST, Count, Queue

QUEUES: Final = (
    Queue("certificates", "compliance_certificate", "due_at", "due_at IS NOT NULL"),
    # Bought an hour ago and not retained: the service or the account may be away, and certificates run out.
    Queue(
        "certificates_at_risk", "compliance_certificate", "accepted_at",
        "state = 'waiting' AND accepted_at <= %(now)s - interval '1 hour'", due=False,
    ),
    Queue(
        "evidence", f"(SELECT noted_at FROM compliance_evidencepending ORDER BY id LIMIT {MOST}) pending",  # noqa: S608
        "noted_at", "TRUE", due=False,
    ),
)  # fmt: skip
COUNTS: Final = (
    Count(
        "leadcrm_certificates_lost",
        f"Certificates lost of leads bought in the last 7 days, among the last {MOST} lost.",
        "SELECT count(*) FILTER (WHERE accepted_at > %(now)s - interval '7 days') FROM (SELECT accepted_at "  # noqa: S608
        f"FROM compliance_certificate WHERE state = 'lost' ORDER BY id DESC LIMIT {MOST}) lost",
    ),
    Count(
        "leadcrm_evidence_disagreements",
        "What the last verification of the evidence found changed, removed or moved.",
        "SELECT coalesce((SELECT found FROM compliance_evidencecheck ORDER BY id DESC LIMIT 1), 0)",
    ),
)
