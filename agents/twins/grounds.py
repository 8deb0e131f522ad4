"""What makes two leads look like one person's. Pure."""

from dataclasses import dataclass
from datetime import date

from agents.models import Ground
from intake.models import Lead

COLUMNS = ("pk", "phone", "phone_2", "email", "first_name", "last_name", "zip", "date_of_birth")


@dataclass(frozen=True, slots=True)
class Face:
    """What of a lead tells whose it is. Numbers are E.164; empty ones are left out."""

    id: int
    phones: frozenset[str]
    email: str
    name: tuple[str, str]
    zip: str
    born: date | None

    @property
    def is_named(self) -> bool:
        """True where name, ZIP and date of birth are all there: a weaker ground, but one."""
        return bool(self.name[1] and self.zip and self.born)


def face_of(lead: Lead) -> Face:
    """Of a lead with COLUMNS loaded."""
    phones = frozenset(phone for phone in (lead.phone, lead.phone_2) if phone)
    name = (_plain(lead.first_name), _plain(lead.last_name))
    return Face(lead.pk, phones, lead.email.lower(), name, lead.zip, lead.date_of_birth)


def grounds_between(one: Face, other: Face) -> list[Ground]:
    """Why the two look like one person's, the strongest first; [] where they do not."""
    found = []
    if one.phones & other.phones:
        found.append(Ground.PHONE)
    if one.email and one.email == other.email:
        found.append(Ground.EMAIL)
    if one.is_named and (one.name, one.zip, one.born) == (other.name, other.zip, other.born):
        found.append(Ground.NAME)
    return found


def _plain(word: str) -> str:
    return " ".join(word.split()).lower()
