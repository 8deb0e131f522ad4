"""E-mail addresses, judged by their shape alone: no DNS is asked while a vendor waits."""

import re
from typing import Final

from email_validator import EmailNotValidError, validate_email

from leadcrm.lib.normalize.base import Clean, Unreadable, as_text, drop_unseen

_BLANKS: Final = re.compile(r"\s+")


def email(raw: object) -> Clean[str]:
    """One lower-case address (at most 254 characters); blanks inside are removed with the note `repaired`.

    Unreadable: `not_an_address` (shape, a host without a dot, a special-use domain), `too_long`.
    """
    text = as_text(raw)
    if len(text) > 320:  # longest local part and host there can be; also bounds the work below
        raise Unreadable("too_long", "Is longer than an e-mail address can be.")
    address = _BLANKS.sub("", text if text.isascii() else drop_unseen(text))
    try:
        found = validate_email(address.lower(), check_deliverability=False, strict=True)
    except (EmailNotValidError, ValueError):  # ValueError: odd IDN labels that its idna library cannot split
        raise Unreadable("not_an_address", "Cannot be an e-mail address.") from None
    value = found.normalized.lower()
    if len(value) > 254 or not value.isprintable():
        raise Unreadable("not_an_address", "Cannot be an e-mail address.")
    return Clean(value, "repaired" if len(address) != len(text) else "")
