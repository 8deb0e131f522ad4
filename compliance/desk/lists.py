"""Do-not-call lists: which are held, how old they are, what can be asked of them."""

from django.urls import reverse

from compliance.admin.dnc import days_left, freshness
from compliance.desk.section import ROWS, Section, Span, plural
from compliance.models import DncList, ListKind
from leadcrm.lib.admin.words import day, link


def lists(span: Span) -> Section:
    """The lists that are asked: stale ones stop leads and calls, empty ones answer nothing."""
    asked = list(DncList.objects.filter(active=True).select_related("current").order_by("code"))
    loaded = [each for each in asked if each.current]
    stale = [each for each in loaded if each.stale_after_days is not None and days_left(each) < 0]
    return Section(
        key="lists",
        title="Do-not-call lists",
        figure=f"{len(stale)}" if stale else f"{len(loaded)}",
        says=_sentence(loaded, stale),
        level="bad" if stale else "good" if _has_national(loaded) else "warn",
        head=("List", "Dated", "Trust"),
        rows=[(link(each), _dated(each), freshness(each)) for each in asked[:ROWS]],
        url=reverse("admin:compliance_dnclist_changelist"),
        link="Lists and imports",
    )


def _sentence(loaded: list[DncList], stale: list[DncList]) -> str:
    if not loaded:
        return "loaded: nobody is looked up"
    if stale:
        return f"of {plural(len(loaded), 'list')} stale: what they cover is stopped"
    return (
        "loaded and fresh"
        if _has_national(loaded)
        else "loaded and fresh, but the national registry is not held"
    )


def _has_national(loaded: list[DncList]) -> bool:
    return any(each.kind == ListKind.NATIONAL for each in loaded)


def _dated(dnc_list: DncList) -> str:
    return day(dnc_list.current.effective_on if dnc_list.current else None)
