"""What must hold of every normaliser for any input whatever, and what it may cost."""

import ast
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcrm.lib import normalize
from leadcrm.lib.normalize import Clean, Unreadable

TODAY = date(2026, 11, 25)
EASTERN = ZoneInfo("America/New_York")

ALL: dict[str, Callable[[object], Clean[object]]] = {
    "age": normalize.age,
    "amount": normalize.amount,
    "birth_date": lambda raw: normalize.birth_date(raw, today=TODAY),
    "boolean": normalize.boolean,
    "day": lambda raw: normalize.day(raw, today=TODAY),
    "email": normalize.email,
    "gender": normalize.gender,
    "integer": normalize.integer,
    "ip": normalize.ip,
    "leadid": normalize.leadid,
    "moment": lambda raw: normalize.moment(raw, zone=EASTERN),
    "phone": normalize.phone,
    "price": normalize.price,
    "state": normalize.state,
    "text": normalize.text,
    "url": normalize.url,
    "vendor_lead_id": normalize.vendor_lead_id,
    "verbatim": normalize.verbatim,
    "word": normalize.word,
    "zip_code": normalize.zip_code,
}

# Pieces of which almost readable values are made, so that random input gets past the first check.
PIECE = st.sampled_from([
    "0", "1", "12", "20", "2026", "1950", "214", "555", "2345678", "75201", "-", "/", ".", ",", ":", "+",
    "$", "k",
    "m", "%", "@", "[", "]", "(", ")", "T", "Z", "to", "under", "and", "Mar", "EST", "AM", "x", "ext", "h",
    "example.com", "https://", "::", "ffff", "2001:db8", "jane", "NY", "new york", "\u0661", "\uff11",
    "\u2013",
    "\u00a0", "\u200b", "\u0301", "\u212a", "\u0130", " ", "\n", "\x1f", "\x85", "",
])  # fmt: skip
ANYTHING = st.one_of(
    st.text(max_size=60),
    st.lists(PIECE, max_size=8).map("".join),
    st.lists(PIECE, max_size=8).map(" ".join),
    st.binary(max_size=30),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(),
    st.lists(st.text(max_size=3), max_size=2),
    st.text(alphabet=st.characters(codec=None, categories=None), max_size=20),
    st.from_regex(
        r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}( [0-9]{1,2}:[0-9]{2}( ?[AP]M)?)?", fullmatch=True
    ),
    st.from_regex(r"\$?[0-9,]{1,9}[km]?( ?(-|to|\+) ?\$?[0-9,]{1,9}[km]?)?", fullmatch=True),
)


@pytest.mark.parametrize("name", ALL)
@given(raw=ANYTHING)
def test_any_value_is_understood_or_unreadable_and_reads_the_same_twice(name: str, raw: object) -> None:
    function = ALL[name]
    try:
        first = function(raw)
    except Unreadable:
        return
    assert function(first.value).value == first.value


@given(raw=ANYTHING)
def test_any_name_is_split_or_unreadable(raw: object) -> None:
    try:
        first, last = normalize.full_name(raw).value
    except Unreadable:
        return
    assert first
    again = normalize.full_name(f"{first} {last}").value
    assert normalize.full_name(" ".join(again)).value == again


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "filler", ["1", "(", " ", "a.", "1,", "-", "[", "+1 ", "1:", "a@", "%", "\u0301", "1-"]
)
def test_twenty_thousand_characters_take_no_time(name: str, filler: str) -> None:
    raw = filler * (20_000 // len(filler)) + "x"
    started = time.process_time()
    with suppress(Unreadable):
        ALL[name](raw)
    assert time.process_time() - started < 0.1


# Senders search answers for these, so no answer may hold one by chance (wire contract, section 5).
TRAPS = re.compile("reject|error|fail|dup|invalid|denied|accept|success", re.IGNORECASE)


def spoken(source: str) -> list[str]:
    """Every text that a module gives to Unreadable or Clean."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [call for call in calls if getattr(call.func, "id", "") in {"Unreadable", "Clean"}]
    return [
        piece.value
        for call in named
        for node in (*call.args, *call.keywords)
        for piece in ast.walk(node)
        if isinstance(piece, ast.Constant) and isinstance(piece.value, str)
    ]


def test_no_code_or_message_holds_a_word_that_senders_search_for() -> None:
    package = Path(normalize.__file__).parent
    texts = [text for module in package.glob("*.py") for text in spoken(module.read_text())]
    assert len(texts) > 60
    assert [text for text in texts if TRAPS.search(text)] == []
