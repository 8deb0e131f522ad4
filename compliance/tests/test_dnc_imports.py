"""An import changes everything or nothing, and asks before it does what looks like a mistake."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone

from compliance.dnc import store
from compliance.dnc.answers import Listed
from compliance.dnc.imports import ImportRefusedError, NeedsConfirmationError, import_full
from compliance.dnc.lookup import listed
from compliance.models import DncBlock, DncFile, DncList, DncVersion
from compliance.models.dnc import VersionState
from compliance.tests.dnc_support import NOVEMBER, OCTOBER, changes, full, lines, named, noon, state
from leadcrm.models import User

FIRST, SECOND, OTHER_AREA = "2015550101", "2015550102", "9795550103"
HUNDRED = [f"20155501{n:02d}" for n in range(100)]


@pytest.mark.django_db
def test_what_came_and_from_whom_is_kept() -> None:
    user = User.objects.create_user("jo@example.com")
    version = full([FIRST, OTHER_AREA], san="10000001-12345", user=user).version

    assert (version.san, version.imported_by, version.imported_by_user) == ("10000001-12345", "Jo", user)
    assert (version.rows, version.numbers, version.area_codes) == (2, 2, [201, 979])
    assert (version.effective_on, version.finished_at) == (OCTOBER, noon(OCTOBER))
    file = DncFile.objects.get(version=version)
    assert file.sha256 == version.sha256 == hashlib.sha256(lines([FIRST, OTHER_AREA]).encode()).hexdigest()
    assert (file.name, file.size, file.rows, file.area_codes) == ("list.txt", 24, 2, [201, 979])


@pytest.mark.django_db
def test_a_full_list_replaces_the_one_before() -> None:
    full([FIRST, SECOND])
    version = full([SECOND, FIRST.replace("555", "556")], on=NOVEMBER).version

    assert state(FIRST) == Listed.CLEAR
    assert state(SECOND) == Listed.LISTED
    assert (version.added, version.removed) == (1, 1)
    assert list(DncVersion.objects.order_by("number").values_list("state", flat=True)) == [
        VersionState.SUPERSEDED,
        VersionState.READY,
    ]
    assert set(DncBlock.objects.values_list("id", flat=True)) == {
        version.pk * 1_000_000 + 201_555,
        version.pk * 1_000_000 + 201_556,
    }


@pytest.mark.django_db
def test_one_list_knows_nothing_of_another() -> None:
    full([FIRST])
    full([SECOND], code="litigator")
    assert [state(FIRST, code) for code in ("national", "litigator")] == [Listed.LISTED, Listed.CLEAR]
    assert [state(SECOND, code) for code in ("national", "litigator")] == [Listed.CLEAR, Listed.LISTED]


@pytest.mark.django_db
def test_an_unknown_list_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ImportRefusedError, match=r"no list 'natonal'.*national.*state_tx"):
        full([FIRST], code="natonal")


@pytest.mark.django_db
def test_the_same_file_again_is_recognised_and_changes_nothing() -> None:
    loaded = full([FIRST])
    again = full([FIRST])
    assert again.already_loaded
    assert again.version == loaded.version
    assert DncVersion.objects.count() == 1


@pytest.mark.django_db
def test_the_same_file_under_a_new_date_needs_confirmation() -> None:
    full([FIRST])
    with pytest.raises(NeedsConfirmationError, match="loaded as version 1 of 2026-10-01 by Jo"):
        full([FIRST], on=NOVEMBER)
    full([FIRST], on=NOVEMBER, confirm=True)
    (answer,) = listed(FIRST, ["national"])
    assert answer.effective_on == NOVEMBER


@pytest.mark.django_db
def test_a_change_list_is_not_applied_twice() -> None:
    full([FIRST])
    changes("201,5550102,A\n")
    assert changes("201,5550102,A\n").already_loaded
    with pytest.raises(NeedsConfirmationError, match="version 2 of 2026-11-01"):
        changes("201,5550102,A\n", on=NOVEMBER + timedelta(1))


@pytest.mark.django_db
def test_one_file_given_twice_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match=r"b.txt is the same file as a.txt"):
        import_full(
            files=[named("2015550101\n", "a.txt"), named("2015550101\n", "b.txt")],
            list_code="national", effective_on=OCTOBER, imported_by="Jo", now=noon(OCTOBER),
        )  # fmt: skip


@pytest.mark.django_db
def test_a_list_that_shrinks_by_more_than_a_tenth_needs_confirmation() -> None:
    full(HUNDRED)
    with pytest.raises(NeedsConfirmationError, match="from 100 to 89 numbers"):
        full(HUNDRED[:89], on=NOVEMBER)
    assert state(HUNDRED[99]) == Listed.LISTED
    full(HUNDRED[:89], on=NOVEMBER, confirm=True)
    assert state(HUNDRED[99]) == Listed.CLEAR


@pytest.mark.django_db
def test_a_list_that_shrinks_by_a_tenth_passes() -> None:
    full(HUNDRED)
    full(HUNDRED[:90], on=NOVEMBER)
    assert state(HUNDRED[99]) == Listed.CLEAR


@pytest.mark.django_db
def test_losing_an_area_code_needs_confirmation() -> None:
    full([*HUNDRED, OTHER_AREA])
    with pytest.raises(NeedsConfirmationError, match="in no file: 979"):
        full(HUNDRED, on=NOVEMBER)


@pytest.mark.django_db
def test_a_change_list_needs_a_full_list_below_it() -> None:
    with pytest.raises(ImportRefusedError, match="no version of national is loaded"):
        changes("201,5550102,A\n")


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, -1])
def test_a_change_list_must_be_younger_than_what_it_changes(days: int) -> None:
    full([FIRST])
    with pytest.raises(ImportRefusedError, match="order of their dates"):
        changes("201,5550102,A\n", on=OCTOBER + timedelta(days))
    assert state(SECOND) == Listed.CLEAR


@pytest.mark.django_db
def test_a_full_list_cannot_go_back_in_time_nor_come_from_the_future() -> None:
    full([FIRST])
    with pytest.raises(ImportRefusedError, match="older than the version in use"):
        full([SECOND], on=OCTOBER - timedelta(1))
    with pytest.raises(ImportRefusedError, match="in the future"):
        full([SECOND], on=timezone.localdate() + timedelta(1), now=None)


@pytest.mark.django_db
def test_changes_to_an_area_code_that_is_not_held_need_confirmation() -> None:
    full([FIRST])
    with pytest.raises(NeedsConfirmationError, match="not loaded: 979"):
        changes("979,5550103,A\n")
    changes("979,5550103,A\n", confirm=True)
    assert state(OTHER_AREA) == Listed.LISTED


@pytest.mark.django_db
def test_an_empty_change_list_needs_confirmation_and_then_refreshes_the_date() -> None:
    full([FIRST])
    with pytest.raises(NeedsConfirmationError, match="no change"):
        changes("")
    changes("", confirm=True)
    (answer,) = listed(FIRST, ["national"])
    assert (answer.state, answer.effective_on) == (Listed.LISTED, NOVEMBER)


@pytest.mark.django_db
def test_a_refused_file_leaves_a_failed_version_and_the_old_one_in_use() -> None:
    full([FIRST])
    with pytest.raises(ImportRefusedError):
        changes("201,5550102,A\nnonsense\n")
    failed = DncVersion.objects.get(state=VersionState.FAILED)
    assert failed.error.startswith("list.txt, line 2: ")
    assert failed.finished_at is not None
    assert state(FIRST) == Listed.LISTED


@pytest.mark.django_db
def test_an_error_while_writing_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    full([FIRST, OTHER_AREA])
    blocks = {block.pk: bytes(block.bits) for block in DncBlock.objects.all()}
    real = store.update_area

    def fails_at_the_second(generation: int, area: int, *bits: bytes) -> None:
        if area == 979:
            raise OSError("no space left")
        real(generation, area, *bits)

    monkeypatch.setattr(store, "update_area", fails_at_the_second)
    with pytest.raises(OSError, match="no space"):
        changes("201,5550102,A\n979,5550103,D\n")

    assert {block.pk: bytes(block.bits) for block in DncBlock.objects.all()} == blocks
    assert DncVersion.objects.get(state=VersionState.FAILED).error == "OSError"
    assert state(SECOND) == Listed.CLEAR


_KILLED_WHILE_WRITING = """
import os, signal, sys
import django
django.setup()
from datetime import date
from compliance.dnc import store
from compliance.dnc.imports import import_full
real = store.write_area
def dies_at_the_second(generation, area, bits):
    real(generation, area, bits)
    if area == 979:
        os.kill(os.getpid(), signal.SIGKILL)
store.write_area = dies_at_the_second
import_full(files=[sys.argv[1]], list_code="national", effective_on=date(2026, 11, 1), imported_by="Jo",
            confirm=True)
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_invisible_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    full([FIRST, OTHER_AREA])
    path = tmp_path / "list.txt"
    path.write_text(lines([SECOND, OTHER_AREA]))
    there = connection.settings_dict
    url = f"postgres://{there['USER']}:{there['PASSWORD']}@{there['HOST']}:{there['PORT']}/{there['NAME']}"
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_WHILE_WRITING, str(path)],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "leadcrm.settings"},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL

    assert [state(phone) for phone in (FIRST, SECOND)] == [Listed.LISTED, Listed.CLEAR]
    dead = DncVersion.objects.get(state=VersionState.LOADING)

    version = full([SECOND, OTHER_AREA], on=NOVEMBER).version

    assert [state(phone) for phone in (FIRST, SECOND)] == [Listed.CLEAR, Listed.LISTED]
    dead.refresh_from_db()
    assert (dead.state, dead.error) == (VersionState.FAILED, "interrupted")
    assert {key // 1_000_000 for key in DncBlock.objects.values_list("id", flat=True)} == {version.pk}


@pytest.mark.django_db(transaction=True)
def test_readers_see_the_list_before_or_after_never_between() -> None:
    """FIRST and SECOND change sides together with every version; a reader must never see them agree."""
    full([FIRST])
    done = threading.Event()
    seen: set[tuple[str, ...]] = set()
    wrong: list[object] = []

    def read() -> None:
        try:
            while not done.is_set():
                with connection.cursor() as cursor:
                    cursor.execute(_BOTH)
                    row = cursor.fetchone()
                seen.add(row)
                if row[0] == row[1]:
                    wrong.append(row)
        finally:
            connections.close_all()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    day = date(2026, 10, 2)
    for turn in range(12):
        out, in_ = (FIRST, SECOND) if turn % 2 == 0 else (SECOND, FIRST)
        if turn % 3:
            changes(f"201,{in_[3:]},A\n201,{out[3:]},D\n", on=day + timedelta(turn), confirm=True)
        else:
            full([in_], on=day + timedelta(turn), confirm=True)
    done.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert len(seen) > 1


_BOTH = """
SELECT get_bit(b.bits, 101), get_bit(b.bits, 102), v.id FROM compliance_dnclist l
JOIN compliance_dncversion v ON v.id = l.current_id
JOIN compliance_dncblock b ON b.id = v.generation * 1000000 + 201555"""


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_list_do_not_mix() -> None:
    full([FIRST])
    refused: list[str] = []

    def import_meanwhile(*_: object) -> None:
        def run() -> None:
            try:
                full([SECOND], on=NOVEMBER)
            except ImportRefusedError as error:
                refused.append(str(error))
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    full([SECOND], on=NOVEMBER, progress=import_meanwhile)
    assert set(refused) == {"another import of national is running"}
    assert state(SECOND) == Listed.LISTED


@pytest.mark.django_db
def test_a_state_list_is_asked_only_after_it_was_loaded_once() -> None:
    with pytest.raises(ImportRefusedError):
        full([], code="state_tx")
    assert not DncList.objects.get(code="state_tx").active
    full([FIRST], code="state_tx")
    assert DncList.objects.get(code="state_tx").active


@pytest.mark.django_db
def test_a_list_switched_off_by_hand_stays_off() -> None:
    full([FIRST], code="state_tx")
    DncList.objects.filter(code="state_tx").update(active=False)
    full([FIRST, SECOND], code="state_tx", on=NOVEMBER)
    assert not DncList.objects.get(code="state_tx").active


@pytest.mark.django_db
def test_progress_is_told_while_reading_and_writing() -> None:
    told: list[str] = []
    full(
        [FIRST, OTHER_AREA], progress=lambda stage, done, total, rows: told.append(f"{stage} {done}/{total}")
    )
    assert told[0] == "reading 24/24"
    assert told[-1] == "writing 2/2"
