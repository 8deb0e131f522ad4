"""What waits in intake, for the metrics."""

from typing import Final

from leadcrm.lib.gauges import MOST, Count, Queue

QUEUES: Final = (
    Queue("posts_waiting", "intake_submission", "received_at", "state = 'waiting'", due=False),
    # Given up on after some tries, or about to be tried again: somebody should look in either case.
    Queue("posts_failed", "intake_submission", "received_at", "state = 'failed' AND NOT test", due=False),
    Queue("posts_held", "intake_submission", "received_at", "state = 'held'", due=False),
    Queue("imports", "intake_leadimport", "due_at", "due_at IS NOT NULL"),
    # Of each endpoint that is sent to; what a paused one collects is meant to wait.
    Queue(
        "webhooks",
        "intake_webhookendpoint endpoint CROSS JOIN LATERAL (SELECT due_at FROM intake_webhookdelivery "  # noqa: S608
        f"WHERE endpoint_id = endpoint.id AND due_at IS NOT NULL ORDER BY due_at LIMIT {MOST}) delivery",
        "delivery.due_at",
        "endpoint.state = 'active'",
    ),
)
COUNTS: Final = (
    Count(
        "leadcrm_webhooks_given_up",
        f"Deliveries given up among the last {MOST} that were not delivered.",
        "SELECT count(*) FILTER (WHERE state = 'given_up') FROM (SELECT state FROM intake_webhookdelivery "  # noqa: S608
        f"WHERE state <> 'delivered' ORDER BY id DESC LIMIT {MOST}) newest",
    ),
    Count(
        "leadcrm_webhooks_failing",
        "Active webhooks whose last attempts failed.",
        "SELECT count(*) FROM intake_webhookhealth health JOIN intake_webhookendpoint endpoint "
        "ON endpoint.id = health.endpoint_id WHERE failing_since IS NOT NULL AND endpoint.state = 'active'",
    ),
    Count(
        "leadcrm_webhooks_disabled",
        "Webhooks that were disabled because they failed for days.",
        "SELECT count(*) FROM intake_webhookendpoint WHERE state = 'disabled'",
    ),
)
