"""Tests side by side in several processes (`pytest -n 2`), each with a database of its own, whole files at a time.

A transactional test leaves tables empty that others find as the migrations filled them, so pytest-django sorts the
tests: those that roll back, those that commit, those without a database. Each process keeps to that: the units it is
given are the runs of tests of one file in the sorted list, handed out from the front. A file's fixtures are thus made
once, and its tests run in the order in which they stand.
"""

from itertools import groupby

from xdist.scheduler import LoadScopeScheduling


class FilesInOrder(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out the tests of one file at a time, in the order of the sorted list."""

    _unit_of: dict[str, str]

    def schedule(self) -> None:
        """Cut the list into units when every process has told what it collected, then hand out the first ones."""
        if self.collection is None:
            self.config.option.loadscopereorder = False  # else units with many tests would come first
            self._unit_of = units(next(iter(self.registered_collections.values())))
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self._unit_of[nodeid]


def units(tests: list[str]) -> dict[str, str]:
    """The unit of each test: its file, and which run of tests of that file it is in."""
    found: dict[str, str] = {}
    for number, (file, run) in enumerate(groupby(tests, key=_file)):
        found |= dict.fromkeys(run, f"{number} {file}")
    return found


def _file(test: str) -> str:
    return test.split("::", 1)[0]
