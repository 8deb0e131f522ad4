"""Who is calling: the address of the client, as far as it can be trusted."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The caller's IP address: the socket's, or what the outermost trusted proxy saw (setting TRUSTED_PROXIES).

    Without a zone (`%eth0`), which means nothing elsewhere; IPv4 is told as IPv4. Entries further left in
    X-Forwarded-For are the caller's own claim and are not believed.
    """
    hops = settings.TRUSTED_PROXIES
    address = request.META.get("REMOTE_ADDR") or ""
    if hops:
        chain = [
            part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
        ]
        if len(chain) >= hops:
            address = chain[-hops]
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    # A socket for both kinds of address tells IPv4 ones inside IPv6.
    return str((found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found)
