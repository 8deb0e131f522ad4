"""Sealed values open with their key, in their place, unchanged; otherwise the key is named and nothing is shown."""

from base64 import b64encode
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadcrm.checks import refuse_bad_settings
from leadcrm.lib.env import named_keys
from leadcrm.lib.sealing import MARK, CannotOpen, seal, seal_text, unseal, unseal_text

OLD, NEW = ("old", b"o" * 32), ("new", b"n" * 32)
GOOD = b64encode(bytes(32)).decode()


@pytest.mark.parametrize("value", [b"", b"{}", MARK, b"\xff" * 70_000])
def test_what_is_sealed_opens_and_never_shows(value: bytes) -> None:
    sealed = seal(value, place="t.c:1")
    assert unseal(sealed, place="t.c:1") == value
    assert len(value) < 3 or value not in sealed[len(MARK) :]
    assert seal(value, place="t.c:1") != sealed


@pytest.mark.parametrize("value", ["", "a=1&b=ü", "sealed1:AAAA"])
def test_text_is_sealed_as_text(value: str) -> None:
    sealed = seal_text(value, place="t.c:1")
    assert unseal_text(sealed, place="t.c:1") == value
    assert not value or value not in sealed


def test_a_value_opens_in_its_own_place_only() -> None:
    with pytest.raises(CannotOpen, match="belongs to another row"):
        unseal(seal(b"body", place="t.c:1"), place="t.c:2")


def test_every_changed_byte_is_found_out() -> None:
    sealed = seal(b"secret body", place="t.c:1")
    for at in range(len(MARK), len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(CannotOpen) as caught:
            unseal(bytes(changed), place="t.c:1")
        assert "secret" not in str(caught.value)
    for length in range(len(MARK), len(sealed)):
        with pytest.raises(CannotOpen):
            unseal(sealed[:length], place="t.c:1")


def test_the_first_key_seals_and_all_open(settings: Any) -> None:
    settings.EVIDENCE_KEYS = (OLD,)
    before = seal(b"x", place="t.c:1")
    settings.EVIDENCE_KEYS = (NEW, OLD)
    assert unseal(before, place="t.c:1") == b"x"
    after = seal(b"x", place="t.c:1")
    settings.EVIDENCE_KEYS = (NEW,)
    assert unseal(after, place="t.c:1") == b"x"
    with pytest.raises(CannotOpen, match="key 'old', which EVIDENCE_KEYS does not have"):
        unseal(before, place="t.c:1")


def test_values_of_before_there_were_keys_are_read_as_they_are() -> None:
    assert unseal(b'{"a": 1}', place="t.c:1") == b'{"a": 1}'
    assert unseal_text("a=1", place="t.c:1") == "a=1"


@pytest.mark.parametrize(
    "raw",
    [
        "k1", "k1:", "k1:AAAA", f":{GOOD}", f"k 1:{GOOD}", f"k1:{GOOD},k1:{GOOD}", f"{'k' * 17}:{GOOD}",
        f"k1:{GOOD[:-1]}",
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_meant_stops_the_start_without_being_shown(raw: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"EVIDENCE_KEYS: key [12] must be") as caught:
        named_keys("EVIDENCE_KEYS", raw)
    assert GOOD[:-1] not in str(caught.value)


def test_keys_are_read_in_order() -> None:
    assert named_keys("EVIDENCE_KEYS", f" k2:{GOOD}, k1:{GOOD}") == (("k2", bytes(32)), ("k1", bytes(32)))
    assert named_keys("EVIDENCE_KEYS", "") == ()


@pytest.mark.parametrize(("debug", "ids"), [(False, ["leadcrm.E002"]), (True, [])])
def test_production_without_a_key_does_not_pass_the_checks(
    settings: Any, debug: bool, ids: list[str]
) -> None:
    settings.EVIDENCE_KEYS, settings.DEBUG = (), debug
    assert [message.id for message in refuse_bad_settings(None)] == ids
