"""What each periodic job does, for the people who run the product, and what is kept how long."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from leadcrm.celery import app

WORDS: Final = {
    "sweep-submissions": "Finds posts that wait for a decision and have a worker decide them",
    "expire-pings": "Ends pings whose time is over and gives back the places they held under caps",
    "rescrub-open-leads": "Asks newer versions of the do-not-call lists about the open leads",
    "sweep-certificates": "Has certificates of consent retained: retries, and what no message told of",
    "seal-evidence": "Seals new evidence into the chain",
    "expire-evidence": "Erases refused posts, old leads and their evidence that were kept long enough",
    "check-evidence": "Verifies the whole chain of evidence",
    "end-trials": "Closes trials of rules whose time is over, and counts what tried caps have bought",
    "look-back": "Asks trials of rules about the posts of the past",
    "forget-trial-posts": "Deletes the single posts of trials that were closed long ago",
    "pass-sla-steps": "Reminds owners of untouched leads, hands them on, tells managers",
    "sweep-deliveries": "Sends texts, e-mails and calls that no message told of or that are to be tried again",
    "forget-old-texts": "Blanks texts that came in from nobody we know",
    "deliver-webhooks": "Sends webhooks that are due",
    "forget-webhooks": "Deletes events and the log of webhooks",
    "forget-pings": "Deletes pings that have ended",
    "carry-imports": "Goes on with imports of leads from files",
    "carry-books": "Goes on with hand-overs of books that are under way",
    "assign-waiting-leads": "Looks for owners of open leads that have none",
    "bring-back-agents": "Lets agents whose pause is over take leads again",
    "forget-presences": "Deletes who had which lead open",
    "mail-new-leads": "Mails agents of leads that came while no page of theirs was open",
    "warn-of-licenses": "Mails people about licenses that end soon",
    "find-return-candidates": "Finds leads of late that might go back to their vendor",
    "find-all-return-candidates": "Finds leads that might go back, also since a contract or outcome was changed",
    "find-twins": "Looks for leads of one person, and forgets what old merges keep",
    "keep-figures": "Brings the figures by day up to now",
    "count-figures-again": "Counts the figures of the last weeks anew",
    "send-reports": "Makes the reports that are due and mails them",
    "forget-reports": "Drops what old reports have mailed",
    "note-renewals": "Plans a follow-up for each policy that renews soon",
    "carry-bulk-runs": "Goes on with acts on many rows that are under way",
    "forget-bulk-runs": "Deletes acts on many rows that nobody confirmed, and the results of old ones",
    "replay-routing": "Gives past leads out again under changed rules, where somebody asked for it",
    "forget-replays": "Deletes old replays of routing",
    "end-silent-exports": "Says of exports whose process was killed that they were broken off",
}


def words_of(name: str) -> str:
    """What the job does; of one that has no words here the first sentence of its task."""
    if name in WORDS or name not in app.conf.beat_schedule:
        return WORDS.get(name, "")
    app.loader.import_default_modules()
    task = app.tasks.get(app.conf.beat_schedule[name]["task"])
    return (task.__doc__ or "").strip().partition(".")[0] if task else ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One sort of rows that is deleted or blanked in time: what, after how long, by which job, and what stays."""

    what: str
    span: str
    job: str
    stays: str = ""


def kept() -> tuple[Kept, ...]:
    """What is kept for a while, as the settings say now."""
    # The admin is loaded first of all, when much of what these need is not there yet.
    from agents.messaging.sweeping import KEPT as TEXTS_KEPT
    from agents.reports.sending import KEPT as REPORTS_KEPT
    from agents.routing.runs import KEEP as REPLAYS_KEPT
    from compliance.keeping import LONG_YEARS, REFUSED_DAYS, YEARS
    from compliance.trials.closing import KEEP_POSTS
    from leadcrm.bulk.runs import RUN_KEPT as BULK_KEPT

    return (
        Kept(
            "Refused and unreadable posts as they came, and what services said of them", f"{REFUSED_DAYS} days",
            "expire-evidence", "that there was a post, its reason, the decision",
        ),
        Kept(
            "Leads: profile, notes, promises, post, evidence",
            f"{YEARS} years after the last consent or contact; {LONG_YEARS} for Medicare and Virginia",
            "expire-evidence", "that there was a lead, its state, price and owner",
        ),
        Kept(
            "What is sealed of people who asked to be deleted", "until the day on the receipt",
            "expire-evidence", "the receipt",
        ),
        Kept(
            "Events and the log of webhooks", f"{settings.WEBHOOK_DAYS} days (WEBHOOK_DAYS)", "forget-webhooks"
        ),
        Kept(
            "Pings that have ended", f"{settings.PING_DAYS} days (PING_DAYS)", "forget-pings",
            "what a decision stands on",
        ),
        Kept(
            "Files of leads that were imported, and what came of each line",
            f"{settings.IMPORT_DAYS} days (IMPORT_DAYS)", "expire-evidence", "the counts; the posts that lines became",
        ),
        Kept(
            "The single posts of closed trials", f"{KEEP_POSTS.days} days", "forget-trial-posts",
            "the figures of the trial",
        ),
        Kept(
            "Texts that came in from nobody we know", f"{TEXTS_KEPT.days} days", "forget-old-texts",
            "a request to stop",
        ),
        Kept(
            "What reports have mailed", f"{REPORTS_KEPT.days} days", "forget-reports",
            "that they were made and sent",
        ),
        Kept("Replays of routing", f"{REPLAYS_KEPT.days} days", "forget-replays"),
        Kept(
            "Results of acts on many rows", f"{BULK_KEPT.days} days", "forget-bulk-runs",
            "each row's line in the history of changes",
        ),
        Kept("Who had which lead open", "a day", "forget-presences"),
    )  # fmt: skip
