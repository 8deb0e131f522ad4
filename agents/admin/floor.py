"""The live floor: what a sales manager keeps open all day. Drawn whole, or the parts alone for its script."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone

from agents.admin.floor_acts import act
from agents.admin.floor_agents import agents_part
from agents.admin.floor_leads import replies_part, unowned_part, untouched_part
from agents.admin.floor_posts import posts_part
from leadcrm.lib.admin.site import LEADS, Page, add_page
from leadcrm.lib.clock import second_words

Context = dict[str, Any]
# Sent by the script with each question; a part of the page is no page to come back to.
PARTS_HEADER: Final = "X-Floor-Parts"
AT_HEADER: Final = "X-Floor-At"
# What runs on by itself in the browser is no news.
_TICKING: Final = re.compile(r' data-level="[a-z]*">[^<]*</time>')


@dataclass(frozen=True, slots=True)
class PartMaker:
    """A part of the page, the permission to see it, its template, and what that shows."""

    key: str
    title: str
    permission: str
    template: str
    read: Callable[[HttpRequest], Context]


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it stands; `stamp` changes when anything but its clocks did."""

    key: str
    title: str
    html: str
    stamp: str


# In the order of the page.
PARTS: Final = (
    PartMaker("posts", "Last hour", "intake.view_submission", "floor_posts", posts_part),
    PartMaker("unowned", "Waiting without an owner", "intake.view_lead", "floor_unowned", unowned_part),
    PartMaker("untouched", "Untouched leads", "intake.view_lead", "floor_untouched", untouched_part),
    PartMaker(
        "replies", "Unanswered replies and missed calls", "intake.view_lead", "floor_replies", replies_part
    ),
    PartMaker("agents", "Agents now", "agents.view_agent", "floor_agents", agents_part),
)


def show(request: HttpRequest) -> HttpResponse:
    """The page; its parts for the script, or 304 where none changed; the form to pause somebody; the two acts."""
    if request.method == "POST" or "pause" in request.GET:
        return act(request)
    parts = _parts(request)
    now = timezone.localtime()
    clock = f"{second_words(now)} {now:%Z}"
    if PARTS_HEADER in request.headers:
        return _news(request, parts, clock)
    context = {**admin.site.each_context(request), "title": PAGE.title, "parts": parts, "clock": clock}
    return TemplateResponse(request, "admin/agents/floor.html", context)


def _parts(request: HttpRequest) -> list[Part]:
    user: Any = request.user
    return [_part(request, maker) for maker in PARTS if user.has_perm(maker.permission)]


def _part(request: HttpRequest, maker: PartMaker) -> Part:
    html = render_to_string(f"admin/agents/{maker.template}.html", maker.read(request), request)
    stamp = sha256(_TICKING.sub("", html).encode()).hexdigest()[:16]
    return Part(maker.key, maker.title, html, stamp)


def _news(request: HttpRequest, parts: Sequence[Part], clock: str) -> HttpResponse:
    """The parts that the browser has otherwise: it says which stamps it has. 304 where it has all as they are."""
    etag = f'"{"-".join(part.stamp for part in parts)}"'
    known = request.headers.get("If-None-Match", "")
    if known == etag:
        answer = HttpResponse(status=304)
    else:
        fresh = [part for part in parts if part.stamp not in known]
        answer = HttpResponse(render_to_string("admin/agents/floor_parts.html", {"parts": fresh}, request))
    answer["ETag"] = etag
    answer[AT_HEADER] = clock
    return answer


PAGE: Final = Page(
    slug="live-floor",
    title="Live floor",
    blurb="The last hour, what waits and why, who is at work: for a second screen. Pause and resume agents.",
    group=LEADS,
    permissions=("intake.view_lead",),
    view=show,
)
add_page(PAGE)
