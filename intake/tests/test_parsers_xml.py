"""XML, harmless and not."""

import pytest

from intake.api.parsers import parse_body
from intake.tests.bodies import XML, payload, refused

# --- XML -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<lead><phone>1</phone></lead>", {"phone": "1"}),
        ("<anything><phone>1</phone><zip/></anything>", {"phone": "1", "zip": ""}),
        ("<lead><contact><phone>1</phone></contact><zip>2</zip></lead>", {"contact.phone": "1", "zip": "2"}),
        ("<l:lead xmlns:l='urn:x'><l:phone>1</l:phone></l:lead>", {"phone": "1"}),
        ("<lead><text><![CDATA[a < b & c]]></text></lead>", {"text": "a < b & c"}),
        ("<lead><text>&lt;b&gt; &#233; &amp;</text></lead>", {"text": "<b> \u00e9 &"}),
        ("<lead><!-- hi --><phone>1<!-- x -->2</phone><?x y?></lead>", {"phone": "12"}),
        ("<lead><ill>a</ill><ill>b</ill></lead>", {"ill": ["a", "b"]}),
        (
            "<lead><drivers><driver><age>1</age></driver><driver><age>2</age></driver></drivers></lead>",
            {"drivers": [{"age": "1"}, {"age": "2"}]},
        ),
        ("<lead><drivers><driver><age>1</age></driver></drivers></lead>", {"drivers": [{"age": "1"}]}),
        ("<lead><text>I <b>agree</b> now</text></lead>", {"text.b": "agree", "text.#text": "I  now"}),
        ("<lead>\n  <phone>1</phone>\n</lead>\n", {"phone": "1"}),
        ("<Envelope><Body><lead><phone>1</phone></lead></Body></Envelope>", {"Body.lead.phone": "1"}),
        ("<lead/>", {}),
        ("<lead>text</lead>", {"#text": "text"}),
    ],
)
def test_xml_is_read_flat_or_in_groups_under_any_root(raw: str, expected: dict[str, object]) -> None:
    assert payload(raw, XML) == expected


def test_xml_attributes_are_left_out_and_noted() -> None:
    parsed = parse_body(b'<lead version="1"><phone type="home">1</phone></lead>', XML, "")
    assert parsed.payload == {"phone": "1"}
    assert parsed.notes == (("attributes_left_out", "phone"),)


LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><l><x>&c;</x></l>'
)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (LAUGHS, "xml_dtd"),
        (b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l><a>&x;</a></l>', "xml_dtd"),
        (b'<!DOCTYPE l SYSTEM "http://example.com/l.dtd"><l><a>1</a></l>', "xml_dtd"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "xml_dtd"),
        (b'<!DOCTYPE l [<!ENTITY % x "y">]><l><a>1</a></l>', "xml_dtd"),
        (b"<l><a>&nbsp;</a></l>", "broken_xml"),
        (b"<l><a></l>", "broken_xml"),
        (b"<l><a>1</a>", "broken_xml"),
        (b"<l></l><m></m>", "broken_xml"),
        (b"<l a=1></l>", "broken_xml"),
        (b"hello", "broken_xml"),
        (b"{}", "broken_xml"),
        (b"<l><a>&#0;</a></l>", "broken_xml"),
        (b"<l><a>\x00</a></l>", "broken_xml"),
        (b"<l><a>\x01</a></l>", "broken_xml"),
        (b"<l><a>\xff</a></l>", "wrong_encoding"),
        ("<l><a>1</a></l>".encode("utf-16"), "wrong_encoding"),
        (b"<a>" * 80_000, "nested_too_deep"),
        (b"<a>" * 9 + b"1" + b"</a>" * 9, "nested_too_deep"),
        (b"", "empty_body"),
    ],
)
def test_broken_or_dangerous_xml_is_refused_with_400(raw: bytes, code: str) -> None:
    error = refused(raw, XML)
    assert (error.status, error.code) == (400, code)


def test_a_refusal_of_xml_names_the_place_and_nothing_of_the_person() -> None:
    error = refused("<lead>\n<name>Jane &Doe; x</name></lead>", XML)
    assert "line 2, column 12" in error.message
    assert "Doe" not in error.message
