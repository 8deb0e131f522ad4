"""What an address, a form or a search may say, and which key of a row that is."""

from uuid import UUID

import pytest

from leadcrm.lib.keys import LARGEST_KEY, key_from, uuid_from


@pytest.mark.parametrize(
    ("text", "key"), [("1", 1), ("17", 17), ("0017", 17), (str(LARGEST_KEY), 9_223_372_036_854_775_807)]
)
def test_digits_are_a_key(text: str, key: int) -> None:
    assert key_from(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "000", "-1", "+1", " 1", "1 ", "1\n", "1.0", "1e3", "1_000", "0x1", "x", "\u0663", "\u00b2", "\0",
        "1\0", str(LARGEST_KEY + 1), str(10**30), "1" * 5_000, "0" * 5_000 + "1",
    ],
)  # fmt: skip
def test_all_else_is_the_key_of_no_row(text: str) -> None:
    assert key_from(text) == 0


@pytest.mark.parametrize(
    "text", ["0192f3a4c1d27bd08a51c2e9d4b7f601", " 0192F3A4-C1D2-7BD0-8A51-C2E9D4B7F601 "]
)
def test_a_uuid_is_read_in_any_notation(text: str) -> None:
    assert uuid_from(text) == UUID("0192f3a4-c1d2-7bd0-8a51-c2e9d4b7f601")


@pytest.mark.parametrize("text", ["", "17", "\0", "g" * 32, "0" * 33, "1" * 5_000])
def test_all_else_is_no_uuid(text: str) -> None:
    assert uuid_from(text) is None
