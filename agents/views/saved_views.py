"""Keeping the filters of the list of leads under a name."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.models import SavedView
from agents.saved_views import ViewRefused, change_view, delete_view, save_view
from agents.views.requests import SignedIn


@require_POST
@login_required
def save(request: SignedIn) -> HttpResponse:
    """Save the filters under a name, and show the list they give."""
    asked = request.POST
    query = asked.get("query", "")
    try:
        view = save_view(
            user=request.user, name=asked.get("name", ""), query=query, shared="shared" in asked,
            now=timezone.now(),
        )  # fmt: skip
    except ViewRefused as refused:
        messages.error(request, str(refused))
        return _list(query)
    messages.success(request, f"“{view.name}” is saved.")
    return _list(view.query)


@require_POST
@login_required
def change(request: SignedIn, pk: int) -> HttpResponse:
    """Another name for an own view, or shared otherwise. 404 for anybody else's."""
    asked = request.POST
    try:
        view = change_view(
            user=request.user, view_id=pk, name=asked.get("name", ""), shared="shared" in asked
        )
    except ViewRefused as refused:
        messages.error(request, str(refused))
        view = SavedView.objects.filter(user=request.user, pk=pk).first()
    else:
        if view:
            messages.success(request, f"“{view.name}” is saved.")
    if view is None:
        raise Http404
    return _list(view.query)


@require_POST
@login_required
def delete(request: SignedIn, pk: int) -> HttpResponse:
    """Delete an own view. 404 for anybody else's."""
    if not delete_view(user=request.user, view_id=pk):
        raise Http404
    messages.success(request, "The view is deleted. The leads are where they were.")
    return redirect("lead_list")


def _list(query: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('lead_list')}?{query}")
