"""Flattening: one path for every value, whatever the nesting, within the limits."""

from collections.abc import Mapping

import pytest

from intake.mapping import (
    BodyRefused,
    flatten,
)

Rules = Mapping[str, str]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2145550123, "2145550123"), (12345678901, "12345678901"), (2145550123.0, "2145550123"),
        (1e3, "1000"),
        (0.1, "0.1"), (22.5, "22.5"), (-1, "-1"), (0, "0"), (True, "true"), (False, "false"),
        (None, ""), ("x", "x"),
        (" x ", " x "), (10**30, "1" + "0" * 30), (1e22, "10000000000000000000000"), (1.5e-7, "0.00000015"),
        (float("nan"), "nan"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_every_plain_value_becomes_its_exact_text(value: object, text: str) -> None:
    assert flatten({"a": value}).values == {"a": text}


def test_nested_dotted_and_bracketed_names_become_one_path() -> None:
    payload = {"a": {"b": {"c": 1}}, "d.e": 2, "f[g]": 3, "h[i][j]": 4, "k[]": ["x"], "l": {"m[n]": 5}}
    assert flatten(payload).values == {
        "a.b.c": "1",
        "d.e": "2",
        "f.g": "3",
        "h.i.j": "4",
        "k": ["x"],
        "l.m.n": "5",
    }


def test_members_that_a_form_numbers_become_an_array() -> None:
    form = {"drivers[0][name]": "Al", "drivers[0][age]": "40", "drivers[1][name]": "Bo", "zip": "75201"}
    assert flatten(form).values == {"zip": "75201", "drivers": [{"name": "Al", "age": "40"}, {"name": "Bo"}]}
    assert flatten({"ill.0": "x", "ill.1": "y"}).values == {"ill": ["x", "y"]}
    assert flatten({"lead.drivers.0.name": "Al"}).values == {"lead.drivers": [{"name": "Al"}]}
    assert flatten({"address.1": "Main St", "address.2": "Apt 4"}).values == {
        "address.1": "Main St",
        "address.2": "Apt 4",
    }
    assert flatten({"a": "x", "a.0.b": "y"}).values == {"a": "x", "a.0.b": "y"}


def test_flattening_twice_changes_nothing() -> None:
    once = flatten({"a": {"b": [1, {"c": None}]}, "d[0][e]": 1, "f": [[1], []], "": "x"}).values
    assert flatten(once).values == once


def test_one_path_written_twice_keeps_the_first_value_and_is_noted() -> None:
    found = flatten({"a": {"b": ""}, "a.b": "1", "a[b]": "2"})
    assert found.values == {"a.b": "1"}
    assert found.notes == (("repeated_key", "a.b"),)


def nested(depth: int) -> dict[str, object]:
    """Objects in objects, `depth` of them."""
    payload: dict[str, object] = {"x": 1}
    for _ in range(depth - 1):
        payload = {"x": payload}
    return payload


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        (nested(6), 400, "nested_too_deep"),
        ({"a.b.c.d.e.f": 1}, 400, "nested_too_deep"),
        ({"a[b][c][d][e][f]": 1}, 400, "nested_too_deep"),
        ({"a": [[[[[1]]]]]}, 400, "nested_too_deep"),
        ({"a": [{"b": [{"c": {}}]}]}, 400, "nested_too_deep"),
        ({f"f{n}": n for n in range(201)}, 400, "too_many_fields"),
        ({"a": list(range(201))}, 400, "too_many_fields"),
        ({"a": "x" * 20_001}, 413, "value_too_long"),
        ({"a": [{"b": "x" * 20_001}]}, 413, "value_too_long"),
        ({"a": 10**5000}, 413, "value_too_long"),
        ({"a": "\x00"}, 400, "nul_character"),
        ({"a\x00": "b"}, 400, "nul_character"),
        ({"a": [{"b\x00": 1}]}, 400, "nul_character"),
        ({"a": ["\x00"]}, 400, "nul_character"),
        ({"a": "\ud800"}, 400, "broken_character"),
        ({"\udfff": "a"}, 400, "broken_character"),
        ({"a": [{"b": "\udc80"}]}, 400, "broken_character"),
        ({"a" * 201: 1}, 400, "name_too_long"),
    ],
)
def test_a_payload_past_the_limits_is_refused_with_the_reason(
    payload: Mapping[str, object], status: int, code: str
) -> None:
    with pytest.raises(BodyRefused) as caught:
        flatten(payload)
    assert (caught.value.status, caught.value.code) == (status, code)


def test_a_payload_at_the_limits_is_read() -> None:
    assert flatten(nested(5)).values == {"x.x.x.x.x": "1"}
    assert len(flatten({f"f{n}": n for n in range(200)}).values) == 200
    assert flatten({"a": "x" * 20_000}).values == {"a": "x" * 20_000}
    assert flatten({"a": [{"b": [{}]}]}).values == {"a": [{"b": [{}]}]}
    assert flatten({"emoji": "\U0001f600", "rtl": "\u05d3"}).values == {
        "emoji": "\U0001f600",
        "rtl": "\u05d3",
    }
