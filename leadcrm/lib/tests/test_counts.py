"""Counts that stop somewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group

from leadcrm.lib.counts import count_words, counted, up_to

Budget = Callable[[int], Any]


@pytest.mark.parametrize(
    ("limit", "count", "words"), [(9, 0, "0"), (9, 9, "9"), (9, 10, "9+"), (1000, 1001, "1,000+")]
)
def test_above_the_limit_a_plus_stands_for_the_rest(limit: int, count: int, words: str) -> None:
    assert up_to(limit, count) == words


@pytest.mark.django_db
def test_rows_are_counted_to_one_above_the_limit(django_assert_num_queries: Budget) -> None:
    Group.objects.all().delete()
    Group.objects.bulk_create(Group(name=str(number)) for number in range(4))
    rows = Group.objects.order_by("-name")
    with django_assert_num_queries(5):
        assert counted(rows, 2) == 3
        assert counted(rows, 9, along="name") == 4
        assert count_words(rows, 2) == "2+"
        assert count_words(rows.none(), 2) == "0"
        assert count_words(rows.filter(pk=0), 2) == "0"
        assert count_words(rows.filter(pk=0), 2, none="") == ""
