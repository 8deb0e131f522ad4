"""Possible duplicates: groups of leads that look like one person's, two side by side, merged or told apart."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST

from agents.merging.merge import CannotMerge, LeadsChanged, merge_leads
from agents.merging.shown import MAY_MERGE, beside, members_of
from agents.models import Ground, LeadMerge, TwinGroup, TwinMember
from agents.queries import sees_everything, visible_leads
from agents.twins.apart import tell_apart
from intake.admin.searching import ByLeadNumber
from intake.models import Lead
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import LEADS
from leadcrm.lib.admin.words import badge, to_minute
from leadcrm.lib.keys import key_from, uuid_from
from leadcrm.models import User

# What a form names a field's choice by, and the leads it is about.
CHOICE = "field_"
# Of a crowd the list shows so many leads.
MOST_LISTED = 5
CHANGED = "Somebody worked on one of the two meanwhile. Nothing was merged: look at both again."


class GroundFilter(admin.SimpleListFilter):
    """Groups that hang together by a phone, an e-mail, or a name."""

    title = "ground"
    parameter_name = "ground"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each ground."""
        return [(str(value), str(label)) for value, label in Ground.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those with it."""
        return queryset.filter(grounds__contains=[self.value()]) if self.value() else queryset


@admin.register(TwinGroup)
class TwinGroupDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """Duplicates that wait for a decision."""

    group = LEADS
    rank = 30
    title = "Duplicates"
    blurb = (
        "Open leads and clients that look like one person's: side by side, merge with undo, or tell apart."
    )
    notice = (
        "Kept in the background, a few minutes behind. Two leads are compared at a time; a merge can be undone for 30 "
        "days."
    )
    list_display = ("found", "person", "why", "leads")
    list_display_links = ("found", "person")
    list_filter = (GroundFilter,)
    ordering = ("-found_at", "-pk")
    sortable_by = ()
    lead_paths = ("members__lead",)

    def get_urls(self) -> list[URLPattern]:
        """Also the two decisions."""
        return [
            path("merge/", self.admin_site.admin_view(require_POST(self.merge_view)), name="agents_twingroup_merge"),
            path("apart/", self.admin_site.admin_view(require_POST(self.apart_view)), name="agents_twingroup_apart"),
            *super().get_urls(),
        ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[TwinGroup]:
        """With those of their leads that the reader may see."""
        rows: QuerySet[TwinGroup] = super().get_queryset(request)
        user = _user(request)
        members = TwinMember.objects.select_related("lead__vendor", "lead__owner")
        if not sees_everything(user):
            members = members.filter(lead__in=visible_leads(user))
        return rows.prefetch_related(Prefetch("members", members))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Two leads of the group side by side; which two, the address may say (`lead=1&lead=2`)."""
        if not self.has_view_permission(request) or request.method == "POST":
            raise PermissionDenied
        group = self.get_object(request, object_id)
        asked = {key_from(key) for key in request.GET.getlist("lead")}
        shown = beside(leads=members_of(group, _user(request)), asked=asked) if group else None
        if group is None or (shown is None and TwinMember.objects.filter(group=group).count() < 2):
            messages.info(request, "There is nothing to decide here any more.")
            return HttpResponseRedirect(self.list_url)
        return self.act_page(
            request, group, "admin/agents/twins.html", title="Is this one person?", shown=shown, request_id=uuid4(),
            may_merge=_user(request).has_perm(MAY_MERGE),
        )  # fmt: skip

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """Merge the two leads of the form; back to the list, or with what stands in the way to the two."""
        survivor, merged = self._pair(request)
        chosen = {
            name.removeprefix(CHOICE): value for name, value in request.POST.items() if name.startswith(CHOICE)
        }  # fmt: skip
        try:
            done = merge_leads(
                survivor=survivor, merged=merged, chosen={name: str(value) for name, value in chosen.items()},
                seen=str(request.POST.get("seen", "")), by=_user(request), request_id=_uuid(request),
                now=timezone.now(),
            )  # fmt: skip
        except LeadsChanged:
            messages.error(request, CHANGED)
        except CannotMerge as refusal:
            messages.error(request, f"{refusal}. Nothing was merged.")
        else:
            self._tell(request, done)
            return HttpResponseRedirect(self.list_url)
        group = TwinGroup.objects.filter(members__lead=survivor).first()
        where = f"{self.url_of(group)}?lead={survivor.pk}&lead={merged.pk}" if group else self.list_url
        return HttpResponseRedirect(where)

    def apart_view(self, request: HttpRequest) -> HttpResponse:
        """The two leads of the form are not one person's."""
        one, other = self._pair(request)
        tell_apart(leads=[one.pk, other.pk], by=_user(request), now=timezone.now())
        where = reverse("admin:agents_nottwins_changelist")
        words = "{} and {} are not one person's: not asked again. <a href='{}'>Pairs that were told apart</a>"
        messages.success(request, format_html(words, one, other, where))
        group = TwinGroup.objects.filter(members__lead__in=[one, other]).first()
        return HttpResponseRedirect(self.url_of(group) if group else self.list_url)

    def _pair(self, request: HttpRequest) -> tuple[Lead, Lead]:
        """The lead that stays and the other one. Raises PermissionDenied, Http404."""
        user = _user(request)
        if not (user.has_perm(MAY_MERGE) and self.has_view_permission(request)):
            raise PermissionDenied
        keys = [key for key in request.POST.getlist("lead") if key_from(key)]
        leads = {str(lead.pk): lead for lead in visible_leads(user).filter(pk__in=keys)}
        if len(leads) != 2:
            raise Http404
        stays = leads.pop(str(request.POST.get("stays", keys[0])), None)
        if stays is None or len(leads) != 1:
            raise Http404
        return stays, next(iter(leads.values()))

    def _tell(self, request: HttpRequest, done: LeadMerge) -> None:
        where = reverse("admin:agents_leadmerge_change", args=[done.pk])
        words = "A-{} was merged into A-{}. <a href='{}'>See it or undo it</a>"
        messages.success(request, format_html(words, done.merged_id, done.survivor_id, where))
        desk: Any = admin.site.get_model_admin(LeadMerge)
        desk.log_addition(request, done, "Merged")

    @admin.display(description="found")
    def found(self, group: TwinGroup) -> str:
        """Agency time."""
        return to_minute(group.found_at)

    @admin.display(description="person")
    def person(self, group: Any) -> str:
        """The name on the newest lead."""
        leads = [member.lead for member in group.members.all()]
        return (leads[-1].full_name if leads else "") or "No name"

    @admin.display(description="why")
    def why(self, group: TwinGroup) -> str:
        """The grounds, the weak one as such."""
        levels = {Ground.PHONE: "info", Ground.EMAIL: "info", Ground.NAME: "warn"}
        told = [(badge(Ground(ground).label, levels[Ground(ground)]),) for ground in group.grounds]
        return format_html_join(" ", "{}", told)

    @admin.display(description="leads")
    def leads(self, group: Any) -> str:
        """Number, vendor, owner and stage of each."""
        members = list(group.members.all())
        rows = [
            (m.lead, m.lead.vendor, m.lead.owner or "nobody's", m.lead.get_status_display())
            for m in members[:MOST_LISTED]
        ]
        shown = format_html_join("", "<div class='twin-lead'>{} · {} · {} · {}</div>", rows)
        more = len(members) - len(rows)
        also = " and others" if group.crowded else ""
        return format_html("{}<div class='quiet'>{} more{}</div>", shown, more, also) if more else shown


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _uuid(request: HttpRequest) -> UUID:
    found = uuid_from(str(request.POST.get("request_id", "")))
    if found is None:
        raise Http404
    return found
