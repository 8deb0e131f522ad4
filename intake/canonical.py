"""The canonical fields of a lead and every name they are known by (wire contract, section 4)."""

from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final


class FieldKind(StrEnum):
    """What kind of value a field holds, and so which function of `leadcrm.lib.normalize` reads it."""

    TEXT = "text"
    VERBATIM = "verbatim"
    WORD = "word"
    PHONE = "phone"
    EMAIL = "email"
    STATE = "state"
    ZIP = "zip"
    BIRTH_DATE = "birth_date"
    AGE = "age"
    GENDER = "gender"
    VENDOR_LEAD_ID = "vendor_lead_id"
    URL = "url"
    IP = "ip"
    MOMENT = "moment"
    TRUSTEDFORM = "trustedform"
    LEADID = "leadid"
    BOOLEAN = "boolean"
    PRICE = "price"


_K = FieldKind
CANONICAL: Final = MappingProxyType({
    "first_name": _K.TEXT, "last_name": _K.TEXT, "phone": _K.PHONE, "phone_2": _K.PHONE, "email": _K.EMAIL,
    "address": _K.TEXT, "address_2": _K.TEXT, "city": _K.TEXT, "state": _K.STATE, "zip": _K.ZIP,
    "date_of_birth": _K.BIRTH_DATE, "age": _K.AGE, "gender": _K.GENDER, "interest": _K.WORD,
    "vendor_lead_id": _K.VENDOR_LEAD_ID,
    "sub_id_1": _K.TEXT, "sub_id_2": _K.TEXT, "sub_id_3": _K.TEXT, "sub_id_4": _K.TEXT, "sub_id_5": _K.TEXT,
    "campaign": _K.TEXT, "landing_page_url": _K.URL, "ip_address": _K.IP, "user_agent": _K.TEXT,
    "lead_created_at": _K.MOMENT, "trustedform_cert_url": _K.TRUSTEDFORM, "jornaya_leadid": _K.LEADID,
    "consent": _K.BOOLEAN, "consent_text": _K.VERBATIM, "consent_ip": _K.IP, "consent_user_agent": _K.TEXT,
    "consent_timestamp": _K.MOMENT, "consent_seller": _K.TEXT,
    "price": _K.PRICE, "ping_id": _K.TEXT, "test": _K.BOOLEAN,
})  # fmt: skip

# Not a field of a lead: split into first and last name.
FULL_NAME: Final = "full_name"

_ALIASES: Final = {
    "first_name": "fname firstname",
    "last_name": "lname lastname",
    FULL_NAME: "full_name name",
    "phone": "phone_1 phone1 primary_phone phone_home home_phone phone_cell cell_phone mobile phone_number "
    "caller_id",
    "phone_2": "phone2 alt_phone work_phone phone_work secondary_phone",
    "email": "email_address",
    "address": "address_1 address1 street street_address",
    "state": "region",
    "zip": "zip_code zipcode postal_code post_code",
    "date_of_birth": "dob birth_date birthdate",
    "gender": "sex",
    "interest": "vertical product insurance_type product_name",
    "vendor_lead_id": "lead_id external_lead_id external_id external_reference_id unique_identifier ref_id "
    "transaction_id",
    "sub_id_1": "lp_s1 subid1 sub1 sub_id subid pub_id",
    "sub_id_2": "lp_s2 subid2 sub2",
    "sub_id_3": "lp_s3 subid3 sub3",
    "sub_id_4": "lp_s4 subid4 sub4",
    "sub_id_5": "lp_s5 subid5 sub5",
    "campaign": "utm_campaign aid",
    "landing_page_url": "source_url landing_page original_url page_url url",
    "ip_address": "ip client_ip",
    "user_agent": "useragent",
    "lead_created_at": "timestamp lead_date created_at origination_datetime",
    "trustedform_cert_url": "xxtrustedformcerturl trustedform_url trustedform trusted_form_url "
    "trusted_form_cert_url xxtrustedformtoken",
    "jornaya_leadid": "universal_leadid universal_lead_id leadid_token jornaya_lead_id jornaya_id jornaya",
    "consent": "tcpa tcpa_consent tcpa_optin opt_in",
    "consent_text": "tcpa_text tcpa_language disclaimer",
    "consent_timestamp": "tcpa_consent_date consent_date",
    "consent_seller": "tcpa_name seller_name",
    "price": "cost",
    "test": "is_test lp_test testmode test_lead ckm_test xxtest",
}
_DROPPED: Final = str.maketrans("", "", "_- \t\r\n")


@lru_cache(maxsize=4096)  # field names only, no values; bounded, for senders can make names up
def loose(name: str) -> str:
    """`name` as names are compared: without case, `_`, `-` and blanks. Dots, which separate levels, stay."""
    return name.translate(_DROPPED).casefold()


# Loose name -> canonical name (or FULL_NAME), the canonical names themselves among them.
ALIASES: Final = MappingProxyType(
    {loose(alias): name for name, aliases in _ALIASES.items() for alias in aliases.split()}
    | {loose(name): name for name in CANONICAL}
)


def aliases_of(name: str) -> tuple[str, ...]:
    """The other names of a canonical field, of FULL_NAME or of a hash, as vendors write them."""
    written = _ALIASES.get(name) or _HASHES.get(name, "")
    return tuple(alias for alias in written.split() if alias != name)


# What a ping may carry in place of a number and an address: hashes. In a post they are fields like any other.
_HASHES: Final = {
    "phone_hash": "hashed_phone phone_sha256 sha256_phone phone_sha1 sha1_phone phone_md5 md5_phone",
    "email_hash": "hashed_email email_sha256 sha256_email email_sha1 sha1_email email_md5 md5_email",
}
HASHES: Final = MappingProxyType(
    {loose(alias): name for name, aliases in _HASHES.items() for alias in (name, *aliases.split())}
)

# A field of the request, not of the lead: the key of a source that cannot set headers. Never stored,
# never listed.
SECRET_NAMES: Final = frozenset({"apikey"})


@lru_cache(maxsize=4096)
def is_secret(path: str) -> bool:
    """Whether a path, as sent, names the API key or something inside it, however it is written or nested."""
    parts = loose(path).split(".")
    return not SECRET_NAMES.isdisjoint(parts) or "".join(parts) in SECRET_NAMES
