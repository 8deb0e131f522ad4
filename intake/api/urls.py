"""Addresses of the front door. A trailing slash is taken as it comes: a redirect would lose the body."""

from django.urls import re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from intake.api.views import LeadIntakeView, SubmissionView

urlpatterns = [
    re_path(r"^api/lead-intake/?$", LeadIntakeView.as_view(), name="lead-intake"),
    re_path(
        r"^api/lead-intake/(?P<name>[A-Za-z0-9._:-]{1,128})/?$", SubmissionView.as_view(), name="submission"
    ),
    re_path(r"^api/schema/?$", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
    re_path(r"^api/docs/?$", SpectacularSwaggerSplitView.as_view(authentication_classes=[]), name="docs"),
]
