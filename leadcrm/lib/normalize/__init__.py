"""Normalising: one function per kind of value, pure, idempotent, quick.

Every function takes what a vendor sent (usually text) and returns `Clean(value, note)`, or raises
`Unreadable(code, message)` and nothing else. Blank input is `Unreadable("blank", ...)`: ask before whether
there is a value. Rules: wire contract, section 4. Call `warm()` when a process starts.
"""

from leadcrm.lib.normalize.base import Clean, Unreadable
from leadcrm.lib.normalize.dates import age_on, birth_date, day
from leadcrm.lib.normalize.emails import email
from leadcrm.lib.normalize.moments import moment
from leadcrm.lib.normalize.names import full_name
from leadcrm.lib.normalize.numbers import Amount, age, amount, integer, price
from leadcrm.lib.normalize.phones import Phone, phone
from leadcrm.lib.normalize.states import state
from leadcrm.lib.normalize.warming import warm
from leadcrm.lib.normalize.web import ip, leadid, url
from leadcrm.lib.normalize.words import boolean, gender, text, vendor_lead_id, verbatim, word
from leadcrm.lib.normalize.zips import TEST_ZIPS, Place, Zip, zip_code, zip_place

__all__ = [
    "TEST_ZIPS", "Amount", "Clean", "Phone", "Place", "Unreadable", "Zip", "age", "age_on",
    "amount",
    "birth_date", "boolean", "day", "email", "full_name", "gender", "integer", "ip", "leadid", "moment",
    "phone",
    "price", "state", "text", "url", "vendor_lead_id", "verbatim", "warm", "word", "zip_code", "zip_place",
]  # fmt: skip
