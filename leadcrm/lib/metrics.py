"""What each process counts for Prometheus: decisions, and how long callers waited. Nothing while METRICS is off.

Several processes of one machine (gunicorn's, Celery's) count in files of one folder, METRICS_DIR, and whoever is asked
adds them up. Labels are names of ours, never what a caller sent, so that there is an end to them.
"""

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

# Above them what a person waits for; below, most of what a vendor does.
BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
# Names of addresses that are told apart; others by the beginning of their path.
_POSTED: Final = {"lead-intake": "post", "ping": "ping"}
_NOT_TIMED: Final = frozenset({"healthz", "readyz", "metrics"})
# What a process that has ended counted, added up: the file that prometheus_client would write for “process 0”.
_PAST: Final = "0"


@dataclass(frozen=True, slots=True)
class Meters:
    """The counters of this process."""

    registry: Any
    decisions: Any
    answers: Any


@cache
def _meters() -> Meters:
    # Imported where it is used: the package looks at its folder when it is loaded, which settings have named by then.
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    return Meters(
        registry,
        Counter(
            "leadcrm_decisions", "Decisions on posts and pings that were no tests.", ["kind", "outcome", "reason"],
            registry=registry,
        ),
        Histogram(
            "leadcrm_answer_seconds", "From a request's arrival in the process to its answer.", ["kind", "status"],
            buckets=BUCKETS, registry=registry,
        ),
    )  # fmt: skip


def count_decision(*, kind: str, outcome: str, reason: str = "") -> None:
    """Count one decision that was committed. `kind`: post or ping; `reason`: a code of the contract, or empty."""
    if settings.METRICS != "off":
        _meters().decisions.labels(kind, outcome, reason).inc()


def time_answer(request: HttpRequest, *, status: int, seconds: float) -> None:
    """Note how long the answer to `request` took; asking whether the process lives is not timed."""
    if settings.METRICS == "off":
        return
    kind = _kind_of(request)
    if kind:
        _meters().answers.labels(kind, f"{status // 100}xx").observe(seconds)


def _kind_of(request: HttpRequest) -> str:
    """post, ping, api, admin, page, other; empty for what is not timed."""
    match = request.resolver_match
    if match is None:
        return "other"
    if match.url_name in _NOT_TIMED:
        return ""
    if match.url_name in _POSTED and request.method == "POST":
        return _POSTED[match.url_name]
    if request.path.startswith("/api/"):
        return "api"
    return "admin" if match.app_name == "admin" else "page"


def written(collectors: Iterable[Any]) -> bytes:
    """All that the processes of this machine counted, and what `collectors` have, in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    if not settings.METRICS_DIR:
        return generate_latest(registry) + generate_latest(_meters().registry)
    with _folder_to_oneself():
        MultiProcessCollector(registry, path=settings.METRICS_DIR)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def add_up_the_past() -> None:
    """Add the files of processes that have ended to one, so that neither sums nor the number of files grow odd."""
    if settings.METRICS == "off" or not settings.METRICS_DIR:
        return
    with _folder_to_oneself():
        for file in Path(settings.METRICS_DIR).glob("*.db"):
            kind, _, number = file.stem.rpartition("_")
            if number.isdecimal() and number != _PAST and not Path(f"/proc/{number}").exists():
                _add(file, file.with_name(f"{kind}_{_PAST}.db"))
                file.unlink()


def _add(ended: Path, past: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict

    sums: Any = MmapedDict(str(past))  # type: ignore[no-untyped-call]
    for key, value, moment, _ in MmapedDict.read_all_values_from_file(str(ended)):  # type: ignore[no-untyped-call]
        sums.write_value(key, sums.read_value(key)[0] + value, moment)
    sums.close()


@contextmanager
def _folder_to_oneself() -> Iterator[None]:
    """Nobody reads the folder while files are added up, which would count them twice."""
    folder = Path(settings.METRICS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
