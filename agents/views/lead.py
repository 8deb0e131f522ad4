"""The page of one lead: everything about it, and everything an agent does with it."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.attributes import shown_attributes
from agents.badges import badges
from agents.dossier import dossier, wording_of
from agents.forms import CallForm, FollowUpForm, NoteForm, OptOutForm, StageForm, ZoneForm
from agents.forms_returns import ReturnForm
from agents.localtime import confirmed_time, local_time, quick_times, zone_for_forms
from agents.merging.shown import merges_shown
from agents.outcomes import Playbook, playbook
from agents.policies import policies_of, policies_of_person
from agents.presence import others_on
from agents.queries import age_of, may_see_price
from agents.returns_shown import returning_of
from agents.sla.shown import sla_of
from agents.timeline import NARROWED, timeline
from agents.views.requests import SignedIn, lead_or_404
from agents.views.trying import trying
from agents.views.writing import writing
from agents.wrapup import NEVER_CALL
from compliance.models import Decision
from compliance.suppression import stopping_calls
from intake.editing import as_bought
from intake.lifecycle import by_hand
from intake.models import ConsentRecord, Lead, LeadStatus
from intake.queries import product_names

STORY_WORDS: Final = {
    "calls": "Calls", "texts": "Texts", "emails": "E-mails", "notes": "Notes", "changes": "Changes",
}  # fmt: skip


@require_safe
@login_required
def lead_page(request: SignedIn, number: int) -> HttpResponse:
    """The lead A-`number`, for those who may see it; what is left of it where the person was erased."""
    lead = lead_or_404(request, number, erased=True)
    return _show_erased(request, lead) if lead.erased_at else show(request, lead)


def _show_erased(request: SignedIn, lead: Lead) -> HttpResponse:
    decision = Decision.objects.filter(submission=lead.submission_id).first()
    context = {
        "lead": lead,
        "product": product_names().get(lead.interest, lead.interest),
        "price_shown": may_see_price(request.user, lead),
        "policies": policies_of([lead.pk]).get(lead.pk, []),
        **story(request, lead, decision),
    }
    return render(request, "agents/lead_erased.html", context)


def story(request: SignedIn, lead: Lead, decision: Decision | None) -> dict[str, Any]:
    """The timeline as the address narrows it (`show=calls`), and the words to narrow it by."""
    asked = request.GET.get("show", "")
    return {
        "timeline": timeline(lead=lead, decision=decision, only=asked),
        "narrowed": asked if asked in NARROWED else "",
        "narrowings": [(word, STORY_WORDS[word]) for word in NARROWED],
    }


def show(
    request: SignedIn, lead: Lead, bound: Mapping[str, Form] | None = None, *, status: int = 422
) -> HttpResponse:
    """The page of `lead`; with `bound`, forms that came back with errors stand in it as they were filled in."""
    now, book = timezone.now(), playbook()
    found = dossier(lead=lead, user=request.user, now=now)
    zone, zone_name = zone_for_forms(lead)
    returning = returning_of(lead=lead, user=request.user, now=now)
    decision = Decision.objects.filter(submission=lead.submission_id).first()
    consent = ConsentRecord.objects.filter(lead=lead).first()
    bought = as_bought(lead)
    suppressed = stopping_calls(phone=lead.phone, phone_2=lead.phone_2, email=lead.email).first()
    planned = list(lead.follow_ups.filter(done_at__isnull=True).select_related("owner"))
    context: dict[str, Any] = {
        "lead": lead,
        "local": confirmed_time(found.main.permission, now) or local_time(lead, now),
        "dossier": found,
        "must_explain": any(set(call.permission.codes) & NEVER_CALL for call in found.calls),
        "age": age_of(lead, timezone.localdate(now)),
        "attributes": shown_attributes(lead),
        "zone_hint": zone_name,
        "quick_times": quick_times(zone, now),
        "decision": decision,
        "consent": consent,
        "wording": wording_of(consent, bought.get("phone", lead.phone)),
        "consented_phone": bought.get("phone", ""),
        "suppressed": suppressed,
        "badges": badges(decision=decision, consent=consent, suppressed=suppressed),
        "planned": planned,
        "policies": policies_of_person(lead),
        "merges": merges_shown(lead=lead, user=request.user, now=now),
        "due": [item for item in planned if item.due_at <= now and item.owner_id == request.user.pk],
        "price_shown": may_see_price(request.user, lead),
        **story(request, lead, decision),
        **trying(lead=lead, user=request.user, book=book, planned=planned, now=now),
        "sla": sla_of(lead=lead, now=now),
        "waits": lead.status == LeadStatus.NEW and lead.touched_at is None and not lead.backlog,
        "others": others_on(lead_id=lead.pk, user=request.user, now=now),
        "now": now,
        **writing(lead=lead, user=request.user, book=book, now=now),
        "returning": returning,
        "return_form": ReturnForm(windows=returning.windows, now=now, auto_id="return_%s"),
        **forms_for(lead, bound or {}, book=book, outcome=request.GET.get("outcome", "")),
    }
    return render(request, "agents/lead.html", context, status=status if bound else 200)


def forms_for(
    lead: Lead, bound: Mapping[str, Form], *, book: Playbook, outcome: str = ""
) -> dict[str, Form | None]:
    """The page's forms by name, fresh but for those in `bound`; `outcome` is chosen in the call's."""
    zone, _ = zone_for_forms(lead)
    now = timezone.now()
    fresh: dict[str, Form | None] = {
        "call_form": CallForm(zone=zone, now=now, book=book, outcome=outcome),
        "note_form": NoteForm(auto_id="note_%s"),
        "follow_up_form": FollowUpForm(zone=zone, now=now, auto_id="follow_up_%s"),
        "opt_out_form": OptOutForm(now=now, auto_id="opt_out_%s"),
        "zone_form": ZoneForm(auto_id="zone_%s"),
        "stage_form": StageForm(status=lead.status, auto_id="stage_%s") if by_hand(lead.status) else None,
    }
    return {**fresh, **bound}
