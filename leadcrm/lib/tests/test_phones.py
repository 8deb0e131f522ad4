"""Phone numbers as vendors write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcrm.lib.normalize import Phone, Unreadable, phone

DALLAS = "+12142345678"


@pytest.mark.parametrize(
    "raw",
    [
        "2142345678",
        "12142345678",
        "+12142345678",
        "+1 214 234 5678",
        "1-214-234-5678",
        "(214) 234-5678",
        "(214)234-5678",
        "( 214 ) 234 - 5678",
        "1 (214) 234-5678",
        "+1 (214) 234-5678",
        "214.234.5678",
        "214/234/5678",
        "214 234 5678",
        "214-2345678",
        "  214-234-5678\n",
        "\t2142345678 ",
        "214\u00a0234\u00a05678",
        "214\u2013234\u20145678",
        "\u202a+12142345678\u202c",
        "\u200b214-234-5678",
        "\uff12\uff11\uff14-234-5678",
        "'2142345678",
        '"2142345678"',
        "2142345678.0",
        "12142345678.00",
        "2,142,345,678",
        "214-234-5678 h",
        "214-234-5678 W",
        "214-234-5678m",
        "214-234-5678 c.",
        "214-234-5678 (home)",
        "214-234-5678 [cell]",
        "214-234-5678 - mobile",
        "214-234-5678 work",
        2142345678,
        2142345678.0,
        b"2142345678",
    ],
)
def test_every_way_of_writing_a_number_gives_the_same_number(raw: object) -> None:
    assert phone(raw).value == Phone(DALLAS, "", "US")


@pytest.mark.parametrize(
    ("raw", "extension"),
    [
        ("2142345678x44", "44"),
        ("214-234-5678 x44", "44"),
        ("214-234-5678 x 44", "44"),
        ("214-234-5678 ext. 44", "44"),
        ("214-234-5678 Ext 44", "44"),
        ("214-234-5678, extension 1234", "1234"),
        ("214-234-5678;ext=44", "44"),
        ("214-234-5678 #44", "44"),
        ("214-234-5678 (x44)", "44"),
        ("214-234-5678 w x44", "44"),
        ("214-234-5678 x44 w", "44"),
        ("+1 214 234 5678 extn: 0007", "0007"),
    ],
)
def test_an_extension_is_kept_apart(raw: str, extension: str) -> None:
    assert phone(raw).value == Phone(DALLAS, extension)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("\u200b", "blank"),
        (None, "not_text"),
        ([], "not_text"),
        ({"phone": 1}, "not_text"),
        ("2142345678, 4692345678", "several_values"),
        ("214-234-5678/469-234-5678", "several_values"),
        ("2142345678 4692345678", "several_values"),
        ("214-234-5678 or 469-234-5678", "several_values"),
        ("214-234-5678 & 469-234-5678", "several_values"),
        ("2142345678;4692345678", "several_values"),
        ("214-CALL-NOW", "letters"),
        ("call me", "letters"),
        ("n/a", "letters"),
        ("2142345678a", "letters"),
        ("h", "letters"),
        ("2.142345678E+09", "letters"),
        ("214?234!5678", "wrong_characters"),
        ("---", "wrong_characters"),
        ("+", "wrong_characters"),
        ("2345678", "wrong_length"),
        ("214234567", "wrong_length"),
        ("21423456789", "wrong_length"),
        ("0", "wrong_length"),
        ("-2142345678.5", "wrong_length"),
        ("+442079460958", "not_nanp"),
        ("+2142345678", "not_nanp"),
        ("00442079460958", "not_nanp"),
        ("011442079460958", "not_nanp"),
        ("2222222222", "same_digit"),
        ("0000000000", "same_digit"),
        ("1 999 999 9999", "same_digit"),
        ("1234567890", "unassigned"),
        ("0142345678", "unassigned"),
        ("1142345678", "unassigned"),
        ("2141345678", "unassigned"),
        ("2140345678", "unassigned"),
        ("5555551234", "unassigned"),
        ("8762000000", "unassigned"),
        ("800-234-5678", "toll_free"),
        ("1-888-234-5678", "toll_free"),
        ("833 234 5678", "toll_free"),
        ("900-234-5678", "toll_free"),
        ("500-234-5678", "toll_free"),
        ("2145550100", "fictitious"),
        ("214-555-0123", "fictitious"),
        ("(214) 555-0199", "fictitious"),
        ("214234\x005678", "nul_character"),
        ("214\ud8002345678", "broken_character"),
        ("\u0662\u0661\u0664\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "wrong_characters"),
        ("9" * 501, "too_long"),
        (True, "letters"),
        (b"\xff\xfe", "broken_character"),
    ],
)
def test_what_is_no_number_of_a_person_is_refused(raw: object, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        phone(raw)
    assert caught.value.code == code


def test_a_test_post_may_use_a_fictitious_number() -> None:
    assert phone("214-555-0123", live=False).value == Phone("+12145550123")
    with pytest.raises(Unreadable):
        phone("214-555-0123", live=True)


def test_numbers_beside_the_fictitious_ones_are_ordinary() -> None:
    assert phone("214-555-0099").value.e164 == "+12145550099"
    assert phone("214-555-0200").value.e164 == "+12145550200"


@pytest.mark.parametrize(
    ("raw", "region"), [("604-234-5678", "CA"), ("876-234-5678", "JM"), ("787-234-5678", "PR")]
)
def test_the_whole_numbering_plan_is_read_and_the_region_told(raw: str, region: str) -> None:
    assert phone(raw).value.region == region


def test_the_national_number_is_ten_digits() -> None:
    assert phone("+1 214 234 5678").value.national == "2142345678"


def test_a_phone_read_once_reads_the_same_again() -> None:
    first = phone("214-234-5678 x44").value
    assert phone(first).value == first
    assert phone(first.e164).value.e164 == first.e164


AREA = st.sampled_from(["214", "469", "212", "310", "305", "602", "907", "808", "416", "604"])
BREAK = st.sampled_from(["", " ", "-", ".", "/", "  ", " - ", "\u00a0", "\u2013"])


@given(
    area=AREA,
    exchange=st.integers(200, 999).filter(lambda number: number != 555 and number % 100 != 11),
    line=st.integers(0, 9999),
    prefix=st.sampled_from(["", "1", "+1", "1-", "+1 ", "1 ", "+1."]),
    brackets=st.booleans(),
    breaks=st.tuples(BREAK, BREAK),
    tail=st.sampled_from(["", " ", "\n", " h", " (cell)", " x5", " ext. 123", "w"]),
)
def test_any_usual_formatting_of_a_number_gives_one_e164(
    area: str, exchange: int, line: int, prefix: str, brackets: bool, breaks: tuple[str, str], tail: str
) -> None:
    shown = f"({area})" if brackets else area
    written = f"{prefix}{shown}{breaks[0]}{exchange}{breaks[1]}{line:04}{tail}"
    assert phone(written).value.e164 == f"+1{area}{exchange}{line:04}"
