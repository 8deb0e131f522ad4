"""Celery's edge of the agents app: each task hands on to one use case."""

from typing import Final

from celery import shared_task
from django.utils import timezone

from agents import license_warnings, notice_mails, presence, receiving, renewals, returning
from agents.assignment.waiting import assign_waiting
from agents.exports import writing
from agents.figures import update
from agents.handover import carry_hand_overs
from agents.merging import undo
from agents.messaging import bridging, carrying, sweeping
from agents.reports import schedules, sending
from agents.routing import runs
from agents.sla.mail import send_sla_mails
from agents.sla.sweep import pass_sla_steps
from agents.twins import sweep
from leadcrm.lib.alone import alone

# Advisory locks of periodic jobs: one of a kind at a time.
SLA_SWEEP: Final = 0x534C41  # "SLA"
RETURNS: Final = 0x524554  # "RET"


@shared_task
def assign_waiting_leads() -> None:
    """Try again every open lead that has no owner. Periodic; running twice at once does no harm."""
    assign_waiting(now=timezone.now())


@shared_task
def bring_back_agents() -> None:
    """Agents whose pause is over take leads again. Periodic; running twice at once does no harm."""
    receiving.bring_back(now=timezone.now())


@shared_task
def warn_of_licenses() -> None:
    """Tell people which licenses end soon, each once. Periodic; two at once do not send the same."""
    now = timezone.now()
    license_warnings.note_warnings(now=now)
    license_warnings.send_warnings(now=now)


@shared_task
def forget_presences() -> int:
    """Delete who had which lead open before yesterday; how many. Running twice at once does no harm."""
    return presence.forget_presences(now=timezone.now())


@shared_task
def pass_steps_of_untouched_leads() -> None:
    """Take the SLA steps that are due, then write to managers. Periodic; running twice at once does no harm."""
    with alone(SLA_SWEEP) as mine:  # two at once could each wait for an agent's row that the other holds
        if mine:
            pass_sla_steps(now=timezone.now())
    send_sla_mails(now=timezone.now())


@shared_task
def carry_delivery(delivery_id: int) -> None:
    """Send one text or e-mail that was just written."""
    carrying.carry(delivery_id=delivery_id, now=timezone.now())


@shared_task
def place_call(call_id: int) -> None:
    """Ring an agent's phone."""
    bridging.place(call_id=call_id, now=timezone.now())


@shared_task
def sweep_deliveries() -> None:
    """Send what no message told of or what is to be tried again; give up what a dead worker held. Periodic."""
    sweeping.sweep(now=timezone.now())


@shared_task
def forget_old_texts() -> int:
    """Blank texts that came in from nobody we know, after their time; how many. Periodic."""
    return sweeping.forget_unmatched(now=timezone.now())


@shared_task
def note_renewals() -> None:
    """Plan a follow-up for each policy that renews soon, each once. Periodic; two at once do no harm."""
    renewals.note_renewals(now=timezone.now())


@shared_task
def carry_books() -> None:
    """Go on with the hand-overs that are under way. Rung and periodic; running twice at once does no harm."""
    carry_hand_overs(now=timezone.now())


@shared_task
def mail_new_leads() -> None:
    """Tell by mail of leads that came while no page was open. Periodic; two at once do not send the same."""
    now = timezone.now()
    notice_mails.note_unseen(now=now)
    notice_mails.send_notices(now=now)


@shared_task(time_limit=600)
def find_return_candidates() -> None:
    """Find leads that might go back to their vendor since a short while. Every hour."""
    _find_candidates(whole=False)


# All leads whose window may be open are looked at: a year's, where a contract says so.
@shared_task(time_limit=3600)
def find_all_return_candidates() -> None:
    """Find leads that might go back to their vendor, also since a contract was changed. Every night."""
    _find_candidates(whole=True)


def _find_candidates(*, whole: bool) -> None:
    with alone(RETURNS) as mine:  # of two at once one leaves it to the other
        if mine:
            returning.find_candidates(now=timezone.now(), whole=whole)


@shared_task
def keep_figures() -> None:
    """Bring the figures by day up to now. Periodic; a second one meanwhile does nothing."""
    update.keep_figures(now=timezone.now())


@shared_task
def count_figures_again() -> None:
    """Have the last weeks counted anew, so that nothing stays wrong. Nightly; running twice does no harm."""
    update.count_recent_days_again(now=timezone.now())


@shared_task
def send_reports() -> None:
    """Make the reports whose hour has struck and mail them. Periodic; two at once make and send none twice."""
    schedules.note_due(now=timezone.now())
    schedules.make_due(now=timezone.now())
    sending.send_report_mails(now=timezone.now())


@shared_task
def forget_reports() -> int:
    """Drop what old reports have mailed; of how many. Periodic; running twice at once does no harm."""
    return sending.forget_contents(now=timezone.now())


@shared_task
def end_silent_exports() -> None:
    """Say of exports whose process was killed that they were broken off. Periodic; two at once do no harm."""
    writing.end_silent_exports(now=timezone.now())


@shared_task
def find_twins() -> None:
    """Look for leads of one person among those that came or changed. Periodic; a second one meanwhile does nothing."""
    now = timezone.now()
    sweep.find_twins(now=now)
    undo.forget_kept(now=now)


@shared_task(time_limit=900)
def replay_routing() -> None:
    """Give out past leads again under changed rules, where somebody asked for it. Rung and periodic."""
    while runs.replay_due(now=timezone.now()):
        pass


@shared_task
def forget_replays() -> int:
    """Delete old replays; how many. Periodic; running twice at once does no harm."""
    return runs.forget_replays(now=timezone.now())
