"""Where the columns of a chart stand."""

from itertools import pairwise

import pytest
from django.template.loader import render_to_string

from leadcrm.lib.charts import Cell, Chart, Group, Table, Value, columns, scale


def chart(groups: list[Group], *, most: float | None = None) -> Chart:
    return columns(
        key="test", title="Leads", summary="As many as in the table.", series=["Received", "Spoken with"],
        groups=groups, table=Table(["Week", "Leads"], [("Oct 5", [Cell("4", "/leads/?a=1&b=2")])]),
        tick=lambda value: f"{value:.0f}", most=most, whole=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("highest", "whole", "end", "step"),
    [
        (0, False, 1, 1), (1, True, 1, 1), (3, True, 3, 1), (7, True, 8, 2), (32, True, 40, 10),
        (1.0, False, 1.0, 0.25), (0.3, False, 0.3, 0.1), (95, True, 100, 25), (400, True, 400, 100),
    ],
)  # fmt: skip
def test_an_axis_ends_on_a_round_step_above_the_highest(
    highest: float, whole: bool, end: float, step: float
) -> None:
    assert list(scale(highest, whole=whole)) == pytest.approx([end, step])


def test_columns_stand_side_by_side_within_the_picture_and_as_high_as_their_values() -> None:
    drawn = chart([Group("Oct 5", [Value(4), Value(2)]), Group("Oct 12", [Value(1), Value(None)])])
    assert [bar.series for bar in drawn.bars] == [1, 2, 1]
    assert drawn.bars[0].height == pytest.approx(2 * drawn.bars[1].height, abs=0.2)
    assert all(left.x + left.width < right.x for left, right in pairwise(drawn.bars))
    assert all(drawn.left <= bar.x and bar.x + bar.width <= drawn.right for bar in drawn.bars)
    assert all(bar.y + bar.height == drawn.base for bar in drawn.bars)


def test_nothing_has_no_column_and_the_chart_says_that_it_is_empty() -> None:
    drawn = chart([Group("Oct 5", [Value(0)]), Group("Oct 12", [Value(None)])])
    assert drawn.bars == []
    assert drawn.is_empty


def test_every_other_place_is_labelled_and_the_last_always() -> None:
    drawn = chart([Group(str(n), [Value(n)]) for n in range(9)])
    assert [label.text for label in drawn.labels] == ["0", "2", "4", "6", "8"]


def test_a_whisker_that_reaches_beyond_the_scale_is_cut_there() -> None:
    drawn = chart([Group("a", [Value(4, "", 4, 90)]), Group("b", [Value(4, "", 3, 5)])], most=8)
    cut, whole = drawn.bars
    assert (cut.whisker_cut, whole.whisker_cut) == (True, False)
    assert cut.whisker_top == min(tick.y for tick in drawn.ticks)
    assert whole.whisker_bottom is not None
    assert whole.whisker_top is not None
    assert whole.whisker_top < whole.y < whole.whisker_bottom


def test_a_chart_is_drawn_with_its_words_and_its_table_and_nothing_inline() -> None:
    page = render_to_string(
        "components/chart.html", {"chart": chart([Group("Oct 5", [Value(4, "4 <leads>")])])}
    )
    assert 'role="img" aria-labelledby="chart_test" aria-describedby="chart_test_says"' in page
    assert "As many as in the table." in page
    assert "<title>4 &lt;leads&gt;</title>" in page
    assert '<a href="/leads/?a=1&amp;b=2">4</a>' in page
    assert "style=" not in page
