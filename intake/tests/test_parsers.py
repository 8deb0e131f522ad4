"""Bodies in every format: the same lead, JSON, limits, anything at all."""

import json
import sys
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.api.parsers import MAX_BODY, Parsed, parse_body
from intake.mapping import BodyRefused, map_fields
from intake.tests.bodies import FORM, JSON, MULTIPART, XML, field, multipart, payload, refused

# --- The same lead in every format -----------------------------------------------------------------

LEAD = {
    "lead_id": "V-77",
    "timestamp": "2026-11-24T10:00:00Z",
    "first_name": "Zo\u00eb",
    "last_name": "O'Neil & S\u00f8n <x>",
    "phone": "2145550123",
    "email": "zoe@example.com",
    "zip": "02134",
    "state": "MA",
    "interest": "final_expense",
    "trustedform_url": "https://cert.trustedform.com/" + "a" * 40,
    "jornaya_leadid": "01234567-89ab-cdef-0123-456789abcdef",
    "consent_text": 'By clicking "Go",\n  I agree + more: 100% \U0001f600',
    "consent_ip": "192.0.2.1",
    "consent_user_agent": "Mozilla/5.0 (X; Y) = &amp;",
}


def in_xml(lead: dict[str, str]) -> bytes:
    """The lead as elements under a root."""
    escaped = {name: v.replace("&", "&amp;").replace("<", "&lt;") for name, v in lead.items()}
    return "".join(["<lead>", *(f"<{n}>{v}</{n}>" for n, v in escaped.items()), "</lead>"]).encode()


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (json.dumps(LEAD).encode(), JSON),
        (json.dumps(LEAD, ensure_ascii=False).encode(), "application/json; charset=utf-8"),
        (json.dumps(LEAD, indent=2).encode(), "Application/JSON;charset=UTF-8"),
        (json.dumps(LEAD).encode(), "text/json"),
        (json.dumps(LEAD).encode(), "application/vnd.lead+json"),
        (json.dumps(LEAD).encode(), ""),
        (b"\xef\xbb\xbf" + json.dumps(LEAD).encode(), JSON),
        (b"\xef\xbb\xbf \n" + json.dumps(LEAD).encode(), ""),
        (urlencode(LEAD).encode(), FORM),
        (urlencode(LEAD, quote_via=quote).encode(), FORM + "; charset=utf-8"),
        (urlencode(LEAD).encode() + b"\r\n", FORM),
        (urlencode(LEAD).encode(), ""),
        (multipart(*(field(n, v.encode()) for n, v in LEAD.items())), MULTIPART),
        (
            multipart(*(field(n, v.encode()) for n, v in LEAD.items())),
            'Multipart/Form-Data; boundary="B0undary"',
        ),
        (in_xml(LEAD), XML),
        (in_xml(LEAD), "text/xml; charset=utf-8"),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n' + in_xml(LEAD), XML),
        (b"\xef\xbb\xbf" + in_xml(LEAD), "application/lead+xml"),
    ],
)
def test_a_lead_says_the_same_in_every_format(raw: bytes, content_type: str) -> None:
    parsed = parse_body(raw, content_type, "")
    assert parsed.payload == LEAD
    assert parsed.notes == ()
    assert map_fields(parsed.flat, names={}, values={}, attributes={}).unknown == {}


# --- JSON ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("2145550123", "2145550123"), ("12345678901", "12345678901"), ("22.50", "22.50"), ("1e3", "1000"),
        ("1E+3", "1000"), ("2.145550123e9", "2145550123"), ("2145550123.0", "2145550123.0"), ("-1", "-1"),
        ("0.1", "0.1"), ("1e-2", "0.01"), ("1e999999", "1e999999"),
        ("123456789012345678901234567890", "1234567890" * 3),
        ("true", "true"), ("false", "false"), ("null", ""),
    ],
)  # fmt: skip
def test_a_json_number_keeps_its_digits(number: str, text: str) -> None:
    expected = "123456789012345678901234567890" if text == "1234567890" * 3 else text
    assert payload(f'{{"a": {number}}}') == {"a": expected}


def test_json_may_be_nested_and_hold_arrays() -> None:
    body = {"contact": {"phone": 2145550123}, "drivers": [{"age": 40}, {"age": 41.5}], "ill": ["a", 1, None]}
    assert payload(json.dumps(body)) == {
        "contact.phone": "2145550123",
        "drivers": [{"age": "40"}, {"age": "41.5"}],
        "ill": ["a", "1", ""],
    }


def test_of_repeated_json_names_the_first_value_that_is_not_empty_counts() -> None:
    parsed = parse_body(
        b'{"phone":"", "phone":"1", "phone":"2", "zip":"3", "zip":"3", "a":{"b":1,"b":2}}', JSON, ""
    )
    assert parsed.payload == {"phone": "1", "zip": "3", "a.b": "1"}
    assert sorted(parsed.notes) == [("repeated_key", "b"), ("repeated_key", "phone")]


def test_a_raw_line_break_in_a_json_text_is_read() -> None:
    assert payload('{"consent_text": "one\ntwo\tthree"}') == {"consent_text": "one\ntwo\tthree"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "broken_json"), (b'{"a":1,}', "broken_json"), (b"{'a':1}", "broken_json"),
        (b'{"a":1}}', "broken_json"),
        (b'{"a" 1}', "broken_json"), (b'{"a":"x}', "broken_json"), (b"{a:1}", "broken_json"),
        (b"hello", "broken_json"),
        (b'{"a":"\\x"}', "broken_json"), (b'{"a":"\\u12"}', "broken_json"), (b'{"a":01}', "broken_json"),
        (b'{"a":1} {"b":2}', "broken_json"), (b"<a/>", "broken_json"), (b"a=1", "broken_json"),
        (b",", "broken_json"),
        (b'{"a":NaN}', "not_a_number"), (b'{"a":Infinity}', "not_a_number"),
        (b'{"a":-Infinity}', "not_a_number"),
        (b"[]", "not_an_object"), (b'[{"a":1}]', "not_an_object"), (b'"a"', "not_an_object"),
        (b"1", "not_an_object"),
        (b"null", "not_an_object"), (b"true", "not_an_object"), (b'{"a":"\\u0000"}', "nul_character"),
        (b'{"a":"x\x00"}', "nul_character"), (b'{"\\u0000":1}', "nul_character"),
        (b'{"a":"\\ud800"}', "broken_character"),
        (b'{"a":"\\udc00\\ud800"}', "broken_character"), (b'{"\\udfff":1}', "broken_character"),
        (b'{"a":["\\ud83d"]}', "broken_character"), (b'{"a":"\xe9"}', "wrong_encoding"),
        (b'{"a":"\xc3"}', "wrong_encoding"),
        (b'{"a":"\xed\xa0\x80"}', "wrong_encoding"), ('{"a":1}'.encode("utf-16"), "wrong_encoding"),
        ('{"a":1}'.encode("utf-16-le"), "broken_json"), (b"[" * 200_000, "nested_too_deep"),
        (b'{"a":' * 40_000, "nested_too_deep"), (b'{"a":' * 6 + b"1" + b"}" * 6, "nested_too_deep"),
        (b'{"a":[[[[[1]]]]]}', "nested_too_deep"), (b"", "empty_body"), (b" \r\n", "empty_body"),
        (b"\xef\xbb\xbf", "broken_json"), (b'{"a":1.' + b"1" * 500 + b"}", "number_too_long"),
    ],
)  # fmt: skip
def test_broken_json_is_refused_with_400(raw: bytes, code: str) -> None:
    error = refused(raw)
    assert (error.status, error.code) == (400, code)


def test_a_surrogate_pair_is_one_character() -> None:
    assert payload(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_a_refusal_of_json_names_the_place_and_nothing_of_the_person() -> None:
    error = refused('{"first_name": "Jane",\n "phone": "2145550123" "zip": 1}')
    assert "line 2, column 24" in error.message
    assert "Jane" not in error.message
    assert "2145550123" not in error.message


def test_a_deep_stack_does_not_turn_a_deep_body_into_a_crash() -> None:
    def deeper(levels: int) -> BodyRefused:
        return deeper(levels - 1) if levels else refused(b'{"a":' * 5000)

    assert deeper(min(300, sys.getrecursionlimit() // 3)).code == "nested_too_deep"


# --- Limits ----------------------------------------------------------------------------------------


def test_a_body_above_256_kb_is_refused_with_413() -> None:
    assert payload(b'{"a":1}' + b" " * (MAX_BODY - 7)) == {"a": "1"}
    error = refused(b'{"a":1}' + b" " * (MAX_BODY - 6))
    assert (error.status, error.code) == (413, "body_too_large")
    assert refused(b"{}", JSON, "a" * (MAX_BODY + 1)).status == 413


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (json.dumps({"a": "x" * 20_001}), JSON),
        ("a=" + "x" * 20_001, FORM),
        (f"<l><a>{'x' * 20_001}</a></l>", XML),
        (multipart(field("a", b"x" * 20_001)), MULTIPART),
        (b'{"a":' + b"1" * 20_001 + b"}", JSON),
    ],
)
def test_a_value_above_20000_characters_is_refused_with_413(raw: bytes | str, content_type: str) -> None:
    error = refused(raw, content_type)
    assert (error.status, error.code) == (413, "value_too_long")


@pytest.mark.parametrize("count", [201, 900])
def test_more_than_200_fields_are_refused(count: int) -> None:
    names = [f"f{number}" for number in range(count)]
    bodies = [
        (json.dumps(dict.fromkeys(names, 1)).encode(), JSON),
        (urlencode(dict.fromkeys(names, 1)).encode(), FORM),
        (multipart(*(field(name, b"1") for name in names)), MULTIPART),
        (in_xml(dict.fromkeys(names, "1")), XML),
    ]
    for raw, content_type in bodies:
        error = refused(raw, content_type)
        assert (error.status, error.code) == (400, "too_many_fields")


def test_200_fields_are_read_and_those_of_the_query_count_too() -> None:
    body = json.dumps({f"f{number}": 1 for number in range(200)})
    assert len(payload(body)) == 200
    assert refused(body, JSON, "one=more").code == "too_many_fields"


@pytest.mark.parametrize(
    ("raw", "content_type", "code"),
    [
        (b"x", "text/plain", "unknown_content_type"),
        (b"x", "application/octet-stream", "unknown_content_type"),
        (b"x", "image/png", "unknown_content_type"),
        (b"x", "nonsense", "unknown_content_type"),
        (b"{}", "application/json; charset=utf-16", "unknown_charset"),
        (b"{}", "application/json; charset=nonsense", "unknown_charset"),
        (b"a=1", FORM + "; charset=koi8-r", "unknown_charset"),
        (b'<?xml version="1.0" encoding="utf-7"?><a><b>1</b></a>', XML, "unknown_charset"),
        (b"\x1f\x8b\x08\x00rest", JSON, "compressed_body"),
    ],
)
def test_types_and_encodings_that_are_not_taken_are_refused_with_415(
    raw: bytes, content_type: str, code: str
) -> None:
    error = refused(raw, content_type)
    assert (error.status, error.code) == (415, code)


# --- Anything at all -------------------------------------------------------------------------------

TYPES = st.one_of(
    st.sampled_from(
        ["", JSON, FORM, XML, MULTIPART, "text/xml; charset=iso-8859-1", FORM + "; charset=latin1"]
    ),
    st.text(max_size=40),
)
TOKENS = st.sampled_from([
    b"{", b"}", b"[", b"]", b'"', b":", b",", b"a", b"1", b"\\u0000", b"\\ud800", b"&", b"=", b"%", b"%FF",
    b"%00",
    b"<a>", b"</a>", b"<b/>", b"<!DOCTYPE a>", b"<?xml?>", b"<![CDATA[", b"]]>", b"&x;", b"--B0undary", b"--",
    b"\r\n", b'Content-Disposition: form-data; name="a"', b"\xef\xbb\xbf", b"\xff", b"\xfe", b"\x00",
    b"\x1f\x8b",
    b"[0]", b"a[b]", b"NaN", b"1e5", b"null", b" ", b".", b";",
])  # fmt: skip
BODIES = st.one_of(st.binary(max_size=200), st.lists(TOKENS, max_size=25).map(b"".join))


@given(raw=BODIES, content_type=TYPES, query=st.one_of(st.just(""), st.text(max_size=40)))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes, content_type: str, query: str) -> None:
    try:
        parsed = parse_body(raw, content_type, query)
    except BodyRefused as error:
        assert error.status in {400, 413, 415}  # noqa: PT017 - either way is right here
        assert error.code.replace("_", "").isalpha()  # noqa: PT017
        return
    assert isinstance(parsed, Parsed)
    assert "\x00" not in json.dumps(parsed.payload, ensure_ascii=False).encode().decode()
    map_fields(parsed.flat, names={}, values={}, attributes={})


LEAF = st.none() | st.booleans() | st.floats() | st.text(max_size=8)
TREE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(TREE)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        parsed = parse_body(json.dumps({"a": value}).encode(), JSON, "")
    except BodyRefused as error:
        assert error.status in {400, 413}  # noqa: PT017
        return
    assert json.loads(json.dumps(parsed.payload)) == parsed.payload
