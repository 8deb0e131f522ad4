"""The link under every e-mail: a page with one button, and the one click of mail programs (RFC 8058)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from agents.messaging.mail import read_token
from agents.messaging.stopping import unsubscribe as stop


@csrf_exempt  # a mail program posts without ever having seen the page; the signed address is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks (scanners of mail follow links), POST stops. No log-in, no question, no name."""
    named = read_token(token)
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    if named is None:
        return render(request, "agents/unsubscribe.html", {"wrong": True}, status=404)
    if request.method != "POST":
        return render(request, "agents/unsubscribe.html", {})
    done = stop(public_id=UUID(named), one_click=one_click, now=timezone.now())
    return render(
        request, "agents/unsubscribe.html", {"done": done, "wrong": not done}, status=200 if done else 404
    )
