"""Wordings filled in, and how many parts a text is sent as."""

import pytest

from agents.messaging.segments import segments
from agents.messaging.wordings import FIELDS, UnknownField, check_wording, fill, fill_template, values_for
from agents.models import Agent, MessageTemplate
from leadcrm.models import User
from leadcrm.testing.factories import LeadFactory

KNOWN = {"first_name": "Ana", "agent": "Pat Example", "agency": "The Agency"}


@pytest.mark.parametrize(
    ("wording", "reads"),
    [
        ("Hi {first_name}, it is {agent}.", "Hi Ana, it is Pat Example."),
        ("Hi {first_name|friend}", "Hi Ana"),
        ("Call me at {agent_phone|this number}.", "Call me at this number."),
        ("Dear {first_name} {last_name}, hello", "Dear Ana, hello"),
        ("{ first_name }!", "Ana!"),
        ("No field", "No field"),
    ],
)
def test_a_wording_reads_well_whatever_is_known(wording: str, reads: str) -> None:
    assert fill(wording, KNOWN) == reads


def test_nobody_is_ever_greeted_as_none_or_not_at_all() -> None:
    assert fill("Hi {first_name},", {}) == "Hi there,"
    assert fill("Hi {first_name|you},", {"first_name": "  "}) == "Hi you,"
    for field in FIELDS:
        assert "None" not in fill(f"x {{{field}}} y", {})


@pytest.mark.parametrize("wording", ["Hi {name}", "Hi {first_name", "Hi first_name}", "{}", "{{first_name}}"])
def test_a_field_that_is_none_is_told_with_those_there_are(wording: str) -> None:
    with pytest.raises(UnknownField, match="first_name"):
        check_wording(wording)


def test_what_a_person_is_called_is_never_read_as_a_field() -> None:
    assert fill("Hi {first_name}", {"first_name": "{agency}"}) == "Hi {agency}"


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("Final expense", "final expense"),
        ("Medicare", "Medicare"),
        ("Health (ACA)", "health"),
        ("", "insurance"),
    ],
)
def test_a_product_reads_as_inside_a_sentence(name: str, reads: str) -> None:
    lead = LeadFactory.build(first_name="Ana")
    values = values_for(lead=lead, author=User(first_name="Pat"), product=name)
    assert fill("about {product} coverage", values) == f"about {reads} coverage"


@pytest.mark.django_db
def test_the_shipped_wordings_read_well_for_a_lead_with_and_without_a_name(
    agent: Agent, shipped_rows: None
) -> None:
    shipped = list(MessageTemplate.objects.all())
    assert {row.channel for row in shipped} == {"text", "email"}
    for name in ("Ana", ""):
        lead = LeadFactory.create(owner=agent.user, first_name=name, last_name="")
        values = values_for(lead=lead, author=agent.user, product="Final expense")
        for row in shipped:
            filled = fill_template(row, values)
            assert (name or "there") in filled.body
            assert not set("{}") & set(filled.subject + filled.body)
            assert "  " not in filled.body
            assert row.channel == "email" or segments(filled.body).parts == 1


@pytest.mark.parametrize(
    ("text", "parts", "plain"),
    [
        ("", 1, True), ("a" * 160, 1, True), ("a" * 161, 2, True), ("a" * 306, 2, True), ("a" * 307, 3, True),
        ("€" * 80, 1, True), ("€" * 81, 2, True), ("“" + "a" * 69, 1, False), ("“" + "a" * 70, 2, False),
        ("😀" * 35, 1, False), ("😀" * 36, 2, False), ("é" * 160, 1, True), ("ê", 1, False),
    ],
)  # fmt: skip
def test_the_parts_of_a_text(text: str, parts: int, plain: bool) -> None:
    found = segments(text)
    assert (found.parts, found.plain) == (parts, plain)
