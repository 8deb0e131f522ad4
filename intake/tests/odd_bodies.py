"""Bodies as nobody should send them: those that cannot be read, and those that only look odd."""

import gzip
import json
from typing import Any

from leadcrm.testing.door import FORM, JSON, MULTIPART, XML, written
from leadcrm.testing.payloads import glossary

LONG = "x" * 10_240
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><lead><first_name>&i;</first_name></lead>"
)
XXE = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><lead><first_name>&x;</first_name></lead>'


def good(**changes: Any) -> str:
    """A good payload in JSON, with changes."""
    return json.dumps(glossary(**changes))


def with_text(extra: str) -> str:
    """A good JSON body with raw text put into the object."""
    return good()[:-1] + ", " + extra + "}"


def part(about: bytes, value: bytes) -> bytes:
    """One part of a multipart body."""
    return b"--aBoundary\r\nContent-Disposition: form-data; " + about + b"\r\n\r\n" + value + b"\r\n"


def elements(form: str) -> str:
    """A good payload in XML, its elements written in that form."""
    return f"<lead>{''.join(form.format(*item) for item in glossary().items())}</lead>"


# name, body, content type
UNREADABLE: list[tuple[str, str | bytes, str]] = [
    ("empty", "", JSON),
    ("blank", " \n ", JSON),
    ("broken", "{broken", JSON),
    ("cut off", good()[:-20], JSON),
    ("trailing comma", good()[:-1] + ",}", JSON),
    ("single quotes", "{'phone': '2145552222'}", JSON),
    ("two objects", good() + good(), JSON),
    ("an array", "[" + good() + "]", JSON),
    ("a text", '"phone"', JSON),
    ("a number", "7", JSON),
    ("null", "null", JSON),
    ("NaN", with_text('"age": NaN'), JSON),
    ("infinity", with_text('"age": -Infinity'), JSON),
    ("form sent as JSON", written(glossary(), FORM), JSON),
    ("XML sent as JSON", written(glossary(), XML), JSON),
    ("UTF-16", good().encode("utf-16"), JSON),
    ("UTF-16 without mark", good().encode("utf-16-le"), JSON),
    ("UTF-32", good().encode("utf-32"), JSON),
    ("Latin-1 bytes", '{"first_name": "Zo\xeb"}'.encode("latin-1"), JSON),
    ("overlong UTF-8", b'{"first_name": "\xc0\xaf"}', JSON),
    ("surrogate bytes", b'{"first_name": "\xed\xa0\x80"}', JSON),
    ("raw NUL", '{"first_name": "a\x00b"}', JSON),
    ("escaped NUL", '{"first_name": "a\\u0000b"}', JSON),
    ("NUL in a name", '{"first\\u0000name": "ab"}', JSON),
    ("lone surrogate", '{"first_name": "\\ud83d"}', JSON),
    ("low surrogate alone", '{"first_name": "\\ude00x"}', JSON),
    ("surrogate in a name", '{"first\\ud800": "x"}', JSON),
    ("deep objects", '{"a":' * 50 + "1" + "}" * 50, JSON),
    ("deep arrays", '{"a":' + "[" * 50 + "]" * 50 + "}", JSON),
    ("recursion", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}", JSON),
    ("recursion cut off", "[" * 200_000, JSON),
    ("dotted deep", json.dumps({".".join("abcdefgh"): "1"}), JSON),
    ("many fields", json.dumps({f"f{n}": n for n in range(201)}), JSON),
    ("many in an array", json.dumps({"a": list(range(300))}), JSON),
    ("long name", json.dumps({"n" * 201: "1"}), JSON),
    ("digits without end", '{"age": ' + "9" * 20_001 + "}", JSON),
    ("gzip", gzip.compress(good().encode()), JSON),
    ("random bytes", bytes(range(256)), JSON),
    ("bad percent", "first_name=%ff%fe", FORM),
    ("percent NUL", "first_name=a%00b", FORM),
    ("percent surrogate", "first_name=%ED%A0%80", FORM),
    ("many pairs", "&".join(f"f{n}=1" for n in range(900)), FORM),
    ("broken XML", "<lead><phone>1</lead>", XML),
    ("cut off XML", "<lead><phone>1", XML),
    ("text as XML", "phone=1", XML),
    ("two roots", "<a><b>1</b></a><a/>", XML),
    ("billion laughs", LAUGHS, XML),
    ("external entity", XXE, XML),
    ("DTD", "<!DOCTYPE lead><lead><phone>1</phone></lead>", XML),
    ("external DTD", '<!DOCTYPE lead SYSTEM "http://192.0.2.1/x.dtd"><lead><phone>1</phone></lead>', XML),
    ("unknown entity", "<lead><phone>&nbsp;</phone></lead>", XML),
    ("NUL in XML", "<lead><phone>\x00</phone></lead>", XML),
    ("control in XML", "<lead><phone>&#1;</phone></lead>", XML),
    ("deep XML", "<a>" * 5000 + "</a>" * 5000, XML),
    ("multipart without boundary", written(glossary(), MULTIPART), "multipart/form-data"),
    ("multipart of another boundary", written(glossary(), MULTIPART), "multipart/form-data; boundary=other"),
    ("multipart cut off", written(glossary(), MULTIPART)[:-20], MULTIPART),
    ("multipart empty", "--aBoundary--", "multipart/form-data; boundary="),
    ("multipart Latin-1", part(b'name="a"', b"\xeb") + b"--aBoundary--", MULTIPART),
]  # fmt: skip
# name, body, content type, what is answered
READ: list[tuple[str, str | bytes, str, str]] = [
    ("byte order mark", b"\xef\xbb\xbf" + good().encode(), JSON, "accepted"),
    ("plus json", good(), "application/vnd.vendor.v2+json", "accepted"),
    ("plus xml", written(glossary(), XML), "application/soap+xml", "accepted"),
    ("loud type", good(), "APPLICATION/JSON;CHARSET=UTF-8", "accepted"),
    ("Latin-1 by name", good(first_name="Zoë").encode("latin-1"), f"{JSON}; charset=iso-8859-1", "accepted"),
    ("JSON sent as form", good(), FORM, "accepted"),
    ("raw line break", good(consent_text="a\nb").replace("\\n", "\n"), JSON, "accepted"),
    ("emoji", good(first_name="\U0001f600\U0001f469\u200d\U0001f467", last_name="Łuczak"), JSON, "accepted"),
    ("right to left", good(first_name="\u05d9\u05d5\u05e1\u05d9", last_name="\u202eevil\u202c"), JSON, "accepted"),
    ("combining", good(first_name="e\u0301" * 50), JSON, "accepted"),
    ("unicode digits", good(phone="".join(chr(0xFF10 + int(n)) for n in "2145552222")), JSON, "accepted"),
    ("phone as number", good(phone=2145552222), JSON, "accepted"),
    ("phone as float", good(phone=2145552222.0), JSON, "accepted"),
    ("phone as exponent", good().replace('"phone": "', '"phone": 2.145552222e9, "old": "'), JSON, "accepted"),
    ("zip as number", good(zip=75201), JSON, "accepted"),
    ("zip of New England as number", good(zip=2906), JSON, "accepted"),
    ("name as number", good(first_name=7), JSON, "accepted"),
    ("name as boolean", good(first_name=True), JSON, "accepted"),
    ("repeated key", with_text('"first_name": "Other"'), JSON, "accepted"),
    ("constructor keys", good(__proto__={"a": 1}, constructor="x"), JSON, "accepted"),
    ("SQL", good(first_name="Robert'); DROP TABLE intake_lead;--"), JSON, "accepted"),
    ("markup", good(last_name="<script>alert(1)</script>{{ 7*7 }}"), JSON, "accepted"),
    ("format", good(last_name="%s %(a)s {0} ${jndi:ldap://x}"), JSON, "accepted"),
    ("empty unknown", good(foo="", bar=[], baz={}, qux=None), JSON, "accepted"),
    ("blank name of a field", good(**{"": "x", " ": "y"}), JSON, "accepted"),
    ("array of one", good(first_name=["Test"]), JSON, "accepted"),
    ("array of the same", good(phone=["2145552222", "2145552222"]), JSON, "accepted"),
    ("file among the parts", part(b'name="f"; filename="x"', b"\xff") + written(glossary(), MULTIPART), MULTIPART,
     "accepted"),
    ("CDATA", elements("<{0}><![CDATA[{1}]]></{0}>"), XML, "accepted"),
    ("namespaces", elements('<l:{0} xmlns:l="urn:x">{1}</l:{0}>'), XML, "accepted"),
    ("array for a scalar", good(phone=["2145552222", "2145553333"]), JSON, "invalid_phone"),
    ("object for a scalar", good(phone={"number": "2145552222"}), JSON, "accepted"),  # phone.number is phone_number
    ("odd object for a scalar", good(phone={"odd": "2145552222"}), JSON, "missing_field"),
    ("thousands of digits", good(age=1).replace('"age": 1', '"age": ' + "9" * 5000), JSON, "invalid_field"),
    ("XML of one text", "<lead>phone</lead>", XML, "missing_field"),
    ("null phone", good() .replace('"phone": "', '"phone": null, "old": "'), JSON, "missing_field"),
    ("10 kB first name", good(first_name=LONG), JSON, "invalid_field"),
    ("10 kB phone", good(phone="2" * 10_240), JSON, "invalid_phone"),
    ("10 kB of everything", json.dumps(dict.fromkeys(glossary(), LONG)), JSON, "invalid_field"),
    ("negative age", good(age=-1), JSON, "invalid_field"),
    ("age of digits", good(age=10**300), JSON, "invalid_field"),
    ("year 0", good(date_of_birth="0000-00-00"), JSON, "invalid_field"),
    ("far future", good(timestamp="9999-12-31T23:59:59Z"), JSON, "invalid_field"),
    ("before time", good(timestamp="0001-01-01T00:00:00+14:00"), JSON, "invalid_field"),
    ("address that is none", good(consent_ip="999.1.1.1"), JSON, "invalid_field"),
    ("empty object", "{}", JSON, "missing_field"),
    ("only unknown", '{"foo": "bar"}', JSON, "missing_field"),
    ("empty XML fields", "<lead><phone/><state/></lead>", XML, "missing_field"),
    ("a URL of script", good(landing_page="javascript:alert(1)"), JSON, "invalid_field"),
    ("blank id", good(lead_id="a b"), JSON, "invalid_field"),
    ("long id", good(lead_id="x" * 129), JSON, "invalid_field"),
]  # fmt: skip
