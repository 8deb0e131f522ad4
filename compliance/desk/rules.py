"""Calling rules that nobody has confirmed yet, and emergency bans that are on."""

from django.urls import reverse
from django.utils import timezone

from compliance.calling.rules import ban_of, in_force, needs_confirming
from compliance.desk.section import ROWS, Section, Span, plural
from compliance.models import CallingRule, EmergencyBan
from leadcrm.lib.admin.words import link


def rules(span: Span) -> Section:
    """The rules in force today that are doubtful and unconfirmed; they apply all the same."""
    today = timezone.localdate(span.now)
    held = in_force(CallingRule.objects.filter(retired_at__isnull=True).order_by("state", "version"), today)
    open_ = [rule for rule in held if needs_confirming(rule)]
    bans = [
        row for row in EmergencyBan.objects.filter(ended_at__isnull=True) if ban_of(row).holds_at(span.now)
    ]
    emergency = f" {plural(len(bans), 'emergency ban')} on now." if bans else ""
    return Section(
        key="rules",
        title="Calling rules",
        figure=f"{len(open_)}",
        says=f"of {plural(len(held), 'rule')} in force wait for somebody to read them up and confirm.{emergency}"
        if open_
        else f"Every rule in force that was in doubt is confirmed.{emergency}",
        level="warn" if open_ or bans else "good",
        head=("Rule", "Citation"),
        rows=[(link(rule, rule.get_state_display()), rule.citation) for rule in open_[:ROWS]],
        url=reverse("admin:compliance_callingrule_changelist") + ("?row=unconfirmed" if open_ else ""),
        link="All rules with their sources",
    )
