"""Certificates in words and badges, and as panels on managers' pages."""

import json
from typing import Any, Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from compliance.certificates import badge_of, services
from compliance.models import AnswerOutcome, Certificate, CertificateAnswer, CertificateFlag
from leadcrm.lib.admin.words import DASH, badge, link, milliseconds

OUTCOMES: Final = {
    AnswerOutcome.OK: "good", AnswerOutcome.GONE: "bad", AnswerOutcome.ACCOUNT: "bad", AnswerOutcome.UNKNOWN: "warn",
}  # fmt: skip
ANSWERS: Final = 30


def state_badge(row: Certificate) -> SafeString:
    """Retained, lost, off, or how long the evidence still stands."""
    text, level = badge_of(row, timezone.now())
    return badge(text, level)


def why(row: Certificate) -> str:
    """Why it is not retained, for people."""
    return row.error.replace("_", " ")


def flag_badges(row: Certificate) -> SafeString | str:
    """What is odd, in words."""
    words = dict(CertificateFlag.choices)
    return (
        format_html_join(" ", "{}", ((badge(words.get(flag, flag), "warn"),) for flag in row.flags)) or DASH
    )


def outcome_badge(row: CertificateAnswer) -> SafeString:
    """Answered, or why not."""
    return badge(row.reason.replace("_", " ") or "answered", OUTCOMES[AnswerOutcome(row.outcome)])


def answers_panel(request: HttpRequest, certificate: Any) -> str:
    """Every exchange about this certificate, for whichever lead or post, the newest first."""
    rows = CertificateAnswer.objects.filter(token=certificate.token, provider=certificate.provider)
    context = {
        "answers": [
            {
                "row": row, "badge": outcome_badge(row), "took": milliseconds(row.ms),
                "asked": _json(row.asked), "raw": _json(row.raw),
            }
            for row in rows.order_by("-asked_at", "-id").select_related("lead")[:ANSWERS]
        ],
        "most": ANSWERS,
    }  # fmt: skip
    return render_to_string("admin/compliance/certificate_answers.html", context, request)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def certificates_panel(request: HttpRequest, lead: Any) -> str:
    """The lead's certificates, on its page."""
    user: Any = request.user
    if not user.has_perm("compliance.view_certificate"):
        return ""
    rows = Certificate.objects.filter(lead=lead).order_by("-provider")
    context = {
        "rows": [{"row": row, "link": link(row, row.get_provider_display()), "badge": state_badge(row),
                  "flags": flag_badges(row)} for row in rows],
        "off": [each.says for each in services() if not each.on],
    }  # fmt: skip
    return render_to_string("admin/compliance/lead_certificates.html", context, request)
