"""Laws of outcomes: in order, weighed, told as a story, read from a table."""

import numpy as np
import pytest

from core.data.tables import TableError, read_table
from core.decisions.outcomes import MOST, ROW, Outcomes, columns_of, outcome_sets, outcomes_from
from core.losses.domain import DomainError

every_set = pytest.mark.parametrize("told", outcome_sets().values(), ids=lambda one: one.key)


def test_outcomes_are_sorted_and_their_shares_add_up_to_1():
    found = Outcomes.of([3.0, 1.0, 2.0], [1.0, 2.0, 5.0])
    np.testing.assert_array_equal(found.values, [1.0, 2.0, 3.0])
    np.testing.assert_allclose(found.shares, [0.25, 0.625, 0.125], rtol=1e-15)
    assert (found.low, found.high) == (1.0, 3.0)
    assert found.mean == pytest.approx(1.875, rel=1e-15)


def test_without_weights_all_are_as_likely():
    np.testing.assert_array_equal(Outcomes.of([4.0, 2.0]).shares, [0.5, 0.5])


def test_what_weighs_nothing_is_left_out():
    np.testing.assert_array_equal(Outcomes.of([9.0, 1.0], [0.0, 2.0]).values, [1.0])


def test_enormous_weights_do_not_overflow():
    np.testing.assert_array_equal(Outcomes.of([1.0, 2.0], [1e308, 1e308]).shares, [0.5, 0.5])


@pytest.mark.parametrize("value", [1 / 3, -1e9, 1e-300, 1e50])
def test_the_mean_of_equal_numbers_is_that_number(value):
    assert Outcomes.of([value] * 7).mean == value


def test_the_mean_keeps_its_digits_far_from_0():
    assert Outcomes.of([1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75]).mean == 1e9 + 0.5


@pytest.mark.parametrize(
    ("values", "weights", "told"),
    [
        ([], None, "expected a row of one number or more"),
        ([[1.0]], None, "expected a row"),
        ([1.0, np.nan], None, r"values\[1\]"),
        ([1.0, np.inf], None, r"values\[1\]"),
        ([1.0, 2.0], [1.0], "expected as many"),
        ([1.0, 2.0], [1.0, -1.0], r"weights\[1\] is -1"),
        ([1.0, 2.0], [0.0, 0.0], "expected one above 0"),
    ],
)
def test_what_are_no_outcomes_is_refused_in_one_sentence(values, weights, told):
    with pytest.raises(DomainError, match=told):
        Outcomes.of(values, weights)


def test_nobody_can_change_outcomes_that_all_share():
    found = Outcomes.of([1.0, 2.0])
    for array in (found.values, found.shares):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5.0


@pytest.mark.parametrize(
    "values", [(-1.0, -2.0, 3.0), (0.1, 0.2, -0.3), (-0.7, 0.1, 0.6), (1e9, -3e8, -7e8), (0.0, 0.0)]
)
def test_a_mean_that_cancels_is_0_and_not_a_rounding(values):
    assert Outcomes.of(values).mean == 0.0
    assert Outcomes.of([*values, 1e-6 * max(map(abs, values)) or 1.0]).mean > 0


@pytest.mark.parametrize("far", [1e3, 1e9, 1e40])
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e5])
def test_the_spread_is_that_of_most_outcomes_wherever_they_lie(far, size):
    steps = size * np.array([0.0, 1.0, 2.0, 3.5, 5.0])
    told = Outcomes.of(steps).spread
    assert size <= told <= 3.5 * size
    assert Outcomes.of([*steps, far * size]).spread <= 3.5 * size
    if far == 1e3:
        assert Outcomes.of(steps + far * size).spread == pytest.approx(told, rel=1e-9)


def test_equal_outcomes_have_no_spread():
    assert Outcomes.of([7.5] * 4).spread == 0.0
    assert Outcomes.of([7.5]).spread == 0.0
    assert Outcomes.of([2.0] * 9 + [5.0]).spread == 3.0


# Stories -----------------------------------------------------------------------------------------


@every_set
def test_a_set_has_a_story_and_a_number_to_drag(told):
    assert told.title
    assert told.label
    assert told.story.endswith(".")
    assert 0 <= told.drag < len(told.values) <= MOST
    assert (np.diff(told.values) >= 0).all()
    assert not told.values.flags.writeable


def test_stories_hold():
    sets = {key: Outcomes.of(told.values) for key, told in outcome_sets().items()}
    middle = {key: float(np.median(one.values)) for key, one in sets.items()}
    bakery, even, camps, slip, shoes, incomes = sets.values()
    assert next(iter(sets)) == "bakery"
    assert bakery.mean > middle["bakery"]
    assert bakery.values[-1] == bakery.high
    np.testing.assert_allclose(even.values + even.values[::-1], 20.0, rtol=1e-14)
    assert even.mean == pytest.approx(middle["even"], rel=1e-14)
    assert len(camps.values) % 2 == 0
    assert np.diff(camps.values).max() > 6
    assert np.diff(camps.values).argmax() == 5
    assert np.sort(slip.values)[-2] < 6 < slip.high
    assert (shoes.values == np.round(shoes.values)).all()
    counts = np.unique(shoes.values, return_counts=True)[1]
    assert (counts == counts.max()).sum() == 1
    assert incomes.mean > 1.5 * middle["incomes"]


# A reader's own ----------------------------------------------------------------------------------


def test_a_column_of_a_table_becomes_outcomes():
    table = read_table("name,minutes\na,12\nb,\nc,7.5\n")
    assert columns_of(table) == ("minutes",)
    values, notes = outcomes_from(table, "minutes")
    np.testing.assert_array_equal(values, [12.0, 7.5])
    assert notes[-1] == "1 row without a number was left out."


def test_two_rows_left_out_are_told_as_two():
    _, notes = outcomes_from(read_table("name,minutes\na,12\nb,\nc,\nd,1\n"), "minutes")
    assert notes[-1] == "2 without a number were left out."


def test_nothing_left_out_is_not_told():
    assert outcomes_from(read_table("x\n1\n2\n3\n"), "x")[1] == ()


@pytest.mark.parametrize("text", ["3, 4, 5.5", "3 4 5.5", "3;4;5.5", "3\t4\t5.5"])
def test_numbers_in_one_row_are_outcomes_too(text):
    table = read_table(text)
    assert columns_of(table)[0] == ROW
    np.testing.assert_array_equal(outcomes_from(table, ROW)[0], [3.0, 4.0, 5.5])
    assert outcomes_from(table, columns_of(table)[1])[0].tolist() == [3.0]


def test_nothing_in_a_row_is_left_out_silently():
    with pytest.raises(TableError, match="infinite"):
        outcomes_from(read_table("1, 2, inf"), ROW)


def test_a_single_number_is_a_column():
    assert columns_of(read_table("12")) == ("Column 1",)


def test_as_many_as_fit_are_taken_and_one_more_is_refused():
    def table(count):
        return read_table("x\n" + "\n".join(str(i % 7) for i in range(count)))

    assert len(outcomes_from(table(MOST), "x")[0]) == MOST
    with pytest.raises(TableError, match=f"{MOST + 1} numbers are too many to drag"):
        outcomes_from(table(MOST + 1), "x")


def test_a_table_without_numbers_or_a_column_that_is_none_is_refused():
    table = read_table("name,n\na,1\nb,2\n")
    with pytest.raises(TableError, match="no column called 'other'"):
        outcomes_from(table, "other")
    with pytest.raises(TableError, match="expected a number"):
        outcomes_from(table, "name")
    with pytest.raises(TableError, match="no column of numbers"):
        columns_of(read_table("a,b\nx,y\nz,w\n"))
