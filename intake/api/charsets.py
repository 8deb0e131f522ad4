"""Which characters the bytes of a body mean: UTF-8, or a Western charset that the sender names."""

import re
from typing import Final

from intake.flatten import BodyRefused

_CODECS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "iso-8859-1",
    "iso8859-1": "iso-8859-1", "latin1": "iso-8859-1", "latin-1": "iso-8859-1", "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252", "cp1252": "cp1252",
}  # fmt: skip


def parameter(header: str, name: str) -> str:
    """The value of `; name=value` or `; name="value"` in a header, else ""."""
    found = re.search(rf';\s*{re.escape(name)}\s*=\s*(?:"([^"]*)"|([^\s;"]*))', header, re.IGNORECASE)
    return (found[1] or found[2] or "") if found else ""


def codec(name: str) -> str:
    """Python's name of a charset that is taken ("" means UTF-8); BodyRefused 415 for any other."""
    found = _CODECS.get(name.strip().lower() or "utf-8")
    if found is None:
        raise BodyRefused(415, "unknown_charset", "Names a charset that is not taken; send UTF-8.")
    return found


def decode(raw: bytes, content_type: str, charset: str = "") -> str:
    """`raw` as text by the charset of `content_type`, else `charset`, else UTF-8; a byte order mark is
    dropped.
    """
    name = codec(parameter(content_type, "charset") or charset)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BodyRefused(400, "wrong_encoding", "Is UTF-16; send UTF-8.")
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode(name)
    except UnicodeDecodeError as error:
        where = f"at byte {error.start}"
        raise BodyRefused(
            400, "wrong_encoding", f"Is not valid {name.upper()} {where}; send UTF-8."
        ) from None
