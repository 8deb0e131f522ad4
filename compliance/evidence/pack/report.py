"""report.pdf: the pack for people who read, not for programs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from reportlab.lib.units import inch
from reportlab.platypus import CondPageBreak, Flowable, PageBreak

from compliance.evidence.pack import choosing, layout, words
from compliance.evidence.pack.choosing import most_telling
from compliance.evidence.pack.collect import Evidence
from compliance.evidence.pack.gaps import gaps
from compliance.evidence.pack.layout import (
    H1,
    LEAD,
    SMALL,
    TITLE,
    bullets,
    facts,
    gap,
    grid,
    para,
    rich,
    toned,
)
from compliance.evidence.pack.report_calls import contacts
from compliance.evidence.pack.report_consent import consents, origins
from compliance.evidence.pack.rows import moment_of
from compliance.evidence.pack.rulebook import NOTICE
from compliance.evidence.pack.timeline import timeline, who
from compliance.models import (
    ReviewAction,
    RevocationChannel,
    RevocationOrigin,
    RevocationScope,
    SuppressionKind,
)

# A part begins on the next page where less is left of this one.
LEAST: Final = 2.2 * inch
# So many names stand on the cover.
NAMES: Final = 5
PROVES: Final = (
    (
        "That the rows of evidence.json for which chain.json has a proof are the rows that the product had written "
        "when their batch was sealed: a byte changed since then breaks a sum."
    ),
    (
        "That the batches follow one another without a gap up to the head named on the cover. Compare that head with "
        "one that was sent out of the house earlier (verify.py --head): only that rules out that the whole chain was "
        "made anew."
    ),
)
PROVES_NOT: Final = (
    (
        "That what vendors posted is true. The consent is shown as it was posted; a certificate is the independent "
        "witness."
    ),
    "That nothing was left out: a row that is not here cannot be missed by a sum.",
    "That nothing happened outside this product.",
    "That the rules applied are the law. They are the agency's rows, each with its source, and no legal advice.",
)


@dataclass(slots=True)
class About:
    """What the cover says of the pack itself, filled in as it is made. `head` empty: no batch had been sealed."""

    made_by: str
    reason: str
    evidence_sha256: str = ""
    head: str = ""
    proved: int = 0
    unsealed: int = 0


def write_report(file: Any, *, evidence: Evidence, about: About) -> None:
    """Write the PDF into `file` (binary). Laid out twice or more, until the contents know their pages."""
    number = words.phone(evidence.phone)
    title = f"Evidence pack for {number}"
    document = layout.Report(
        file, title=title, author=evidence.agency,
        subject="Consent, do-not-call checks, contacts and requests, as kept",
        footer=" \N{MIDDLE DOT} ".join((evidence.agency, title, words.utc(evidence.collected_at))),
    )  # fmt: skip
    story: list[Flowable] = [*_cover(evidence, about), PageBreak()]
    for title, part in PARTS:
        story += [CondPageBreak(LEAST), gap(10), para(title, H1), *part(evidence)]
    document.multiBuild(story)


def _cover(evidence: Evidence, about: About) -> Iterator[Flowable]:
    yield para("Evidence pack", TITLE)
    yield para(f"{words.phone(evidence.phone)}", LEAD)
    yield facts(
        [
            ("Agency", evidence.agency),
            ("Number", evidence.phone),
            ("Name on record", _names(evidence)),
            ("Period", _period(evidence)),
            ("Consumer's clock", _clocks(evidence)),
            ("Made", f"{words.utc(evidence.collected_at)}, by {about.made_by}"),
            ("Reason", about.reason),
            ("SHA-256 of evidence.json", about.evidence_sha256),
            ("Head of the chain", about.head or "no batch was sealed yet"),
        ]
    )
    yield gap(10)
    yield para("In short", layout.COVER)
    counts = list(_counts(evidence, about))
    half = (len(counts) + 1) // 2
    pairs = zip_longest(counts[:half], counts[half:], fillvalue=("", ""))
    yield grid(("What", "", "What", ""), ((*left, *right) for left, right in pairs), (4, 0.8, 4, 0.8))
    yield gap(10)
    yield para("Contents", layout.COVER)
    yield layout.contents()
    yield gap(4)
    yield para(
        "The rows behind every statement are in evidence.json, and the sums of all files in manifest.json. "
        "Run verify.py, which needs nothing but Python, to check them.",
        SMALL,
    )


def _names(evidence: Evidence) -> str:
    names = [f"{row['first_name']} {row['last_name']}".strip() for row in evidence.sections["leads"]]
    found = list(dict.fromkeys(name for name in names if name))
    more = f", and {len(found) - NAMES} more" if len(found) > NAMES else ""
    return ", ".join(found[:NAMES]) + more


def _period(evidence: Evidence) -> str:
    moments = [entry.at for entry in timeline(evidence)]
    return f"{words.utc(min(moments))} to {words.utc(max(moments))}" if moments else ""


def _clocks(evidence: Evidence) -> str:
    return ", ".join(dict.fromkeys(words.zone_name(zone) for zone in evidence.zones.values()))


COUNTED: Final = (
    ("Leads bought with this number", "leads"), ("Posts received", "posts"), ("Consents on record", "consents"),
    ("Certificates", "certificates"), ("Answers of scrub services", "scrub_answers"),
    ("Contacts asked for (dial, text, record of a call)", "contact_decisions"),
    ("Attempts counted", "contact_attempts"), ("Calls, texts, e-mails and notes recorded", "communications"),
    ("Requests to stop", "revocations"), ("Entries of the agency's own do-not-contact list", "requests_to_stop"),
)  # fmt: skip


def _counts(evidence: Evidence, about: About) -> Iterator[tuple[str, str]]:
    for words_, key in COUNTED:
        yield words_, f"{len(evidence.sections[key]):,}"
    refused = sum(not row["allowed"] for row in evidence.sections["contact_decisions"])
    yield "Contacts refused by the product", f"{refused:,}"
    yield "Facts of these rows that are proved by the chain", f"{about.proved:,}"
    yield "Facts not sealed yet when the pack was made", f"{about.unsealed:,}"


def _gaps(evidence: Evidence) -> Iterator[Flowable]:
    yield para(
        "What is missing, and what speaks against the agency, as far as the product can tell from its rows."
    )
    found = choosing.together(gaps(evidence))
    yield from bullets(found[: choosing.SENTENCES])
    if len(found) > choosing.SENTENCES:
        yield para(
            f"And {len(found) - choosing.SENTENCES:,} more: evidence.json names them all, under “gaps”."
        )


def _lists(evidence: Evidence) -> Iterator[Flowable]:
    yield para(
        f"What look-ups said about {words.phone(evidence.phone)} in each version that was held, and while which it was "
        "held. What was known at a contact stands with the contact."
    )
    rows = [
        (
            f"{span.list_name} ({span.list_code})", versions,
            words.utc(span.since), words.utc(span.until) if span.until else "still in use",
            toned(f"{span.state.value} {span.why.value.replace('_', ' ')}", "bad" if span.state == "listed" else ""),
        )
        for span, versions in choosing.joined(evidence.lists)
    ]  # fmt: skip
    if rows:
        yield grid(("List", "Version", "Held from", "Until", "The number"), rows, (3, 2, 2.2, 2.2, 1.4))
    else:
        yield para("No version of any list was held in this time.")
    yield para("Outside scrub services", layout.H2)
    yield from _scrubs(evidence)


def _note(left_out: str) -> Iterator[Flowable]:
    if left_out:
        yield para(left_out)


def _scrubs(evidence: Evidence) -> Iterator[Flowable]:
    answers, left_out = most_telling(
        evidence.sections["scrub_answers"], choosing.LINES, lambda row: bool(row["state"] != "clear")
    )
    rows = [
        (
            row["service"].replace("_", " "), words.phone(row["phone"]), words.utc(moment_of(row["asked_at"])),
            toned(" ".join(filter(None, (row["state"], row["why"], "litigator" if row["litigator"] else ""))),
                  "bad" if row["state"] == "listed" else ""),
            ", ".join(row["codes"]),
        )
        for row in answers
    ]  # fmt: skip
    yield from _note(left_out)
    if rows:
        yield grid(("Service", "Number", "Asked", "Answer", "Codes"), rows, (2, 1.6, 2.2, 1.4, 1.6))
    else:
        yield para("None was asked.")


def _requests(evidence: Evidence) -> Iterator[Flowable]:
    zone = next(iter(evidence.zones.values()), "UTC")
    asked = [
        (
            words.both(moment_of(row["received_at"]), zone), f"“{row['words']}”" if row["words"] else "",
            f"{RevocationScope(row['scope']).label}, {RevocationChannel(row['channel']).label.lower()}",
            who(evidence, row["by_id"], RevocationOrigin(row["origin"]).label),
            f"{words.utc(moment_of(row['applied_at']))}; the rule's deadline: {row['honour_by']}",
        )
        for row in evidence.sections["revocations"]
    ]  # fmt: skip
    if asked:
        head = ("Received", "Words", "About what, by which way", "Entered by", "In force from")
        yield grid(head, asked, (2.2, 2.6, 1.6, 1.3, 2.2))
    else:
        yield para("No request is on record for the number, or the e-mail addresses that came with it.")
    yield from _entries(evidence)
    yield from _relationships(evidence)


def _entries(evidence: Evidence) -> Iterator[Flowable]:
    rows = [
        (
            row["phone"] or row["email"], SuppressionKind(row["kind"]).label, RevocationScope(row["scope"]).label,
            words.utc(moment_of(row["added_at"])), f"{row['reason']} ({who(evidence, row['added_by_id'])})",
            f"{words.utc(moment_of(row['released_at']))}, {who(evidence, row['released_by_id'])}"
            if row["released_at"]
            else "in force",
        )
        for row in evidence.sections["requests_to_stop"]
    ]  # fmt: skip
    if rows:
        yield para("Entries of the agency's own do-not-contact list", layout.H2)
        head = ("Number or address", "Why", "About what", "Entered", "Words", "Until")
        yield grid(head, rows, (1.7, 1.5, 1.1, 2, 2.6, 1.5))


def _relationships(evidence: Evidence) -> Iterator[Flowable]:
    rows = [
        (row["kind"], f"{row['started_on']} to {row['ends_on']}", row["evidence"], who(evidence, row["recorded_by_id"]),
         f"withdrawn: {row['withdrawn_why']}" if row["withdrawn_at"] else "")
        for row in evidence.sections["business_relationships"]
    ]  # fmt: skip
    if rows:
        yield para("Established business relationships recorded", layout.H2)
        yield grid(("Kind", "Days", "Evidence", "By", ""), rows, (1, 2, 3, 1.4, 1.6))


def _judgements(evidence: Evidence) -> Iterator[Flowable]:
    rows = [
        (words.utc(moment_of(row["at"])), f"A-{row['lead_id']}: lives by {words.zone_name(row['zone']) or 'no'} time",
         row["reason"], who(evidence, row["by_id"]))
        for row in evidence.sections["zone_confirmations"]
    ]  # fmt: skip
    rows += [
        (words.utc(moment_of(row["at"])), "A call recorded although it was refused", row["explanation"],
         who(evidence, row["author_id"]))
        for row in evidence.sections["communications"]
        if row["explanation"]
    ]  # fmt: skip
    rows += [
        (words.utc(moment_of(row["at"])),
         f"Held post: {ReviewAction(row['action']).label.lower()} {row['reason']} {', '.join(row['waived'])}".strip(),
         row["note"], who(evidence, row["by_id"]))
        for row in evidence.sections["reviews"]
    ]  # fmt: skip
    rows += [
        (words.utc(moment_of(row["decided_at"])), f"Post run again: {row['outcome']} {row['reason']}", "",
         who(evidence, row["decided_by_id"]))
        for row in evidence.sections["decisions"]
        if row["decided_by_id"]
    ]  # fmt: skip
    if rows:
        shown, left_out = most_telling(sorted(rows), choosing.LINES)
        yield from _note(left_out)
        yield grid(("When", "What", "Reason given", "By"), shown, (2, 3.4, 3, 1.6))
    else:
        yield para("Nobody overrode, reviewed or confirmed anything about this person.")


def _rules(evidence: Evidence) -> Iterator[Flowable]:
    yield para(NOTICE)
    used = {key for row in evidence.sections["contact_decisions"] for key, _ in row["rules"]}
    rows = []
    for rule in evidence.rulebook.rules.values():
        if rule.pk not in used:
            continue
        confirmed = f"confirmed {rule.confirmed_at:%Y-%m-%d}" if rule.confirmed_at else "not confirmed"
        days = f"{rule.effective_from or 'always'} to {rule.effective_to or 'further notice'}"
        rows.append(
            (f"{rule.state}, version {rule.version}", _hours(rule), rule.citation, rule.source,
             f"{rule.as_of}, {rule.confidence}, {confirmed}", days)
        )  # fmt: skip
    if rows:
        head = ("Rule", "Hours there", "Citation", "Read in", "When, confidence", "Effective")
        yield grid(head, rows, (1.2, 2.2, 1.8, 2.2, 1.6, 1.4))
    else:
        yield para("No contact was asked for, so no rule was applied.")
    yield gap(4)
    yield para(
        "Every version of the rules of these states, and those in force at each contact, are in rules.json.",
        SMALL,
    )


def _hours(rule: Any) -> str:
    parts = []
    for name, label in (("weekday", "Mon\N{EN DASH}Fri"), ("saturday", "Sat"), ("sunday", "Sun")):
        starts, ends = getattr(rule, f"{name}_from"), getattr(rule, f"{name}_to")
        open_ = (
            f"{words.hour(starts.isoformat())}\N{EN DASH}{words.hour(ends.isoformat())}"
            if starts
            else "closed"
        )
        parts.append(f"{label} {open_}")
    parts += [] if rule.holidays else ["holidays closed"]
    parts += [f"{rule.attempts} attempts in 24 hours"] if rule.attempts else []
    return "; ".join(parts)


def _timeline(evidence: Evidence) -> Iterator[Flowable]:
    yield para(
        "Times are on the consumer's likeliest clock, or the one that a person confirmed; below it UTC."
    )
    entries, left_out = most_telling(timeline(evidence), choosing.LINES, lambda entry: entry.tone == "bad")
    yield from _note(left_out)
    rows = [
        (
            f"{words.clock(entry.at, entry.zone)}\n{words.utc(entry.at)}",
            toned(entry.title, entry.tone),
            entry.detail,
            entry.ref,
        )
        for entry in entries
    ]
    yield grid(("When", "What", "Details", "Row"), rows, (2.9, 2.6, 3.3, 1.2))


def _proof(_: Evidence) -> Iterator[Flowable]:
    yield para("This pack proves", layout.H2)
    yield from bullets(PROVES)
    yield para("It does not prove", layout.H2)
    yield from bullets(PROVES_NOT)
    yield para("How to verify", layout.H2)
    yield rich(
        "Unpack the ZIP into an empty folder and run <b>{}</b> in it. It needs Python 3.8 or later, no network and no "
        "other file. It checks the sum of each file, each row against its leaf, each leaf against its batch, the "
        "batches against one another, and evidence.json against the rows proved.",
        "python3 verify.py",
    )


PARTS: Final[tuple[tuple[str, Callable[[Evidence], Iterator[Flowable]]], ...]] = (
    ("Gaps and exceptions", _gaps),
    ("Timeline", _timeline),
    ("Where the leads came from", origins),
    ("Consent as shown", consents),
    ("Contacts", contacts),
    ("Requests to stop, relationships", _requests),
    ("Do-not-call lists and scrubs", _lists),
    ("Overrides, reviews, confirmations", _judgements),
    ("Rules applied", _rules),
    ("What this proves, and what it does not", _proof),
)
