"""multipart/form-data (RFC 7578), small and strict: bodies are at most 256 kB and files are not wanted.

Django's parser is made for uploads and replaces bytes that are not UTF-8 without a word; here they are
refused.
"""

import re
from typing import Final

from intake.api.charsets import decode, parameter
from intake.flatten import MAX_FIELDS, BodyRefused

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_HEADER: Final = re.compile(r"([A-Za-z-]{1,60}):[ \t]*(.*)")


def parse_multipart(raw: bytes, content_type: str, notes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The (name, value) pairs of a form, in order. Files are left out with the note `file_left_out`."""
    boundary = parameter(content_type, "boundary")
    if _BOUNDARY.fullmatch(boundary) is None:
        raise _broken("no boundary is given in the Content-Type")
    sections = (b"\r\n" + _network_lines(raw)).split(b"\r\n--" + boundary.encode())
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise _broken("the closing boundary is missing")
    if len(sections) - 2 > 4 * MAX_FIELDS:
        raise BodyRefused(400, "too_many_fields", f"Has more than {MAX_FIELDS} fields.")
    pairs = []
    for section in sections[1:-1]:
        name, value = _part(section, notes)
        if name:
            pairs.append((name, value))
    return pairs


def _network_lines(raw: bytes) -> bytes:
    """Hand-written senders end lines with a bare line feed; then every line does."""
    return raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")


def _part(section: bytes, notes: list[tuple[str, str]]) -> tuple[str, str]:
    """Name and value of one part; ("", "") for a file."""
    padding, start, rest = section.partition(b"\r\n")
    if not start or padding.strip(b" \t"):
        raise _broken("a boundary is not alone on its line")
    if rest.startswith(b"\r\n"):
        raise _broken("a part has no headers")
    head, blank, body = rest.partition(b"\r\n\r\n")
    if not blank:
        raise _broken("a part has no blank line behind its headers")
    headers = _headers(head)
    disposition = headers.get("content-disposition", "")
    name = parameter(disposition, "name").replace("%22", '"')
    if not disposition.lower().startswith("form-data") or not name:
        raise _broken("a part has no form-data name")
    if headers.get("content-transfer-encoding", "8bit").lower() not in {"7bit", "8bit", "binary"}:
        raise _broken("a part has a transfer encoding, which forms do not use")
    if re.search(r";\s*filename\*?\s*=", disposition, re.IGNORECASE):
        if body and len(notes) < 20:
            notes.append(("file_left_out", name[:100]))
        return "", ""
    return name, decode(body, headers.get("content-type", ""))


def _headers(head: bytes) -> dict[str, str]:
    headers = {}
    for line in decode(head, "").split("\r\n"):
        found = _HEADER.fullmatch(line)
        if found is None:
            raise _broken("a part has a header that is none")
        headers[found[1].lower()] = found[2].strip()
    return headers


def _broken(why: str) -> BodyRefused:
    return BodyRefused(400, "broken_multipart", f"Is broken multipart/form-data: {why}.")
