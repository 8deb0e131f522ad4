"""Who else is on a lead: asked by its page every few seconds."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from agents.presence import be_present, leave
from agents.queries import visible_leads
from agents.views.requests import SignedIn


@require_POST
@login_required
@never_cache
def present(request: SignedIn, number: int) -> HttpResponse:
    """The reader is on the lead, `typing` or not; who else is, in words. With `left`, the reader is gone."""
    if not visible_leads(request.user).filter(pk=number, erased_at__isnull=True).exists():
        raise Http404
    if request.POST.get("left"):
        leave(lead_id=number, user=request.user)
        return HttpResponse(status=204)
    typing = request.POST.get("typing") == "1"
    others = be_present(lead_id=number, user=request.user, typing=typing, now=timezone.now())
    return JsonResponse({"others": [str(other) for other in others]})
