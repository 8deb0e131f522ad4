"""One e-mail through Django's mail backend: from the agency, answers to the agent, with the way to be left alone.

Under each stand the agency's name, its postal address and a link by which the person unsubscribes: 15 USC 7704(a)(3)
and (5). Mail programs get the same as headers (RFC 2369, RFC 8058: one click).
"""

import smtplib
from email.utils import formataddr, parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from agents.messaging.results import NotSent, PerhapsSent, Refused, Taken, TryLater
from agents.models import Delivery

_SIGNER: Final = Signer(salt="agents.messaging.unsubscribe")


def unsubscribe_url(delivery: Delivery) -> str:
    """The address that stops all e-mail to whom this one went to. It names nobody and never expires."""
    token = _SIGNER.sign(delivery.public_id.hex)
    return f"{settings.PUBLIC_URL}{reverse('unsubscribe', args=[token])}"


def read_token(token: str) -> str | None:
    """The `public_id` (hex) that a link's token stands for; None for one we did not sign."""
    try:
        return _SIGNER.unsign(token)
    except BadSignature:
        return None


def footer(url: str) -> str:
    """What stands under every e-mail."""
    return f"--\n{settings.AGENCY_NAME}\n{settings.AGENCY_POSTAL_ADDRESS}\nNo more e-mails from us: {url}"


def message_of(delivery: Delivery) -> EmailMessage:
    """The e-mail as it is sent."""
    said, url = delivery.communication, unsubscribe_url(delivery)
    _, address = parseaddr(delivery.sender)
    domain = address.rpartition("@")[2] or "localhost"
    return EmailMessage(
        subject=" ".join(said.subject.split()),
        body=f"{said.body.rstrip()}\n\n{footer(url)}\n",
        from_email=formataddr((settings.AGENCY_NAME, address)),
        to=[delivery.to],
        reply_to=[formataddr((str(said.author), delivery.reply_to))] if delivery.reply_to else [],
        headers={
            # One name for one e-mail: where a server is handed it twice, a mail program can tell.
            "Message-ID": f"<{delivery.public_id.hex}@{domain}>",
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def send(delivery: Delivery) -> Taken:
    """Hand the e-mail to the mail server. Raises NotSent's kinds; PerhapsSent where the connection broke meanwhile."""
    message = message_of(delivery)
    try:
        message.message()
    except ValueError:  # an address or a subject that cannot stand in a header
        raise Refused("unreadable", "this is no address that can be written to") from None
    connection = get_connection()
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as refused:
        raise TryLater(f"smtp_{refused.smtp_code}", "the mail server does not accept our login") from None
    except (OSError, smtplib.SMTPException):
        raise TryLater("unreachable", "the mail server is out of reach") from None
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refused:
        raise _refusal(*next(iter(refused.recipients.values()))) from None
    except smtplib.SMTPResponseException as refused:
        raise _refusal(refused.smtp_code, b"") from None
    except (OSError, smtplib.SMTPException):
        raise PerhapsSent("broken_off", "the mail server broke off") from None
    finally:
        connection.close()
    return Taken(provider_id=delivery.public_id.hex)


def _refusal(code: int, _: object) -> NotSent:
    """A 4xx passes, a 5xx does not (RFC 5321, 4.2.1)."""
    if 400 <= code < 500:
        return TryLater(f"smtp_{code}", "the mail server asked us to try later")
    return Refused(f"smtp_{code}", "the mail server refused the address or the e-mail")
