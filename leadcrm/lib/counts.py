"""Counts that stop somewhere: nobody needs to know whether four thousand things wait, or five."""


def up_to(limit: int, count: int) -> str:
    """“37”, or “1,000+” where `count` is above `limit`: count one row more than `limit`, not all there are."""
    return f"{limit:,}+" if count > limit else f"{count:,}"
