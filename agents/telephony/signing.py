"""Who called us: Twilio's signature over the address it was told to call and the form it posts.

Documented (Twilio, “Webhooks security”): the full address, then each parameter's name and value, sorted by name, joined
without anything between; HMAC-SHA1 with the auth token, in base64, in the header X-Twilio-Signature. The address is
the one the provider was given, so it is made from PUBLIC_URL: what a proxy made of host and scheme does not count.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest

HEADER = "X-Twilio-Signature"


def signature(*, url: str, form: Mapping[str, Sequence[str]], token: str) -> str:
    """The signature of a call to `url` with `form`; of a name given several times each value counts once."""
    signed = url + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(request: HttpRequest) -> bool:
    """True for a request that our provider signed."""
    told = request.headers.get(HEADER, "")
    token = settings.TWILIO_AUTH_TOKEN
    if not told or not token:
        return False
    form = {name: request.POST.getlist(name) for name in request.POST}
    url = settings.PUBLIC_URL + request.get_full_path()
    return hmac.compare_digest(told.encode(), signature(url=url, form=form, token=token).encode())
