"""Posts as vendors write them."""

import secrets
from itertools import count
from typing import Any, Final
from uuid import uuid4

from django.utils import timezone

from leadcrm.testing.factories import CONSENT_TEXT

# A live post may carry no 555-01xx number; other lines of exchange 555 pass as valid and belong to nobody. The fake
# services take the certificate of a phone that ends in 99 for somebody else's.
_LIVE_LINES: Final = tuple(line for line in range(2000, 9000) if line % 100 != 99)
_posted: Final = count()


def live_phone(number: int) -> str:
    """The `number`-th ten-digit Texas number that a live source takes and that rings nowhere."""
    # Not 214, 469 or 817: tests write numbers of these out, and must not meet one by chance.
    area_codes = ("972", "512", "210", "713", "832", "281", "361", "903", "936", "940")
    lines = len(_LIVE_LINES)
    return f"{area_codes[number // lines % len(area_codes)]}555{_LIVE_LINES[number % lines]}"


def glossary(**changes: Any) -> dict[str, Any]:
    """The field's usual payload, about another person each time; `changes` replace fields, None drops one."""
    number = next(_posted)
    payload: dict[str, Any] = {
        "lead_id": f"V-{uuid4().int % 10**12}",
        "timestamp": timezone.now().isoformat(timespec="seconds"),
        "first_name": "Test",
        "last_name": "Person",
        "phone": live_phone(number),
        "email": f"posted{number}@example.com",
        "zip": "75201",
        "state": "TX",
        "interest": "final_expense",
        "trustedform_url": f"https://cert.trustedform.com/{secrets.token_hex(20)}",
        "jornaya_leadid": str(uuid4()),
        "consent_text": CONSENT_TEXT,
        "consent_ip": "192.0.2.10",
        "consent_user_agent": "Mozilla/5.0 (test)",
    }
    return {name: value for name, value in {**payload, **changes}.items() if value is not None}
