"""Addresses for systems that read figures. A trailing slash is taken as it comes."""

from django.urls import re_path

from agents.api.views import ReportsView, ReportView

urlpatterns = [
    re_path(r"^api/reports/?$", ReportsView.as_view(), name="reports"),
    re_path(r"^api/reports/(?P<name>\w{1,40})/?$", ReportView.as_view(), name="report"),
]
