"""Handing one mail to the mail server, so that the caller knows whether it may be sent again."""

from collections.abc import Sequence
from smtplib import SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from typing import Final

from django.core.mail import EmailMultiAlternatives, get_connection

# Definite: the server took nothing of the message.
_REFUSED: Final = (SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupportedError)
# The connection broke with the message under way: it may have been taken.
PERHAPS_TAKEN: Final = (SMTPException, OSError)


class MailNotTaken(Exception):
    """The mail server was not reached or refused the message; it may be sent later. Says which kind of error."""


def hand_over(
    *, subject: str, body: str, to: Sequence[str], html: str = "", files: Sequence[tuple[str, str, str]] = ()
) -> None:
    """Send one mail; `html` is the same in HTML, `files` are name, text and type of what hangs on it.

    Raises MailNotTaken, and one of PERHAPS_TAKEN where nobody knows. Never inside a transaction.
    """
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as unreachable:
        raise MailNotTaken(type(unreachable).__name__) from unreachable
    try:
        mail = EmailMultiAlternatives(subject=subject, body=body, to=list(to), connection=connection)
        if html:
            mail.attach_alternative(html, "text/html")
        for name, text, kind in files:
            mail.attach(name, text, kind)
        mail.send()
    except _REFUSED as refused:
        raise MailNotTaken(type(refused).__name__) from refused
    finally:
        connection.close()
