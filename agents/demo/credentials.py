"""Passwords and the key of the demonstration: the same at every run of one installation, nowhere in clear.

They are derived from the installation's SECRET_KEY and from random text in its database, so that a second run
can print them again, and nobody can guess them who has not both.
"""

from base64 import urlsafe_b64encode
from datetime import datetime

from django.utils.crypto import salted_hmac

from intake.keys import hash_key, issue_key
from intake.models import ApiKey, Source
from leadcrm.models import User


def password_for(email: str, *, salt: str) -> str:
    """120 unguessable bits as 20 letters, digits, - and _."""
    digest = salted_hmac("leadcrm.demo.password", f"{salt}:{email}", algorithm="sha256").digest()
    return urlsafe_b64encode(digest[:15]).decode()


def give_password(user: User, *, salt: str) -> str:
    """The demonstration's password of `user`, set unless it is set already."""
    password = password_for(user.email, salt=salt)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def give_key(source: Source, *, now: datetime) -> str:
    """The text of the demonstration's key; a fresh one where a manager revoked that."""
    digest = salted_hmac("leadcrm.demo.key", source.posting_token, algorithm="sha256").hexdigest()
    prefix, secret = digest[:8], digest[8:48]
    text = f"lk_{prefix}_{secret}"
    key, _ = ApiKey.objects.get_or_create(
        source=source, prefix=prefix, sha256=hash_key(text), defaults={"label": "Demonstration"}
    )
    if key.is_usable(now):
        return text
    return issue_key(source=source, label="Demonstration")[1]
