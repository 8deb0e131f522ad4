"""The shapes of consent certificates: TrustedForm certificate URLs and Jornaya LeadiD tokens. No network here."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

TRUSTEDFORM_HOST: Final = "cert.trustedform.com"
_CERTIFICATE_ID: Final = re.compile(
    r"[0-9a-fA-F]{40}|[A-Za-z0-9_-]{80}|0\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII
)
_LEADID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
MAX_URL: Final = 255


class BadCertificate(ValueError):
    """The text is no certificate of that kind; the message says what is wrong and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A TrustedForm certificate: its `id` (40 hex in lower case, 80 characters, or a dotted token).

    `repaired` names what had to be mended in the posted text.
    """

    id: str
    repaired: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The address to call, built from the id and nothing else of the posted text."""
        return f"https://{TRUSTEDFORM_HOST}/{self.id}"


@lru_cache(maxsize=128)  # one post asks for its certificate several times
def read_trustedform_url(text: str) -> Certificate:
    """The certificate that a posted `trustedform_cert_url` names. Raises BadCertificate.

    Mends `http://`, one trailing slash and a list "url1,url2" (its first non-empty entry). Everything else must
    be exact: the host, no port, user, query or fragment, one path segment of a known form.
    """
    repaired: list[str] = []
    entries = [entry.strip() for entry in text.split(",")]
    chosen = next((entry for entry in entries if entry), "")
    if len(entries) > 1:
        repaired.append("list")
    if len(chosen) > MAX_URL:
        raise BadCertificate("The certificate URL is too long.")
    if not chosen.isascii() or any(c in chosen for c in "\\ \t\r\n%@"):
        raise BadCertificate("The certificate URL has characters such a URL never has.")
    if chosen[:7].lower() == "http://":
        chosen = "https://" + chosen[7:]
        repaired.append("scheme")
    scheme, host, path, query, fragment = urlsplit(chosen)
    if scheme != "https" or not chosen.lower().startswith("https://"):
        raise BadCertificate("The certificate URL must begin with https://")
    if host.lower() != TRUSTEDFORM_HOST or query or fragment or "?" in chosen or "#" in chosen:
        raise BadCertificate(
            f"The certificate URL must be https://{TRUSTEDFORM_HOST}/ and the certificate's id."
        )
    if path.endswith("/") and len(path) > 1:
        path = path[:-1]
        repaired.append("slash")
    certificate_id = path[1:]
    if not _CERTIFICATE_ID.fullmatch(certificate_id):
        raise BadCertificate("The certificate URL does not end with a certificate id.")
    if len(certificate_id) == 40:
        certificate_id = certificate_id.lower()
    return Certificate(certificate_id, tuple(repaired))


def read_leadid(text: str) -> str:
    """A Jornaya LeadiD token in lower case. Raises BadCertificate."""
    token = text.strip().lower()
    if not _LEADID.fullmatch(token):
        raise BadCertificate("The LeadiD token is no UUID.")
    return token
