"""The report's part about contacts: each with the hours that applied and why it was allowed or not."""

from collections.abc import Iterator
from typing import Any

from reportlab.platypus import Flowable, KeepTogether

from compliance.evidence.pack import words
from compliance.evidence.pack.choosing import CONTACTS, LINES, most_telling
from compliance.evidence.pack.collect import Evidence
from compliance.evidence.pack.layout import H2, facts, gap, grid, para
from compliance.evidence.pack.rows import Row, moment_of
from compliance.evidence.pack.timeline import who, zone_for
from compliance.models import ContactAct


def contacts(evidence: Evidence) -> Iterator[Flowable]:
    """Every question with its answer; then what agents recorded."""
    if not evidence.sections["contact_decisions"]:
        yield para("Nobody asked to contact this person.")
    shown, left_out = most_telling(
        evidence.sections["contact_decisions"], CONTACTS, lambda row: not row["allowed"]
    )
    if left_out:
        yield para(left_out)
    for row in shown:
        yield KeepTogether([para(_title(row), H2), facts(_facts(evidence, row)), gap(2)])
    yield para("Calls, texts, e-mails and notes as agents recorded them", H2)
    yield from _recorded(evidence)


def _title(row: Row) -> str:
    answer = "allowed" if row["allowed"] else "refused"
    return f"{ContactAct(row['act']).label}, {words.phone(row['phone'])}: {answer} (decision {row.id})"


def _facts(evidence: Evidence, row: Row) -> Iterator[tuple[str, object]]:
    zone = row["zone"] or zone_for(row, evidence)
    yield "When", words.both(moment_of(row["at"]), zone)
    yield "By", f"{who(evidence, row['user_id'])}, for A-{row['lead_id']}"
    yield "Hours that applied", _windows(row)
    if row["allowed"]:
        closes = words.clock(moment_of(row["closes_at"]), zone) if row["closes_at"] else "no end known"
        yield (
            "Why allowed",
            f"Inside the hours of every rule (open until {closes}); nothing else stood against it",
        )
    else:
        yield "Why refused", "\n".join(reason["text"] for reason in row["reasons"])
    yield "Said beside it", "\n".join(warning["text"] for warning in row["warnings"])
    yield "Do-not-call lists", "; ".join(_list(answer) for answer in row["lists"])
    yield "Consent then", _consent(row["given"])
    attempts = row["given"].get("attempts") or []
    yield "Attempts in 24 hours", f"{len(attempts)} before this one"


def _windows(row: Row) -> str:
    lines = []
    for window in row.more.get("windows", ()):
        hours = (
            f"{words.hour(window['opens'])} to {words.hour(window['closes'])}"
            if window["opens"]
            else "closed that day"
        )
        limit = f", {window['attempts']} attempts in 24 hours" if window["attempts"] else ""
        clock = words.zone_name(window["zone"])
        lines.append(f"{window['state']} version {window['version']}: {hours} {clock}{limit}")
    return "\n".join(dict.fromkeys(lines))


def _list(answer: dict[str, Any]) -> str:
    dated = f" of {answer['effective_on']}" if answer.get("effective_on") else ""
    why = f" ({answer['why'].replace('_', ' ')})" if answer.get("why") else ""
    stale = ", out of date" if answer.get("stale") else ""
    return f"{answer['code']}{dated}: {answer['state']}{why}{stale}"


def _consent(given: dict[str, Any]) -> str:
    consent = given.get("consent")
    if not consent:
        return "none on record"
    flag = {True: "yes", False: "no", None: "no flag"}[consent["flag"]]
    text = "with wording" if consent["text"] else "without wording"
    exempt = given.get("exempt")
    return f"{flag}, {text}, of {consent['given_at'][:10]}" + (f". {exempt['words']}" if exempt else "")


def _recorded(evidence: Evidence) -> Iterator[Flowable]:
    shown, left_out = most_telling(
        evidence.sections["communications"], LINES, lambda row: bool(row["explanation"])
    )
    if left_out:
        yield para(left_out)
    rows = [
        (
            words.both(moment_of(row["at"]), zone_for(row, evidence)), f"{row['channel']} {row['direction']}",
            row["outcome"].replace("_", " "),
            "\n".join(filter(None, (row["body"], row["explanation"] and f"Explained: {row['explanation']}"))),
            who(evidence, row["author_id"]), str(row["decision_id"] or "none"),
        )
        for row in shown
    ]  # fmt: skip
    if rows:
        yield grid(("When", "What", "Outcome", "Words", "By", "Decision"), rows, (2.6, 1, 1.2, 3, 1.3, 0.9))
    else:
        yield para("None is recorded.")
