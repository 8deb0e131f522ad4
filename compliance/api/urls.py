"""Addresses for other systems. A trailing slash is taken as it comes: a redirect would lose the body."""

from django.urls import re_path

from compliance.api.views import OptOutView

urlpatterns = [re_path(r"^api/opt-out/?$", OptOutView.as_view(), name="opt-out")]
