"""One's own numbers for people: a few lines to read, and a chart of each kind with its sentence and its table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from django.urls import reverse
from django.utils.http import urlencode

from agents.numbers import WEEKS, FirstCall, Numbers, Week
from leadcrm.lib.charts import Cell, Chart, Group, Table, Value, columns
from leadcrm.lib.clock import day_words
from leadcrm.lib.samples import FEW, Share, percent
from leadcrm.models import User

Counted = TypeVar("Counted")
NONE: Final = "\u2013"


@dataclass(frozen=True, slots=True)
class Line:
    """One line at the top: a number of this week and of the weeks before it, with what is said beside each."""

    name: str
    this: str
    past: str
    this_hint: str = ""
    past_hint: str = ""
    this_url: str = ""
    past_url: str = ""


def lines(*, numbers: Numbers, person: User) -> list[Line]:
    """The lines at the top of the page."""
    this, past = numbers.this_week.figures, numbers.past
    weeks = numbers.weeks
    return [
        Line(
            "Leads received", str(this.leads), str(past.leads), past_hint=_a_week(past.leads),
            this_url=leads_url(person, weeks[-1:]) if this.leads else "",
            past_url=leads_url(person, weeks[:-1]) if past.leads else "",
        ),
        Line("First call", *_both(lambda of: _first_call(of.first_call), numbers)),
        Line("Calls", str(this.dials), str(past.dials), past_hint=_a_week(past.dials)),
        Line("People spoken with", str(this.talks), str(past.talks), past_hint=_a_week(past.talks)),
        _share_line("Contact rate", this.contact, past.contact, "leads"),
        Line("Quoted", str(this.quoted), str(past.quoted), past_hint=_a_week(past.quoted)),
        Line(
            "Policies sold", str(this.sold), str(past.sold),
            f"{_dollars(this.premium)} a year" if this.sold else "",
            f"{_dollars(past.premium)} a year" if past.sold else "",
            this_url=reverse("clients") if this.sold else "", past_url=reverse("clients") if past.sold else "",
        ),
        _share_line("Call-backs kept in time", this.kept, past.kept, "promised"),
    ]  # fmt: skip


def charts(*, numbers: Numbers, person: User) -> list[Chart]:
    """The charts of the page, each of all weeks."""
    return [
        _received(numbers, person), _waited(numbers), _contact_rate(numbers),
        _calls(numbers), _sales(numbers), _kept(numbers),
    ]  # fmt: skip


def leads_url(person: User, weeks: Sequence[Week]) -> str:
    """The list of the leads that came in these weeks and are `person`'s now."""
    first, last = weeks[0].begins_on.isoformat(), weeks[-1].ends_on.isoformat()
    query = urlencode({"owner": str(person.pk), "received_from": first, "received_to": last})
    return f"{reverse('lead_list')}?{query}"


def _received(numbers: Numbers, person: User) -> Chart:
    return _chart(
        numbers, "received", "Leads received", _counted(numbers, "lead", lambda week: week.figures.leads),
        ("Received", "Spoken with"),
        lambda week: (_bar(week.figures.leads, "received"), _bar(week.figures.contact.part, "spoken with")),
        lambda week: (
            Cell(str(week.figures.leads), leads_url(person, [week]) if week.figures.leads else ""),
            Cell(str(week.figures.first_call.called)), Cell(str(week.figures.contact.part)),
        ),
        heads=("Received", "Called", "Spoken with"),
    )  # fmt: skip


def _waited(numbers: Numbers) -> Chart:
    medians = [week.figures.first_call.median or 0 for week in numbers.weeks if _enough(week)]
    return _chart(
        numbers, "waited", "Time to the first call", _said_of_waiting(numbers),
        ("Half within (line: nine of ten)",),
        lambda week: (_waiting(week.figures.first_call),),
        lambda week: _waiting_cells(week.figures.first_call),
        heads=("Called", "Half", "9 of 10"), tick=duration, most=max(medians, default=0) * 2,
    )  # fmt: skip


def _contact_rate(numbers: Numbers) -> Chart:
    return _share_chart(
        numbers, "contact", "Contact rate", lambda week: week.figures.contact, ("Leads", "Spoken with"),
        "of the leads received were spoken with", "leads",
    )  # fmt: skip


def _calls(numbers: Numbers) -> Chart:
    return _chart(
        numbers, "calls", "Calls and conversations",
        _counted(numbers, "call", lambda week: week.figures.dials),
        ("Calls", "People spoken with"),
        lambda week: (_bar(week.figures.dials, "calls"), _bar(week.figures.talks, "people spoken with")),
        lambda week: (Cell(str(week.figures.dials)), Cell(str(week.figures.talks))),
    )  # fmt: skip


def _sales(numbers: Numbers) -> Chart:
    past = numbers.past
    brought = f" They bring {_dollars(past.premium)} a year." if past.sold else ""
    return _chart(
        numbers, "sales", "Quoted and sold",
        _counted(numbers, "policy sold", lambda week: week.figures.sold, "policies sold") + brought,
        ("Policies sold", "Leads quoted"),
        lambda week: (_bar(week.figures.sold, "sold"), _bar(week.figures.quoted, "quoted")),
        lambda week: (
            Cell(str(week.figures.quoted)), Cell(str(week.figures.sold)),
            Cell(_dollars(week.figures.premium) if week.figures.sold else NONE),
        ),
        heads=("Quoted", "Sold", "A year"),
    )  # fmt: skip


def _kept(numbers: Numbers) -> Chart:
    return _share_chart(
        numbers, "kept", "Call-backs kept in time", lambda week: week.figures.kept, ("Promised", "In time"),
        "of the call-backs promised were kept in time", "call-backs",
    )  # fmt: skip


def _chart(
    numbers: Numbers, key: str, title: str, summary: str, series: Sequence[str],
    values: Callable[[Week], Sequence[Value]], cells: Callable[[Week], Sequence[Cell]], *,
    heads: Sequence[str] = (), tick: Callable[[float], str] | None = None, most: float | None = None,
) -> Chart:  # fmt: skip
    """All weeks from left to right; in the table the newest comes first."""
    groups = [Group(day_of(week), values(week), unfinished=not week.over) for week in numbers.weeks]
    rows = [(_name(week), cells(week)) for week in reversed(numbers.weeks)]
    return columns(
        key=key, title=title, summary=summary, series=series, groups=groups, most=most,
        table=Table(("Week of", *(heads or series)), rows), tick=tick or _count, whole=tick is None,
    )  # fmt: skip


def _share_chart(
    numbers: Numbers, key: str, title: str, of: Callable[[Week], Share], heads: Sequence[str], said: str, unit: str
) -> Chart:  # fmt: skip
    past = numbers.past.contact if key == "contact" else numbers.past.kept
    summary = _said_of_share(past, of(numbers.this_week), said, unit)
    return _chart(
        numbers, key, title, summary, ("Share (line: 95 in 100 sure)",),
        lambda week: (_share(of(week)),),
        lambda week: (
            Cell(str(of(week).whole)), Cell(str(of(week).part)), Cell(of(week).text), Cell(of(week).between or NONE)
        ),
        heads=(*heads, "Share", "Between"), tick=percent, most=1.0,
    )  # fmt: skip


def _share(share: Share) -> Value:
    if share.few or share.value is None:
        return Value(None)
    return Value(share.value, f"{share.text} ({share.between})", share.low, share.high)


def _waiting(first: FirstCall) -> Value:
    if first.called < FEW or first.median is None or first.p90 is None:
        return Value(None)
    said = f"Half within {duration(first.median)}, nine of ten within {duration(first.p90)}"
    return Value(first.median, said, first.median, first.p90)


def _waiting_cells(first: FirstCall) -> tuple[Cell, ...]:
    if first.called < FEW or first.median is None or first.p90 is None:
        return Cell(str(first.called)), Cell("too few" if first.called else NONE), Cell(NONE)
    return Cell(str(first.called)), Cell(duration(first.median)), Cell(duration(first.p90))


def _enough(week: Week) -> bool:
    return week.figures.first_call.called >= FEW


def _bar(count: int, what: str) -> Value:
    return Value(count, f"{count} {what}")


def _both(of: Callable[..., str], numbers: Numbers) -> tuple[str, str]:
    return of(numbers.this_week.figures), of(numbers.past)


def _first_call(first: FirstCall) -> str:
    if not first.called:
        return NONE
    if first.called < FEW or first.median is None or first.p90 is None:
        return "too few to say"
    return f"half within {duration(first.median)}, 9 of 10 within {duration(first.p90)}"


def _share_line(name: str, this: Share, past: Share, unit: str) -> Line:
    return Line(name, this.text, past.text, _of(this, unit), _of(past, unit))


def _of(share: Share, unit: str) -> str:
    if not share.whole:
        return ""
    between = f", likely {share.between}" if share.between else ""
    return f"{share.part} of {share.whole} {unit}{between}"


def _a_week(count: int) -> str:
    each = count / WEEKS
    return f"{each:.0f} a week" if each >= 10 else f"{each:.1f} a week" if count else ""


def _counted(numbers: Numbers, one: str, of: Callable[[Week], int], many: str = "") -> str:
    """“12 leads this week so far. In the 8 weeks before between 9 and 24 a week.”"""
    many = many or f"{one}s"
    past = [of(week) for week in numbers.weeks if week.over]
    this = of(numbers.this_week)
    now = f"{this or 'No'} {one if this == 1 else many} this week so far."
    if not any(past):
        return f"{now} None in the {WEEKS} weeks before."
    least, most = min(past), max(past)
    each = f"{most} in each" if least == most else f"between {least} and {most} a week"
    return f"{now} In the {WEEKS} weeks before {each}."


def _said_of_waiting(numbers: Numbers) -> str:
    for when, first in _spans(numbers.past.first_call, numbers.this_week.figures.first_call):
        if first.called >= FEW and first.median is not None and first.p90 is not None:
            waited = f"half had their first call within {duration(first.median)}"
            return f"{when} {waited}, nine of ten within {duration(first.p90)}."
    return f"Fewer than {FEW} people were called for the first time: too few to say."


def _said_of_share(past: Share, this: Share, said: str, unit: str) -> str:
    for when, share in _spans(past, this):
        if not share.few:
            return f"{when} {share.text} {said}: {share.part} of {share.whole}."
    return f"Fewer than {FEW} {unit}: too few to say."


def _spans(past: Counted, this: Counted) -> tuple[tuple[str, Counted], tuple[str, Counted]]:
    """What sentences are about: the weeks before, and where they say nothing this one."""
    return (f"In the {WEEKS} weeks before this one", past), ("This week so far", this)


def duration(minutes: float) -> str:
    """40 s, 4 min, 3.5 h, 2 days."""
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    for size, unit, most in ((1, "min", 100), (60, "h", 48), (1440, "days", float("inf"))):
        if minutes / size < most:
            length = minutes / size
            return f"{length:.0f} {unit}" if length >= 10 or length == int(length) else f"{length:.1f} {unit}"
    raise AssertionError("days have no end")


def day_of(week: Week) -> str:
    """Oct 5."""
    return day_words(week.begins_on)


def _name(week: Week) -> str:
    return day_of(week) if week.over else f"{day_of(week)}, so far"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}"
