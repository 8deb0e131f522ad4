"""Opening a source at the same moment as somebody else."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from intake.contracts import Contract, open_source
from intake.models import ApiKey, Source, Vendor
from leadcrm.testing.factories import VerticalFactory


@pytest.mark.django_db(transaction=True)
def test_of_five_that_open_the_same_source_at_once_one_does_and_four_are_told() -> None:
    VerticalFactory.create(code="life")
    start = Barrier(5)

    def attempt(_: int) -> str:
        try:
            start.wait()
            open_source(
                contract=Contract(vendor="Example Leads", name="A", interest="life", price=Decimal(5))
            )
        except ValidationError as error:
            return " ".join(error.message_dict["name"])
        else:
            return "opened"
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(attempt, range(5)))
    assert answers.count("opened") == 1
    assert sum("already" in answer for answer in answers) == 4
    assert (Vendor.objects.count(), Source.objects.count(), ApiKey.objects.count()) == (1, 1, 1)
