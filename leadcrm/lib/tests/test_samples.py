"""Shares of small samples."""

import pytest

from leadcrm.lib.samples import Share, percent


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Published values of Wilson's interval at 95 %.
    [
        (0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)  # fmt: skip
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    share = Share(part, whole)
    assert share.low == pytest.approx(low, abs=0.0001)
    assert share.high == pytest.approx(high, abs=0.0001)


def test_of_few_a_share_says_so_instead_of_a_figure() -> None:
    assert (Share(3, 9).text, Share(3, 9).between, Share(3, 9).few) == ("too few to say", "", True)
    assert (Share(3, 10).text, Share(3, 10).between) == ("30 %", "11 to 60 %")


def test_of_nothing_there_is_no_share() -> None:
    assert (Share(0, 0).value, Share(0, 0).text, Share(0, 0).low, Share(0, 0).high) == (None, "\u2013", 0, 1)


def test_a_share_is_told_in_whole_percent() -> None:
    assert [percent(share) for share in (0, 0.004, 0.404, 1)] == ["0 %", "0 %", "40 %", "100 %"]
