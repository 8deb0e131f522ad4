"""The evidence pack: one number's evidence, all of it and nobody else's, in a file that explains itself."""

import csv
import io
import json
import logging
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from agents.models import Communication
from compliance.dnc.spans import spans_of
from compliance.evidence.pack import choosing
from compliance.evidence.pack.archive import table
from compliance.evidence.pack.collect import collect
from compliance.evidence.pack.gaps import gaps
from compliance.evidence.pack.making import Made, make_pack
from compliance.evidence.pack.timeline import timeline
from compliance.models import (
    CallingRule,
    EvidenceLeaf,
    EvidencePack,
    RevocationChannel,
    RevocationOrigin,
    RevocationScope,
)
from compliance.revocation import revoke
from compliance.tests.evidence_support import seal
from compliance.tests.pack_support import (
    BODY,
    CONSENT,
    OTHER,
    PHONE,
    SECOND,
    Person,
    rich_person,
    somebody_else,
)
from intake.models import Lead, Submission
from leadcrm.lib.sealing import MARK
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import ContactDecisionFactory, LeadFactory, ScrubAnswerFactory, UserFactory

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
# Under a key that nobody has.
SEALED = MARK + b"\x04gone" + bytes(40)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calling_rules")]


@pytest.fixture
def person() -> Person:
    return rich_person(NOW)


def pack_of(phone: str = PHONE, **given: Any) -> Made:
    asked: dict[str, Any] = {
        "reason": "Demand letter of Nov 19",
        "by": None,
        "by_name": "Jo Example",
        **given,
    }
    return make_pack(phone=phone, now=NOW, **asked)


def files(made: Made) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(made.chunks()))) as pack:
        assert pack.testzip() is None
        return {name: pack.read(name) for name in pack.namelist()}


def sections(made: Made) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(files(made)["evidence.json"])["sections"]
    return found


def test_a_pack_holds_a_row_of_every_kind_there_is_about_a_person(person: Person) -> None:
    found = sections(pack_of("(214) 555-0123"))
    counts = {key: len(rows) for key, rows in found.items()}
    assert counts == {
        "leads": 2, "consents": 1, "posts": 2, "decisions": 2, "reviews": 1, "lead_events": 2, "certificates": 1,
        "certificate_answers": 1, "scrub_answers": 1, "business_relationships": 1, "became_listed": 0,
        "zone_confirmations": 1, "contact_decisions": 4, "contact_attempts": 3, "communications": 2,
        "deliveries": 0, "bridged_calls": 0, "texts_received": 0,
        "revocations": 1, "requests_to_stop": 2, "erasures": 0, "legal_holds": 1, "list_versions": 2,
    }  # fmt: skip
    assert found["consents"][0]["values"]["text"] == CONSENT
    assert found["revocations"][0]["values"]["words"] == "Stop calling me, “please”"
    assert {row["values"]["scope"] for row in found["requests_to_stop"]} == {"all"}
    assert found["contact_decisions"][1]["values"]["allowed"] is False


def test_nothing_of_anybody_else_is_in_it(person: Person) -> None:
    lead = somebody_else(NOW)
    for name, content in files(pack_of()).items():
        for word in (b"Secretperson", OTHER.encode(), b"5550188", lead.submission_id.hex.encode()):
            assert word not in content, name


def test_posts_are_in_it_byte_for_byte(person: Person) -> None:
    pack = files(pack_of())
    posts = {name: content for name, content in pack.items() if name.startswith("posts/")}
    assert list(posts.values()) == [BODY, BODY]
    rows = json.loads(pack["evidence.json"])["sections"]["posts"]
    assert {row["more"]["file"] for row in rows} == set(posts)
    assert rows[0]["more"]["query"] == "campaign=autumn&sub=7"
    assert "body" not in rows[0]["values"]


def test_a_body_that_no_longer_opens_is_said_and_does_not_stop_the_pack(person: Person) -> None:
    Submission.objects.filter(pk=person.lead.submission_id).update(body=SEALED)
    pack = files(pack_of())
    evidence = json.loads(pack["evidence.json"])
    assert "unreadable" in evidence["sections"]["posts"][0]["more"]
    assert any("cannot be opened" in gap for gap in evidence["gaps"])


def test_every_alphabet_and_markup_of_others_survive_the_report(person: Person) -> None:
    report = files(pack_of())["report.pdf"]
    assert report.startswith(b"%PDF-")
    assert report.rstrip().endswith(b"%%EOF")


def test_a_note_longer_than_pages_is_printed(person: Person) -> None:
    row = Communication.objects.filter(lead=person.lead)[0]
    row.body = "He said much. " * 3000 + "\n" * 300 + "W" * 5000
    row.save()
    assert files(pack_of())["report.pdf"].startswith(b"%PDF-")


def test_the_second_number_of_a_lead_finds_it_too(person: Person) -> None:
    found = sections(pack_of(SECOND))
    assert [row["id"] for row in found["leads"]] == [str(person.lead.pk)]


def test_a_number_edited_since_is_found_by_what_was_done_under_it(person: Person) -> None:
    person.lead.phone = "+12145550199"
    person.lead.save()
    assert str(person.lead.pk) in {row["id"] for row in sections(pack_of())["leads"]}


def test_whoever_was_never_a_lead_has_a_pack_of_the_request_to_stop() -> None:
    revoke(
        phone=OTHER, email="", channel=RevocationChannel.LETTER, words="Never call", received_at=NOW,
        by=UserFactory.create(), lead=None, origin=RevocationOrigin.ADMIN, external_id="", now=NOW,
    )  # fmt: skip
    pack = pack_of(OTHER)
    assert pack.record.leads == []
    assert len(sections(pack)["revocations"]) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone": "12"}, "phone"), ({"phone": ""}, "phone"), ({"phone": "(214) 555-0155"}, "phone"),
        ({"reason": "  "}, "reason"), ({"reason": "x" * 201}, "reason"), ({"by_name": " "}, "by"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_no_record(
    person: Person, given: dict[str, str], field: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        pack_of(**given)
    assert list(refusal.value.message_dict) == [field]
    assert not EvidencePack.objects.exists()


def test_a_pack_is_recorded_with_its_sum_and_the_record_is_evidence_itself(person: Person) -> None:
    user = UserFactory.create()
    made = pack_of(by=user)
    content = b"".join(made.chunks())
    record = EvidencePack.objects.get()
    assert (record.made_by, record.made_by_name, record.reason) == (
        user,
        "Jo Example",
        "Demand letter of Nov 19",
    )
    assert record.size == len(content)
    assert record.leads == list(Lead.objects.order_by("pk").values_list("pk", flat=True))
    assert PHONE[2:] not in f"{record.name} {record}"
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        EvidencePack.objects.update(reason="Another")
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        record.delete()
    seal()
    assert EvidenceLeaf.objects.filter(kind="evidence pack", row_id=str(record.pk)).exists()


def test_rows_of_the_last_moment_are_sealed_before_the_pack(person: Person) -> None:
    chain = json.loads(files(pack_of())["chain.json"])
    assert chain["unsealed"] == []
    assert len(chain["rows"]) > 20
    assert chain["head"]["hash"] == EvidencePack.objects.get().head


def test_a_suppression_that_was_released_is_two_facts(person: Person) -> None:
    kinds = [each["kind"] for each in json.loads(files(pack_of())["chain.json"])["rows"]]
    assert kinds.count("suppression") == 2
    assert "suppression release" not in kinds


def test_the_rules_in_force_stand_at_each_contact(person: Person) -> None:
    with altering(CallingRule):
        CallingRule.objects.update(made_at=NOW - timedelta(days=365))
    pack = files(pack_of())
    rules = json.loads(pack["rules.json"])
    at = {each["at"]: {rule["state"] for rule in each["rules"]} for each in rules["in_force"]}
    decisions = json.loads(pack["evidence.json"])["sections"]["contact_decisions"]
    assert {at[row["values"]["at"]] == {"US", "TX"} for row in decisions} == {True}
    windows = decisions[0]["more"]["windows"]
    assert {(each["state"], each["zone"]) for each in windows} == {
        ("US", "America/Chicago"),
        ("TX", "America/Chicago"),
    }


def test_the_lists_that_were_held_stand_with_what_they_said(person: Person) -> None:
    evidence = json.loads(files(pack_of())["evidence.json"])
    spans = evidence["do_not_call_lists"]
    assert [(span["number"], span["state"]) for span in spans] == [(1, "clear"), (2, "listed")]
    assert spans[0]["until"] == spans[1]["since"]
    assert spans[1]["until"] is None


def test_what_speaks_against_the_agency_is_said(person: Person) -> None:
    found = gaps(collect(PHONE, now=NOW))
    said = "\n".join(found)
    assert "1 attempt after the request to stop of 2026-11-06 17:00 UTC" in said
    assert "took place although it was refused. Explanation recorded: Was already on the line" in said
    assert "no consent is on record" in said
    assert "no certificate came with the post" in said


def test_a_request_about_texts_is_not_held_against_a_call() -> None:
    person = rich_person(NOW, RevocationScope.TEXTS)
    assert not any("after the request to stop" in said for said in gaps(collect(PHONE, now=NOW)))
    assert person.lead.pk


def test_a_request_entered_too_late_is_said() -> None:
    revoke(
        phone=PHONE, email="", channel=RevocationChannel.LETTER, words="No", by=None, lead=None,
        received_at=NOW - timedelta(days=30), origin=RevocationOrigin.ADMIN, external_id="", now=NOW,
    )  # fmt: skip
    assert any("after the deadline of" in said for said in gaps(collect(PHONE, now=NOW)))


def test_the_timeline_is_in_order_and_whole(person: Person) -> None:
    pack = files(pack_of())
    rows = list(csv.reader(io.StringIO(pack["timeline.csv"].decode("utf-8-sig"))))
    moments = [row[0] for row in rows[1:]]
    assert moments == sorted(moments)
    assert len(moments) == len(timeline(collect(PHONE, now=NOW)))
    titles = [row[2] for row in rows]
    assert "Dial, +12145550123: refused" in titles
    assert "Request to stop: everything, on the phone" in titles
    assert "Held post: approved" in titles


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    text = b"".join(table(("a", "b"), [("=cmd|calc", "+1"), ("@x", "-1"), ("said =x", "“é\n”")]))
    assert text.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert rows == [["a", "b"], ["'=cmd|calc", "'+1"], ["'@x", "'-1"], ["said =x", "“é\n”"]]


def test_the_log_says_nothing_of_the_person(person: Person, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG, logger="compliance"),
        caplog.at_level(logging.DEBUG, logger="django.request"),
    ):
        pack_of()
    assert "5550123" not in caplog.text


def test_much_is_read_with_as_many_queries_as_little(
    person: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        ContactDecisionFactory.create(lead=person.lead, phone=PHONE)
        LeadFactory.create(phone=PHONE)
    with django_assert_max_num_queries(56):
        collect(PHONE, now=NOW)


def test_the_report_shows_the_most_telling_where_there_is_much() -> None:
    rows = list(range(100))
    shown, left_out = choosing.most_telling(rows, 10, lambda row: row in (3, 50))
    assert shown == [3, 50, *range(92, 100)]
    assert left_out.startswith("There are 100. 10 of them are shown")
    assert choosing.most_telling(rows, 100) == (rows, "")


def test_what_is_missing_of_many_leads_is_one_sentence() -> None:
    said = [f"A-{number}: no consent is on record." for number in range(1, 13)]
    told = choosing.together(["One thing: another.", *said, "A-5: a seller is missing."])
    assert told == [
        "One thing: another.",
        "A-1, A-2, A-3, A-4, A-5, A-6, A-7, A-8 and 4 more: no consent is on record.",
        "A-5: a seller is missing.",
    ]


def test_versions_that_said_the_same_are_one_line_of_the_report(person: Person) -> None:
    spans = spans_of(PHONE, states=["TX"], since=NOW - timedelta(days=100))
    said = [words for _, words in choosing.joined([*spans, *spans[1:]])]
    assert said[0].startswith("1, dated ")
    assert len(said) == 2


def test_answers_about_the_number_are_in_it_whatever_lead_they_came_with(person: Person) -> None:
    other = ScrubAnswerFactory.create(phone=PHONE)
    assert str(other.pk) in {row["id"] for row in sections(pack_of())["scrub_answers"]}
    assert (
        str(other.submission_id) in {row["id"] for row in sections(pack_of())["posts"]}
        or not other.submission_id
    )
