"""Counts that stop somewhere: nobody needs to know whether four thousand things wait, or five."""

from typing import Any

from django.db.models import QuerySet


def up_to(limit: int, count: int) -> str:
    """“37”, or “1,000+” where `count` is above `limit`: count one row more than `limit`, not all there are."""
    return f"{limit:,}+" if count > limit else f"{count:,}"


def counted(rows: QuerySet[Any], limit: int, *, along: str = "") -> int:
    """How many `rows` there are, at most one more than `limit`. One query, which reads no further.

    Their own order is left out: to keep it, the database might read a whole index for a few rows. `along` names the
    order whose index is to be read.
    """
    return rows.order_by(*filter(None, [along]))[: limit + 1].count()


def count_words(rows: QuerySet[Any], limit: int, *, none: str = "0") -> str:
    """How many `rows` there are: “37”, “1,000+”, `none` where there are none. One query."""
    count = counted(rows, limit)
    return up_to(limit, count) if count else none
