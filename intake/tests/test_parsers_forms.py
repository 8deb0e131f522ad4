"""Forms, the query, multipart."""

import pytest

from intake.api.parsers import parse_body
from intake.mapping import map_fields
from intake.tests.bodies import FORM, JSON, MULTIPART, XML, field, multipart, payload, refused

# --- Forms -----------------------------------------------------------------------------------------


def test_a_western_charset_that_is_named_is_read() -> None:
    latin = "application/x-www-form-urlencoded; charset=ISO-8859-1"
    assert payload(b"name=Zo%EB&city=Nimes+%28N%EEmes%29", latin) == {
        "name": "Zo\u00eb",
        "city": "Nimes (N\u00eemes)",
    }
    assert payload(b"name=Zo\xeb", latin) == {"name": "Zo\u00eb"}
    assert payload(b'{"name":"Zo\xeb"}', 'application/json; charset="iso-8859-1"') == {"name": "Zo\u00eb"}
    assert payload(b"<l><name>Zo\xeb</name></l>", "text/xml; charset=windows-1252") == {"name": "Zo\u00eb"}
    declared = b"<?xml version='1.0' encoding='ISO-8859-1'?><l><name>Zo\xeb</name></l>"
    assert payload(declared, XML) == {"name": "Zo\u00eb"}


@pytest.mark.parametrize("raw", [b"name=Zo%EB", b"name=Zo\xeb", b"%ff=1", b"a=%C3%28"])
def test_a_form_that_is_not_utf_8_is_refused(raw: bytes) -> None:
    error = refused(raw, FORM)
    assert (error.status, error.code) == (400, "wrong_encoding")


def test_a_form_field_given_twice_is_one_value_or_an_array() -> None:
    assert payload("phone=1&phone=1&phone=", FORM) == {"phone": "1"}
    assert payload("ill=a&ill=b", FORM) == {"ill": ["a", "b"]}
    assert payload("ill[]=a", FORM) == {"ill": ["a"]}
    assert payload("ill%5B%5D=a&ill%5B%5D=b", FORM) == {"ill": ["a", "b"]}


def test_a_form_can_nest_with_brackets_and_dots() -> None:
    form = "contact[phone]=1&contact.zip=2&drivers[0][name]=Al&drivers[1][name]=Bo"
    assert payload(form, FORM) == {
        "contact.phone": "1",
        "contact.zip": "2",
        "drivers": [{"name": "Al"}, {"name": "Bo"}],
    }


def test_odd_forms_are_read_as_far_as_they_go() -> None:
    assert payload("a=1&&b&=c&a%20b=d&e=f=g&%zz=%zz", FORM) == {
        "a": "1",
        "b": "",
        "(no name)": "c",
        "a b": "d",
        "e": "f=g",
        "%zz": "%zz",
    }
    assert refused("a=%00", FORM).code == "nul_character"
    assert refused(b"a=\x00", FORM).code == "nul_character"


def test_an_unencoded_plus_before_a_phone_does_no_harm() -> None:
    assert payload("phone=+12145550123", FORM) == {"phone": " 12145550123"}


def test_json_sent_as_a_form_is_read_and_noted() -> None:
    parsed = parse_body(b'{"phone": "2145550123"}', FORM, "")
    assert (parsed.format, parsed.payload) == ("json", {"phone": "2145550123"})
    assert parsed.notes == (("json_sent_as_form", ""),)
    assert refused(b'{"phone": ', FORM).code == "broken_json"


# --- Query -----------------------------------------------------------------------------------------


def test_the_query_lies_under_the_body() -> None:
    parsed = parse_body(b'{"phone":"1","zip":"","state":"TX"}', JSON, "?phone=2&zip=75201&sub_id=x&state=TX")
    assert parsed.payload == {"phone": "1", "zip": "75201", "state": "TX", "query.phone": "2", "sub_id": "x"}
    found = map_fields(parsed.flat, names={}, values={}, attributes={})
    assert found.fields == {"phone": "1", "zip": "75201", "state": "TX", "sub_id_1": "x"}
    assert found.unknown == {"query.phone": "2"}


def test_a_nested_field_of_the_body_goes_before_a_flat_one_of_the_query() -> None:
    parsed = parse_body(b'{"contact":{"phone":"1"}}', JSON, "phone=2")
    found = map_fields(parsed.flat, names={}, values={}, attributes={})
    assert found.fields == {"phone": "1"}
    assert found.unknown == {"phone": "2"}


def test_everything_may_come_in_the_query() -> None:
    assert (
        payload(b"", FORM, "phone=1&zip=2") == payload(b"", "", "phone=1&zip=2") == {"phone": "1", "zip": "2"}
    )
    assert refused(b"", FORM).code == "empty_body"
    assert refused(b"{}", JSON, "a=%ff").code == "wrong_encoding"
    assert refused(b"{}", JSON, "a=%00").code == "nul_character"
    assert payload(b"{}", JSON, "city=Zo\u00c3\u00ab") == {"city": "Zo\u00eb"}
    assert payload(b"{}", JSON, "city=\u5f20") == {"city": "\u5f20"}


def test_a_body_cannot_grow_endless_notes() -> None:
    assert len(parse_body(b"{" + b'"a":1,"a":2,' * 9000 + b'"b":1}', JSON, "").notes) == 20
    many = b"{" + b"".join(b'"a%d":[{"x":1,"x":2}],' % number for number in range(90)) + b'"b":1}'
    assert len(parse_body(many, JSON, "").notes) == 20


# --- Multipart -------------------------------------------------------------------------------------


def test_multipart_fields_keep_their_bytes() -> None:
    text = "  two\r\nlines, and --B0undary inside \u00e9 "
    assert payload(multipart(field("consent_text", text.encode())), MULTIPART) == {"consent_text": text}
    assert payload(multipart(field("a", b"")), MULTIPART) == {"a": ""}
    assert payload(multipart(field("a", b"1"), field("a", b"2")), MULTIPART) == {"a": ["1", "2"]}


def test_multipart_as_hand_written_senders_do_it_is_read() -> None:
    bare = multipart(field("a", b"1"), field("b", b"2")).replace(b"\r\n", b"\n")
    assert payload(bare, MULTIPART) == {"a": "1", "b": "2"}
    preamble = b"ignored\r\n" + multipart(field("a", b"1")) + b"ignored"
    assert payload(preamble, MULTIPART) == {"a": "1"}
    assert payload(multipart(b"content-disposition: form-data; name=a\r\n\r\n1"), MULTIPART) == {"a": "1"}
    typed = multipart(field("a", b"Zo\xeb", b"\r\nContent-Type: text/plain; charset=iso-8859-1"))
    assert payload(typed, MULTIPART) == {"a": "Zo\u00eb"}
    assert payload(b"--B0undary--\r\n", MULTIPART) == {}


def test_a_file_is_left_out_and_noted() -> None:
    body = multipart(
        field("a", b"1"),
        field("photo", b"\xff\xd8\x00", b'; filename="me.jpg"\r\nContent-Type: image/jpeg'),
        field("none", b"", b'; filename=""'),
    )
    parsed = parse_body(body, MULTIPART, "")
    assert parsed.payload == {"a": "1"}
    assert parsed.notes == (("file_left_out", "photo"),)


@pytest.mark.parametrize(
    ("raw", "content_type", "code"),
    [
        (multipart(field("a", b"1")), "multipart/form-data", "broken_multipart"),
        (multipart(field("a", b"1")), "multipart/form-data; boundary=", "broken_multipart"),
        (multipart(field("a", b"1")), "multipart/form-data; boundary=other", "broken_multipart"),
        (multipart(field("a", b"1")), "multipart/form-data; boundary=" + "b" * 80, "broken_multipart"),
        (multipart(field("a", b"1"))[:-5], MULTIPART, "broken_multipart"),
        (b"nonsense", MULTIPART, "broken_multipart"),
        (multipart(b"1"), MULTIPART, "broken_multipart"),
        (multipart(b"\r\n1"), MULTIPART, "broken_multipart"),
        (multipart(b"Content-Type: text/plain\r\n\r\n1"), MULTIPART, "broken_multipart"),
        (multipart(b"Content-Disposition: form-data\r\n\r\n1"), MULTIPART, "broken_multipart"),
        (multipart(b'Content-Disposition: attachment; name="a"\r\n\r\n1'), MULTIPART, "broken_multipart"),
        (multipart(b"no header at all\r\n\r\n1"), MULTIPART, "broken_multipart"),
        (
            multipart(field("a", b"MQ==", b"\r\nContent-Transfer-Encoding: base64")),
            MULTIPART,
            "broken_multipart",
        ),
        (multipart(field("a", b"\xff")), MULTIPART, "wrong_encoding"),
        (multipart(field("a", b"1\x00")), MULTIPART, "nul_character"),
        (b"--B0undaryX\r\n\r\n\r\n--B0undary--", MULTIPART, "broken_multipart"),
    ],
)
def test_broken_multipart_is_refused_with_400(raw: bytes, content_type: str, code: str) -> None:
    error = refused(raw, content_type)
    assert (error.status, error.code) == (400, code)
