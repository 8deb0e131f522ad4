"""What machines write: IP addresses, web addresses, UUIDs."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form, as_text

_PORT: Final = re.compile(r"(?:\[([^\[\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?")
_UUID: Final = re.compile(r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?")
_HOST: Final = re.compile(r"(?=.{1,253}\.?$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,62}\.?")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\"<>\\^`{|}]")


def ip(raw: object) -> Clean[str]:
    """One IPv4 or IPv6 address in shortest form, without port, brackets or zone; the first of a proxy list.

    An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is given as IPv4. Unreadable: `not_an_ip`.
    """
    given = as_form(raw).split(",", 1)[0].strip().strip('"')
    found = _PORT.fullmatch(given)
    bare = ((found[1] or found[2] or "") if found else given).partition("%")[0]
    try:
        if ":" not in bare:
            return Clean(str(IPv4Address(bare)))
        address = IPv6Address(bare)
    except (AddressValueError, ValueError):
        raise Unreadable("not_an_ip", "Is not an IPv4 or IPv6 address.") from None
    return Clean(str(address.ipv4_mapped or address))


def url(raw: object, *, max_length: int = 2048) -> Clean[str]:
    """An absolute http or https address. Scheme and host lower-cased, blanks encoded, the rest as sent.

    A host without a scheme gets https, noted `repaired`. Unreadable: `not_a_url` (other schemes, a user
    name before the host, a host without a dot, characters that no URL has), `too_long`.
    """
    given = as_text(raw)
    if len(given) > max_length:
        raise Unreadable("too_long", f"Is longer than {max_length} characters.")
    address = re.sub(r"\s", "%20", given)
    scheme = _SCHEME.match(address)
    if scheme is None or "." in scheme[1]:  # `example.com:8443/x` has a port there, not a scheme
        address = "https://" + address.removeprefix("//")
    value = _checked(address)
    if len(value) > max_length:
        raise Unreadable("too_long", f"Is longer than {max_length} characters.")
    return Clean(value, "" if len(address) == len(given) else "repaired")


def leadid(raw: object) -> Clean[str]:
    """A UUID as Jornaya's LeadiD is one: lower case with dashes, of any case, braces or none, dashes or none.

    Unreadable: `not_a_uuid`, also for one of zeros alone.
    """
    found = _UUID.fullmatch(as_form(raw).lower())
    value = "-".join(found.groups()) if found else ""
    if not value.strip("0-"):
        raise Unreadable("not_a_uuid", "Is not a UUID like 01234567-89ab-cdef-0123-456789abcdef.")
    return Clean(value)


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unreadable("not_a_url", "Is not a web address.") from None
    scheme = parts.scheme.lower()
    if scheme not in {"http", "https"} or "@" in parts.netloc or _UNSAFE.search(address):
        raise Unreadable("not_a_url", "Is not a plain http or https address.")
    if not (_HOST.fullmatch(host) or _is_ip(host)):
        raise Unreadable("not_a_url", "Has no host with a domain.")
    shown = f"[{host}]" if ":" in host else host
    rest = address[address.index("//") + 2 + len(parts.netloc) :]
    return f"{scheme}://{shown}{'' if port is None else f':{port}'}{rest}"


def _is_ip(host: str) -> bool:
    try:
        ip(host)
    except Unreadable:
        return False
    return True
