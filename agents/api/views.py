"""Reports for other systems: the numbers of the pages, the files and the mails, with a key of their own."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.api.asking import read_parameters
from agents.api.auth import ReportKeyAuthentication
from agents.models import ReportKey, ReportRun, RunVia
from agents.reports import REPORTS, find_report
from agents.reports.files import FILES, as_file
from agents.reports.periods import NAMES
from agents.reports.sending import Order, run_report
from leadcrm.lib.api_errors import ApiError, refused

# A report may take seconds of the database, which decides posts as well.
MOST: Final = 30
WITHIN: Final = timedelta(minutes=1)
_ERRORS: Final = {
    401: OpenApiResponse(description="No key, or an unknown one."),
    403: OpenApiResponse(description="The key was revoked or has expired."),
    503: OpenApiResponse(description="Ask again."),
}


class ForReaders(APIView):
    """Opened by a report key; nothing on the way may keep an answer."""

    authentication_classes = (ReportKeyAuthentication,)
    renderer_classes = (JSONRenderer,)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        """DRF's, with that said."""
        response = super().finalize_response(*args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response


class ReportsView(ForReaders):
    """Which reports there are."""

    @extend_schema(
        operation_id="reports_list",
        summary="List the reports",
        description="With a report key. What each tells, and its address.",
        responses={200: OpenApiTypes.OBJECT, **_ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Name, title, what it tells, and address of each; the periods and formats that all of them know."""
        reports = [
            {
                "name": each.name, "title": each.title, "about": each.blurb,
                "url": request.build_absolute_uri(reverse("report", args=[each.name])),
            }
            for each in REPORTS.values()
        ]  # fmt: skip
        return Response({"reports": reports, "periods": [*NAMES, "2026-10"], "formats": [*FILES]})


class ReportView(ForReaders):
    """One report of some days."""

    refusals: ClassVar = {
        400: OpenApiResponse(description="What is wrong, by parameter."),
        404: OpenApiResponse(description="No report has this name."),
        429: OpenApiResponse(description=f"More than {MOST} in a minute with this key; see Retry-After."),
    }

    @extend_schema(
        summary="Read a report",
        description="With a report key. Whole days of the agency's calendar; without parameters yesterday, as JSON. "
        "Each making is recorded.",
        parameters=[
            OpenApiParameter("period", str, description=f"{', '.join(NAMES)}, or a month as 2026-10."),
            OpenApiParameter("from", OpenApiTypes.DATE, description="The first day, in place of a period."),
            OpenApiParameter(
                "to", OpenApiTypes.DATE, description="The last day; without it, the first alone."
            ),
            OpenApiParameter(
                "format", str, enum=[*FILES], description="json, unless something else is said."
            ),
            OpenApiParameter("table", str, description="With format=csv: the key of the one table wanted."),
        ],
        responses={200: OpenApiTypes.OBJECT, **refusals, **_ERRORS},
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """The report as a file of the format asked for."""
        report, now = find_report(name), timezone.now()
        if report is None:
            raise NotFound
        asked = read_parameters(request.query_params.dict(), timezone.localdate())
        key: Any = request.auth
        _hold_back(key, now)
        made = run_report(order=Order(report, asked.period, RunVia.API, asked.format, key=key), now=now)[1]
        known = [table.key for table in made.body.tables]
        if asked.table and asked.table not in known:
            raise refused({"table": f"“{asked.table}” is none of {', '.join(known)}"})
        return as_file(made, asked.format, table=asked.table)


def _hold_back(key: ReportKey, now: datetime) -> None:
    """Refuse what `key` asks for too often, by what is recorded. Raises ApiError 429."""
    newest = ReportRun.objects.filter(key=key, created_at__gt=now - WITHIN).order_by("-created_at")
    times = list(newest.values_list("created_at", flat=True)[:MOST])
    if len(times) == MOST:
        wait = max(1, ceil((times[-1] + WITHIN - now).total_seconds()))
        raise ApiError(429, "rate_limited", f"At most {MOST} reports a minute for a key.", retry_after=wait)
