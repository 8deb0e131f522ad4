"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path, re_path

from leadcrm.lib import health

urlpatterns = [
    re_path(r"^healthz/?$", health.healthz, name="healthz"),
    re_path(r"^readyz/?$", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("intake.api.urls")),
    path("", include("agents.urls")),
]
