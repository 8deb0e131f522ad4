"""A consent given after a request to stop re-opens the person, where a source is trusted that far.

Source of the rule: a person who revoked may consent anew; until they do, nobody may contact them (compliance.md,
section 3). Only entries of our own list that follow from a dated request can be re-opened, and only when no request of
the person is as late as the consent. Litigators, those put on the list without a request, and those who were erased and
are known by a digest alone, stay.
"""

from datetime import datetime
from typing import Final

from compliance.dedupe import phones_of
from intake.models import Lead
from intake.post import Post
from leadcrm.lib.batch import Batch
from leadcrm.lib.certificates import BadCertificate, read_leadid, read_trustedform_url

REOPENED: Final = "reopened"
# Who asked for no texts, or no e-mail, may still be called, and so be bought: STOPS_CALLS.
#
# The kinds of our own list's entries about a person, REOPENED in place of those older than %(consented_at)s.
HELD: Final = f"""
SELECT DISTINCT CASE WHEN kind = 'internal' AND revocation_id IS NOT NULL AND %(consented_at)s::timestamptz IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM compliance_revocation r WHERE r.received_at >= %(consented_at)s::timestamptz
        AND (r.id = s.revocation_id OR (r.phone = ANY(%(phones)s) AND r.phone <> '')
            OR (r.phone_2 = ANY(%(phones)s) AND r.phone_2 <> '') OR (r.email = %(email)s AND r.email <> ''))
    ) THEN '{REOPENED}' ELSE kind END
FROM (
    SELECT kind, revocation_id FROM compliance_suppression
    WHERE released_at IS NULL AND phone = ANY(%(phones)s) AND phone <> '' AND scope IN ('all', 'calls')
    UNION
    SELECT kind, revocation_id FROM compliance_suppression
    WHERE released_at IS NULL AND email = %(email)s AND email <> '' AND scope IN ('all', 'calls')
    UNION
    SELECT kind, NULL FROM compliance_suppression
    WHERE released_at IS NULL AND phone_hash = ANY(%(phone_hashes)s) AND phone_hash <> '' AND scope IN ('all', 'calls')
    UNION
    SELECT kind, NULL FROM compliance_suppression
    WHERE released_at IS NULL AND email_hash = %(email_hash)s AND email_hash <> '' AND scope IN ('all', 'calls')
) AS s
"""  # noqa: S608 - constants
_RELEASE: Final = """
UPDATE compliance_suppression SET released_at = %s, reopened_by_id = %s
WHERE released_at IS NULL AND kind = 'internal' AND revocation_id IS NOT NULL AND scope IN ('all', 'calls')
    AND ((phone = ANY(%s) AND phone <> '') OR (email = %s AND email <> ''))
"""


def consent_of(post: Post) -> datetime | None:
    """The moment (aware) of the consent that `post` proves.

    None where it carries no certificate, says no date of its own (what came in late must not seem to be consented to
    late), or denies the consent.
    """
    dated: datetime | None = post.fields.get("consent_timestamp") or post.fields.get("lead_created_at")
    if dated is None or post.fields.get("consent") is False or not _has_certificate(post):
        return None
    return min(dated, post.now)


def _has_certificate(post: Post) -> bool:
    url, leadid = post.fields.get("trustedform_cert_url"), post.fields.get("jornaya_leadid")
    try:
        return bool(url and read_trustedform_url(url)) or bool(leadid and read_leadid(leadid))
    except BadCertificate:
        return False


def release_by_consent(batch: Batch, post: Post, lead: Lead) -> None:
    """Release what HELD called re-opened, for the sake of `lead`, when `batch` is written.

    In the transaction that holds the person's lock since HELD was asked: no later request can have come between.
    """
    batch.execute(_RELEASE, (post.now, lead.pk, phones_of(post), post.fields.get("email", "")))
