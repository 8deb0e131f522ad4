"""Tests that run side by side keep to the sorted list, and a file's stay together."""

from types import SimpleNamespace

import pytest

from leadcrm.testing.side_by_side import FilesInOrder, units


def test_a_unit_is_a_run_of_tests_of_one_file_and_units_keep_the_order_of_the_list() -> None:
    rolling_back = ["a.py::test_1", "a.py::test_2[x::y]", "b.py::Class::test_3"]
    committing = ["a.py::test_4", "c.py::test_5"]
    found = units([*rolling_back, *committing])
    assert list(found) == [*rolling_back, *committing]
    assert list(found.values()) == ["0 a.py", "0 a.py", "1 b.py", "2 a.py", "3 c.py"]


class _Node:
    """A process, as far as the schedule sees it: it takes numbers of tests."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.given: list[int] = []

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.given += numbers

    def shutdown(self) -> None:
        self.shutting_down = True


def test_each_process_is_handed_files_from_the_front_of_the_list_until_all_are_done(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytestconfig.option, "tx", ["2*popen"])
    monkeypatch.setattr(pytestconfig.option, "loadscopereorder", True)
    # Four files of four tests that roll back; the first has two that commit, too, far behind.
    tests = [f"{file}.py::test_{n}" for file in "abcd" for n in range(4)] + ["a.py::test_4", "a.py::test_5"]
    schedule, nodes = FilesInOrder(pytestconfig), (_Node("gw0"), _Node("gw1"))
    for node in nodes:
        schedule.add_node(node)
        schedule.add_node_collection(node, tests)
    schedule.schedule()
    assert [nodes[0].given, nodes[1].given] == [[0, 1, 2, 3], [4, 5, 6, 7]]

    done = [0, 0]
    while any(len(node.given) > finished for node, finished in zip(nodes, done, strict=True)):
        for at, node in enumerate(nodes):
            if len(node.given) > done[at]:
                schedule.mark_test_complete(node, node.given[done[at]])
                done[at] += 1
    assert [node.given for node in nodes] == [sorted(node.given) for node in nodes]
    assert sorted(nodes[0].given + nodes[1].given) == list(range(len(tests)))
