"""What all factories stand on, and the users."""

from typing import Any, TypeVar

from django.db.models import Model
from factory import declarations
from factory.django import DjangoModelFactory

from leadcrm.models import User

M = TypeVar("M", bound=Model)

# factory_boy's declarations carry no types.
LazyAttribute: Any = declarations.LazyAttribute
LazyFunction: Any = declarations.LazyFunction
PostGeneration: Any = declarations.PostGeneration
RelatedFactory: Any = declarations.RelatedFactory
SelfAttribute: Any = declarations.SelfAttribute
Sequence: Any = declarations.Sequence
SubFactory: Any = declarations.SubFactory

PASSWORD = "a password for tests only"


# Texas on Central time, where LeadFactory's people live: two leads of one test must never differ in their
# hours of calling only because the sequence stood at a hundred.
TEXAN_AREA_CODES = (
    *(214, 210, 254, 281, 325, 346, 361, 409, 430, 469, 512, 682, 713, 726, 737),
    *(806, 817, 830, 832, 903, 936, 940, 945, 956, 972, 979),
)
FAKE_PER_AREA_CODE = 100


def fake_phone(number: int) -> str:
    """The `number`-th fictitious number, E.164: 555-0100 to 555-0199 in one Texan area code after another.

    They start over after `len(TEXAN_AREA_CODES) * FAKE_PER_AREA_CODE` numbers, more than any test makes.
    """
    area_code = TEXAN_AREA_CODES[number // FAKE_PER_AREA_CODE % len(TEXAN_AREA_CODES)]
    return f"+1{area_code}55501{number % FAKE_PER_AREA_CODE:02d}"


class Rows(DjangoModelFactory[M]):
    """What all factories share."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True


class UserFactory(Rows[User]):
    """Logs in with PASSWORD."""

    class Meta:
        model = User

    email = Sequence(lambda n: f"user{n}@example.com")
    first_name = "Test"
    last_name = Sequence(lambda n: f"User {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(**{"password": PASSWORD, **fields})
