"""What an answer tells about a certificate beyond its being kept: flags, and whether the wording agrees."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection

from compliance.clients.certificate import Found
from compliance.models import Certificate, CertificateFlag


def flags_of(found: Found, *, wording_agrees: bool | None, max_age_days: int | None) -> set[CertificateFlag]:
    """Flags that one answer gives rise to. `max_age_days` is the source's limit."""
    old = (
        max_age_days is not None
        and found.age_seconds is not None
        and timedelta(seconds=found.age_seconds) > timedelta(days=max_age_days)
    )
    told = {
        CertificateFlag.CLAIMED_OFTEN: found.reason == "claimed_often",
        CertificateFlag.WORDING_DIFFERS: wording_agrees is False,
        CertificateFlag.PHONE_MISMATCH: found.phone_match is False,
        CertificateFlag.BOT: found.bot is True,
        CertificateFlag.MASKED: found.masked is True,
        CertificateFlag.TOO_OLD: old,
        CertificateFlag.OPTED_OUT: found.opted_out,
    }
    return {flag for flag, is_so in told.items() if is_so}


def compare_wording(posted: str, found: Sequence[str]) -> tuple[str, bool | None]:
    """The wording to keep, and whether it is what was posted; None where there is nothing to compare.

    Blanks and the ways to write quotes do not count. Posted text that stands whole within a longer one found
    agrees with it; of several texts the agreeing one is kept, else all of them.
    """
    if not found:
        return "", None
    everything = "\n\n".join(found)
    wanted = _plain(posted)
    if not wanted:
        return everything, None
    for text in found:
        if wanted in _plain(text):
            return text, True
    return everything, wanted in _plain(everything)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return re.sub(r"\s+", " ", text).strip().casefold()


_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"}
)

_MARK_REUSED = """
WITH asked AS (
    SELECT c.id, c.provider, c.token, l.phone
    FROM compliance_certificate c JOIN intake_lead l ON l.id = c.lead_id WHERE c.id = ANY(%(ids)s)
), others AS (
    SELECT DISTINCT asked.id AS one, c.id AS other
    FROM asked
    JOIN compliance_certificate c ON c.token = asked.token AND c.provider = asked.provider AND c.id <> asked.id
    JOIN intake_lead l ON l.id = c.lead_id AND l.phone <> asked.phone
)
UPDATE compliance_certificate SET flags = array_append(flags, 'reused')
WHERE id IN (
    SELECT id FROM compliance_certificate
    WHERE id IN (SELECT one FROM others UNION SELECT other FROM others) AND NOT flags @> ARRAY['reused'::varchar]
    ORDER BY id FOR UPDATE
)
"""


def mark_reused(certificates: Sequence[Certificate]) -> int:
    """Flag those of `certificates` that came for another phone too, and these others; how many were flagged anew.

    One statement. Each certificate is looked at after its lead was committed, so of two that come at the same
    moment at least one finds the other.
    """
    if not certificates:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_MARK_REUSED, {"ids": [certificate.pk for certificate in certificates]})
        return int(cursor.rowcount)
