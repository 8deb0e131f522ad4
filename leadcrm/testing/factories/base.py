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


def fake_phone(number: int) -> str:
    """The `number`-th fictitious number, E.164: 555-0100 to 555-0199 in one area code after another."""
    area_code = 200 + (14 + number // 100) % 800
    return f"+1{area_code}55501{number % 100:02d}"


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
