"""The Celery application, and the one list of periodic jobs.

Celery is the doorbell, PostgreSQL the truth: every task named here finds its work in rows, so losing a
message costs at most one period of the sweep.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")

app = Celery("leadcrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Two lanes: jobs that may take long do not hold up what must be done within seconds. A worker that is told of no
# queue serves both; see docs/running.md.
app.conf.task_queues = (Queue("celery"), Queue("long"))
app.conf.task_routes = {
    task: {"queue": "long"}
    for task in (
        "intake.tasks.forget_webhooks",
        "intake.tasks.forget_pings",
        "intake.tasks.carry_imports",
        "compliance.tasks.rescrub_open_leads",
        "compliance.tasks.expire_evidence",
        "compliance.tasks.check_evidence",
        "compliance.tasks.forget_trial_posts",
        "compliance.tasks.look_back",
        "agents.tasks.find_return_candidates",
        "agents.tasks.find_all_return_candidates",
        "agents.tasks.replay_routing",
    )
}

app.conf.beat_schedule = {
    "sweep-submissions": {"task": "intake.tasks.sweep_submissions", "schedule": 5.0},
    "expire-pings": {"task": "compliance.tasks.expire_pings", "schedule": 5.0, "options": {"expires": 5.0}},
    "rescrub-open-leads": {"task": "compliance.tasks.rescrub_open_leads", "schedule": 300.0},
    # A sweep that waits for a slow service must not pile up: what is not begun in time is dropped.
    "sweep-certificates": {
        "task": "compliance.tasks.sweep_certificates", "schedule": 5.0, "options": {"expires": 5.0},
    },
    "seal-evidence": {
        "task": "compliance.tasks.seal_evidence", "schedule": 30.0, "options": {"expires": 30.0},
    },
    "expire-evidence": {"task": "compliance.tasks.expire_evidence", "schedule": crontab(hour=3, minute=15)},
    "check-evidence": {"task": "compliance.tasks.check_evidence", "schedule": crontab(hour=4, minute=15)},
    "end-trials": {"task": "compliance.tasks.end_trials", "schedule": 60.0, "options": {"expires": 60.0}},
    "look-back": {"task": "compliance.tasks.look_back", "schedule": 5.0, "options": {"expires": 5.0}},
    "forget-trial-posts": {"task": "compliance.tasks.forget_trial_posts", "schedule": crontab(hour=3, minute=45)},
    "pass-sla-steps": {
        "task": "agents.tasks.pass_steps_of_untouched_leads", "schedule": 15.0, "options": {"expires": 15.0},
    },
    "sweep-deliveries": {
        "task": "agents.tasks.sweep_deliveries", "schedule": 10.0, "options": {"expires": 10.0},
    },
    "forget-old-texts": {"task": "agents.tasks.forget_old_texts", "schedule": crontab(hour=3, minute=45)},
    # A round that waits for slow receivers must not pile up.
    "deliver-webhooks": {"task": "intake.tasks.deliver_webhooks", "schedule": 5.0, "options": {"expires": 5.0}},
    "carry-imports": {"task": "intake.tasks.carry_imports", "schedule": 5.0, "options": {"expires": 5.0}},
    "forget-webhooks": {"task": "intake.tasks.forget_webhooks", "schedule": crontab(hour=3, minute=45)},
    "forget-pings": {"task": "intake.tasks.forget_pings", "schedule": crontab(hour=3, minute=45)},
    "carry-books": {"task": "agents.tasks.carry_books", "schedule": 15.0, "options": {"expires": 15.0}},
    "assign-waiting-leads": {"task": "agents.tasks.assign_waiting_leads", "schedule": 30.0},
    "bring-back-agents": {"task": "agents.tasks.bring_back_agents", "schedule": 30.0, "options": {"expires": 30.0}},
    "forget-presences": {"task": "agents.tasks.forget_presences", "schedule": crontab(hour=3, minute=45)},
    "mail-new-leads": {"task": "agents.tasks.mail_new_leads", "schedule": 15.0, "options": {"expires": 15.0}},
    # Each is told once a threshold; asked often in the day so that a mail server that was away is tried again.
    "warn-of-licenses": {
        "task": "agents.tasks.warn_of_licenses", "schedule": crontab(hour="7-18", minute="*/10"),
        "options": {"expires": 600.0},
    },
    "find-return-candidates": {
        "task": "agents.tasks.find_return_candidates", "schedule": crontab(minute=25), "options": {"expires": 3600.0},
    },
    "find-all-return-candidates": {
        "task": "agents.tasks.find_all_return_candidates", "schedule": crontab(hour=4, minute=45),
    },
    # A run goes on for at most 35 seconds and leaves the rest to the next.
    "keep-figures": {"task": "agents.tasks.keep_figures", "schedule": 60.0, "options": {"expires": 60.0}},
    "count-figures-again": {"task": "agents.tasks.count_figures_again", "schedule": crontab(hour=2, minute=30)},
    "find-twins": {"task": "agents.tasks.find_twins", "schedule": 60.0, "options": {"expires": 60.0}},
    "send-reports": {"task": "agents.tasks.send_reports", "schedule": 60.0, "options": {"expires": 60.0}},
    # Rung when somebody has waited long enough; this finds what a process left behind that died.
    "carry-bulk-runs": {"task": "leadcrm.tasks.carry_bulk_runs", "schedule": 15.0, "options": {"expires": 15.0}},
    "forget-bulk-runs": {"task": "leadcrm.tasks.forget_bulk_runs", "schedule": crontab(hour=3, minute=45)},
    "end-silent-exports": {"task": "agents.tasks.end_silent_exports", "schedule": 300.0, "options": {"expires": 300.0}},
    "forget-reports": {"task": "agents.tasks.forget_reports", "schedule": crontab(hour=3, minute=45)},
    "replay-routing": {"task": "agents.tasks.replay_routing", "schedule": 15.0, "options": {"expires": 15.0}},
    "forget-replays": {"task": "agents.tasks.forget_replays", "schedule": crontab(hour=3, minute=45)},
    # Once a day is enough; asked again so that a morning on which nothing ran is made up for.
    "note-renewals": {"task": "agents.tasks.note_renewals", "schedule": crontab(hour="5,9,13", minute=5)},
}  # fmt: skip


@beat_init.connect
def wait_for_the_broker(**_: Any) -> None:
    """Beat rings again and again until the broker is back; a caller's answer, unlike it, must not wait for one.

    Told not to, it would not even open a new connection to RabbitMQ once the old one was lost.
    """
    app.conf.task_publish_retry = True
    app.conf.task_publish_retry_policy = {"max_retries": None, "interval_start": 0.5, "interval_max": 5.0}
