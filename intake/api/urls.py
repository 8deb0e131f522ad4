"""Addresses of the front door. A trailing slash is taken as it comes: a redirect would lose the body."""

from django.urls import re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from intake.api.returns import AskReturnView, ReturnListView, ReturnView
from intake.api.views import LeadIntakeView, PingView, SubmissionView

urlpatterns = [
    re_path(r"^api/lead-intake/?$", LeadIntakeView.as_view(), name="lead-intake"),
    re_path(r"^api/lead-intake/ping/?$", PingView.as_view(), name="ping"),
    re_path(r"^api/lead-intake/returns/?$", ReturnListView.as_view(), name="returns"),
    re_path(
        r"^api/lead-intake/returns/(?P<name>[0-9a-f]{32})/?$", ReturnView.as_view(), name="return-readback"
    ),
    re_path(
        r"^api/lead-intake/(?P<lead_id>A-[0-9]{1,18})/return/?$", AskReturnView.as_view(), name="lead-return"
    ),
    re_path(
        r"^api/lead-intake/(?P<name>[A-Za-z0-9._:-]{1,128})/?$", SubmissionView.as_view(), name="submission"
    ),
    re_path(r"^api/schema/?$", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
    re_path(r"^api/docs/?$", SpectacularSwaggerSplitView.as_view(authentication_classes=[]), name="docs"),
]
