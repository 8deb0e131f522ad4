"""What waits for agents and managers, for the metrics."""

from typing import Final

from leadcrm.lib.gauges import Count, Queue

QUEUES: Final = (
    Queue(
        "leads_without_owner", "intake_lead", "received_at",
        "owner_id IS NULL AND status IN ('new', 'contacted', 'quoted') AND NOT backlog", due=False,
    ),
    Queue("follow_ups", "agents_followup", "due_at", "done_at IS NULL"),
    Queue("messages", "agents_delivery", "due_at", "due_at IS NOT NULL"),
    Queue("calls", "agents_bridgedcall", "due_at", "due_at IS NOT NULL"),
    Queue("notice_mails", "agents_notice", "due_at", "state = 'waiting'"),
    Queue("license_mails", "agents_licensewarning", "due_at", "state = 'waiting'"),
    Queue("sla_mails", "agents_slaevent", "mail_due_at", "mail_state IN ('waiting', 'sending')"),
    Queue("reports", "agents_reportrun", "due_at", "state = 'waiting'"),
    Queue("report_mails", "agents_reportmail", "due_at", "state = 'waiting'"),
    Queue("sla_steps", "agents_slaclock", "look_at", "TRUE"),
)  # fmt: skip
COUNTS: Final[tuple[Count, ...]] = ()
