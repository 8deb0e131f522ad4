"""E-mail, free text, yes and no, gender, ids, names, IP and web addresses, UUIDs."""

import pytest

from leadcrm.lib import normalize
from leadcrm.lib.normalize import Unreadable


def code_of(function: object, raw: object, **options: object) -> str:
    """The code with which `raw` is refused."""
    assert callable(function)
    with pytest.raises(Unreadable) as caught:
        function(raw, **options)
    return caught.value.code


@pytest.mark.parametrize(
    ("raw", "address", "note"),
    [
        ("jane@example.com", "jane@example.com", ""),
        (" Jane.Doe@Example.COM ", "jane.doe@example.com", ""),
        ("jane @ example.com", "jane@example.com", "repaired"),
        ("jane@exam ple.com\n", "jane@example.com", "repaired"),
        ("jane\u00a0@example.com", "jane@example.com", "repaired"),
        ("jane\u200b@example.com", "jane@example.com", "repaired"),
        ("jane+lead@example.co.uk", "jane+lead@example.co.uk", ""),
        ("o'neil_99@mail.example.org", "o'neil_99@mail.example.org", ""),
        ("j@b\u00fccher.example.com", "j@b\u00fccher.example.com", ""),
        (b"jane@example.com", "jane@example.com", ""),
    ],
)
def test_an_e_mail_address_is_trimmed_and_lower_cased(raw: object, address: str, note: str) -> None:
    found = normalize.email(raw)
    assert (found.value, found.note) == (address, note)
    assert normalize.email(found.value).value == address


@pytest.mark.parametrize(
    "raw",
    ["jane", "jane@", "@example.com", "jane@example", "jane@localhost", "jane@@example.com",
    "jane@example..com",
     "jane.@example.com", ".jane@example.com", "jane@example.com.", "jane@-example.com",
     "jane@example.com, x@y.com",
     "jane@example.com;x@example.com", "Jane <jane@example.com>", "jane@[192.0.2.1]", "jane@x.test",
     "jane@x.invalid",
     "n/a", "none", "jane(at)example.com", '"jane doe"@example.com', "jane@exa_mple.com",
     "jane\x01@example.com",
     "a" * 65 + "@example.com", "\u202ejane", "jane@xn--a.com"],
)  # fmt: skip
def test_what_cannot_be_an_e_mail_address_is_refused(raw: str) -> None:
    assert code_of(normalize.email, raw) == "not_an_address"


def test_an_endless_e_mail_address_is_refused_at_once() -> None:
    assert code_of(normalize.email, "a" * 20_000 + "@example.com") == "too_long"
    assert code_of(normalize.email, "") == "blank"
    assert code_of(normalize.email, "jane@example.com\x00") == "nul_character"


@pytest.mark.parametrize(
    ("raw", "value", "note"),
    [
        ("  Jane  ", "Jane", ""),
        ("Jane\tAnn\r\nDoe", "Jane Ann Doe", ""),
        ("Jane   Ann", "Jane Ann", ""),
        ("Jose\u0301", "Jos\u00e9", ""),
        ("\u5f20\u4f1f", "\u5f20\u4f1f", ""),
        ("\u05d3\u05d5\u05d3", "\u05d3\u05d5\u05d3", ""),
        ("\U0001f600", "\U0001f600", ""),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467", ""),
        ("Ja\x07ne", "Jane", "repaired"),
        ("\ufeffJane", "Jane", "repaired"),
        ("\u202eenaJ", "enaJ", "repaired"),
        ("Jane\u2028Doe", "Jane Doe", ""),
        (123, "123", ""),
        (True, "true", ""),
        (b"Jane", "Jane", ""),
    ],
)
def test_a_line_of_text_is_tidied_and_never_cut(raw: object, value: str, note: str) -> None:
    found = normalize.text(raw)
    assert (found.value, found.note) == (value, note)


def test_text_that_cannot_be_kept_is_refused() -> None:
    assert normalize.text("x" * 100, max_length=100).value == "x" * 100
    assert code_of(normalize.text, "x" * 101, max_length=100) == "too_long"
    assert code_of(normalize.text, "\x07") == "blank"
    assert code_of(normalize.text, " \u200b ") == "blank"
    assert code_of(normalize.text, "a\x00b") == "nul_character"
    assert code_of(normalize.text, "a\ud800b") == "broken_character"
    assert code_of(normalize.text, None) == "not_text"
    assert code_of(normalize.text, b"\xff") == "broken_character"


def test_consent_text_is_kept_to_the_last_blank() -> None:
    shown = "  By clicking,\r\n\tI agree\u00a0 \u201cso\u201d.  "
    assert normalize.verbatim(shown).value == shown
    assert code_of(normalize.verbatim, "   ") == "blank"
    assert code_of(normalize.verbatim, "x" * 20_001) == "too_long"
    assert code_of(normalize.verbatim, "a\x00") == "nul_character"
    assert normalize.verbatim(b"I agree ").value == "I agree"


@pytest.mark.parametrize(
    "raw", ["yes", "Y", "TRUE", "t", "1", "on", "On", "checked", " yes ", "\uff11", True, 1, 1.0]
)
def test_yes_in_all_its_forms(raw: object) -> None:
    assert normalize.boolean(raw).value is True


@pytest.mark.parametrize("raw", ["no", "N", "False", "f", "0", "off", "OFF", "unchecked", False, 0])
def test_no_in_all_its_forms(raw: object) -> None:
    assert normalize.boolean(raw).value is False


@pytest.mark.parametrize("raw", ["maybe", "2", "null", "yes please", "-1", "10", "I agree", "nope"])
def test_neither_yes_nor_no_is_refused(raw: str) -> None:
    assert code_of(normalize.boolean, raw) == "not_a_boolean"


@pytest.mark.parametrize(
    ("raw", "gender"),
    [("M", "male"), ("male", "male"), ("Male", "male"), ("man", "male"), ("F", "female"),
    ("FEMALE", "female"),
     ("woman", "female"), ("x", "other"), ("Other", "other"), ("non-binary", "other"),
     ("Non Binary", "other")],
)  # fmt: skip
def test_a_gender_is_understood(raw: str, gender: str) -> None:
    assert normalize.gender(raw).value == gender
    assert normalize.gender(gender).value == gender


@pytest.mark.parametrize("raw", ["unknown", "u", "0", "1", "2", "mf", "n/a", "prefer not to say"])
def test_what_names_no_gender_is_refused(raw: str) -> None:
    assert code_of(normalize.gender, raw) == "not_a_gender"


@pytest.mark.parametrize(
    ("raw", "word"),
    [("Final Expense", "final_expense"), ("final-expense", "final_expense"), ("ACA", "aca"),
    ("final_expense", "final_expense"),
     (" Auto / Home ", "auto_home"), ("Medicare Supplement (Plan G)", "medicare_supplement_plan_g")],
)  # fmt: skip
def test_a_word_of_a_list_is_written_as_lists_write_it(raw: str, word: str) -> None:
    assert normalize.word(raw).value == word


def test_what_holds_no_word_is_refused() -> None:
    assert code_of(normalize.word, "---") == "not_a_word"
    assert code_of(normalize.word, "\u4fdd\u9669") == "not_a_word"
    assert code_of(normalize.word, "a" * 61) == "not_a_word"


@pytest.mark.parametrize("raw", ["V-77", "a", "0192f3a4-c1", "A.b_c:d-1", "x" * 128, 77, 12345678901])
def test_a_vendors_id_stays_as_it_is(raw: object) -> None:
    assert normalize.vendor_lead_id(raw).value == str(raw)


@pytest.mark.parametrize("raw", ["a b", "a/b", "x" * 129, "\u00e9", "{a}", "a\nb", "<script>", "a,b", "a#1"])
def test_an_id_with_other_characters_is_refused(raw: str) -> None:
    assert code_of(normalize.vendor_lead_id, raw) == "not_an_id"


@pytest.mark.parametrize(
    ("raw", "first", "last"),
    [
        ("Jane Doe", "Jane", "Doe"), ("Jane", "Jane", ""), ("Jane Q Doe", "Jane Q", "Doe"),
        ("Doe, Jane", "Jane", "Doe"), ("Doe, Jane Q.", "Jane Q.", "Doe"),
        ("van der Berg, Jan", "Jan", "van der Berg"),
        ("Mary Ann Smith", "Mary Ann", "Smith"), ("Jan van der Berg", "Jan", "van der Berg"),
        ("Juan de la Cruz", "Juan", "de la Cruz"), ("John Smith Jr", "John", "Smith Jr"),
        ("John Smith, Jr.", "John", "Smith Jr."), ("John Smith III", "John", "Smith III"),
        ("Mr. John Smith", "John", "Smith"), ("Mrs Jane Doe", "Jane", "Doe"),
        ("Dr. Jane Doe", "Jane", "Doe"),
        ("Van Morrison", "Van", "Morrison"), ("De Niro", "De", "Niro"), ("Jr Smith", "Jr", "Smith"),
        ("  Jane   Doe ", "Jane", "Doe"), ("Anne-Marie O'Neil", "Anne-Marie", "O'Neil"),
        (", Jane", "Jane", ""),
        ("Doe,", "Doe", ""), ("Mr", "Mr", ""), ("\u5f20 \u4f1f", "\u5f20", "\u4f1f"),
        ("John Jr", "John", "Jr"),
    ],
)  # fmt: skip
def test_a_full_name_is_split_without_losing_a_word(raw: str, first: str, last: str) -> None:
    assert normalize.full_name(raw).value == (first, last)


def test_a_full_name_without_a_word_is_refused() -> None:
    assert code_of(normalize.full_name, " , ") == "blank"
    assert code_of(normalize.full_name, "x" * 202) == "too_long"


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("192.0.2.1", "192.0.2.1"), (" 192.0.2.1 ", "192.0.2.1"), ("192.0.2.1:443", "192.0.2.1"),
        ("192.0.2.1, 10.0.0.1", "192.0.2.1"), ("192.0.2.1,10.0.0.1,10.0.0.2", "192.0.2.1"),
        ("192.0.2.1:443, 10.0.0.1", "192.0.2.1"), ("[192.0.2.1]", "192.0.2.1"),
        ('"192.0.2.1"', "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"), ("2001:db8::1, 192.0.2.1", "2001:db8::1"), ("::1", "::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("127.0.0.1", "127.0.0.1"),
    ],
)  # fmt: skip
def test_an_ip_address_is_understood(raw: str, address: str) -> None:
    assert normalize.ip(raw).value == address
    assert normalize.ip(address).value == address


@pytest.mark.parametrize(
    "raw",
    ["unknown", "localhost", "256.0.0.1", "192.0.2", "192.0.2.1.5", "192.0.2.01", "192.0.2.1/24",
    "2001:db8::1::2",
     "[2001:db8::1", "1", "3232235777", "example.com", "192.0.2.1 192.0.2.2", ":", "%", "\u0661.1.1.1",
     "2001:db8::g"],
)  # fmt: skip
def test_what_is_no_ip_address_is_refused(raw: str) -> None:
    assert code_of(normalize.ip, raw) == "not_an_ip"


@pytest.mark.parametrize(
    ("raw", "address", "note"),
    [
        ("https://example.com", "https://example.com", ""),
        ("https://Example.COM/Path?Q=1#f", "https://example.com/Path?Q=1#f", ""),
        ("HTTP://example.com/", "http://example.com/", ""),
        ("https://example.com:8443/x", "https://example.com:8443/x", ""),
        ("https://www.example.com/a b?x=1 2", "https://www.example.com/a%20b?x=1%202", "repaired"),
        ("example.com/page", "https://example.com/page", "repaired"),
        ("www.example.com", "https://www.example.com", "repaired"),
        ("//example.com/x", "https://example.com/x", "repaired"),
        ("example.com:8443/x", "https://example.com:8443/x", "repaired"),
        ("https://b\u00fccher.example/x", "https://b\u00fccher.example/x", ""),
        ("https://192.0.2.1/x", "https://192.0.2.1/x", ""),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x", ""),
        ("https://example.com/?u=http://other.example/", "https://example.com/?u=http://other.example/", ""),
    ],
)
def test_a_web_address_is_understood(raw: str, address: str, note: str) -> None:
    found = normalize.url(raw)
    assert (found.value, found.note) == (address, note)
    assert normalize.url(address).value == address


@pytest.mark.parametrize(
    "raw",
    ["javascript:alert(1)", "ftp://example.com/", "data:text/html,x", "mailto:jane@example.com", "https://",
     "https://localhost/", "https://user@example.com/", "https://example.com@other.example/", "n/a", "none",
     "https://exa<mple.com/", 'https://example.com/"><script>', "https://example.com:99999/",
     "https://[::1",
     "https://-example.com/", "https://example..com/", "http:/example.com", "file:///etc/passwd",
     "https://ex\x01.com",
     "https:///example.com"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(raw: str) -> None:
    assert code_of(normalize.url, raw) == "not_a_url"


def test_an_endless_web_address_is_refused() -> None:
    assert code_of(normalize.url, "https://example.com/" + "a" * 2048) == "too_long"
    assert code_of(normalize.url, "https://example.com/" + "a " * 900) == "too_long"


LEADID = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    "raw", [LEADID, LEADID.upper(), f"{{{LEADID}}}", LEADID.replace("-", ""), f" {LEADID}\n"]
)
def test_a_leadid_is_a_uuid_in_lower_case(raw: str) -> None:
    assert normalize.leadid(raw).value == LEADID


@pytest.mark.parametrize(
    "raw",
    ["", "x", LEADID[:-1], LEADID + "0", LEADID.replace("0", "g"), "00000000-0000-0000-0000-000000000000"],
)
def test_what_is_no_leadid_is_refused(raw: str) -> None:
    assert code_of(normalize.leadid, raw) in {"not_a_uuid", "blank"}
