"""JSON or XML, as the caller prefers; any other wish gets JSON rather than a refusal."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from leadcrm.lib.xml import to_xml


class ResultXMLRenderer(BaseRenderer):
    """The same keys as in JSON, under `<result>`."""

    media_type = "application/xml"
    format = "xml"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """UTF-8 bytes."""
        return f"<result>{to_xml(data)}</result>".encode()


def prefers_xml(request: HttpRequest) -> bool:
    """True when the Accept header puts XML before JSON."""
    if "xml" not in request.headers.get("Accept", ""):
        return False
    return request.get_preferred_type(["application/json", "application/xml", "text/xml"]) in (
        "application/xml",
        "text/xml",
    )


class AnyAccept(BaseContentNegotiation):
    """Never 406: a vendor whose client sends an odd Accept header still has its answer."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """Bodies are read by intake.api.parsers, whatever this says."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """The one the caller prefers, the first where it prefers none of them."""
        known = list(renderers)
        asked = request._request
        types = [renderer.media_type for renderer in known]
        wanted = "application/xml" if prefers_xml(asked) else asked.get_preferred_type(types)
        chosen = next((renderer for renderer in known if renderer.media_type == wanted), known[0])
        return chosen, chosen.media_type
