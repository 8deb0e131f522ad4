"""Every address of the product."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path

from agents.views import account
from leadcrm import metrics
from leadcrm.lib import health

urlpatterns = [
    re_path(r"^healthz/?$", health.healthz, name="healthz"),
    re_path(r"^readyz/?$", health.readyz, name="readyz"),
    path("metrics", metrics.show, name="metrics"),
    path("login/", account.LogIn.as_view(), name="login"),
    path("login/code/", account.login_code, name="login_code"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", account.ChangePassword.as_view(), name="password_change"),
    path("admin/", admin.site.urls),
    path("", include("intake.api.urls")),
    path("", include("intake.posting.urls")),
    path("", include("compliance.api.urls")),
    path("", include("agents.api.urls")),
    path("", include("agents.messaging.public_urls")),
    path("", include("agents.urls")),
]

handler400 = "leadcrm.lib.pages.bad_request"
handler403 = "leadcrm.lib.pages.forbidden"
handler404 = "leadcrm.lib.pages.not_found"
handler500 = "leadcrm.lib.pages.broken"
