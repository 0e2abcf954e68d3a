"""Laws of what an argument may be: what is allowed, what is refused, and in which words."""

import math

import numpy as np
import pytest

from core.losses.domain import (
    ANY,
    CLASSES,
    FINITE,
    LABEL,
    NONNEGATIVE,
    POSITIVE,
    PROBABILITY,
    SIMPLEX,
    Domain,
    DomainError,
    Interval,
    OneOf,
    together,
)

INF, NAN = math.inf, math.nan
ABOVE_ONE, BELOW_ONE = math.nextafter(1.0, 2.0), math.nextafter(1.0, 0.0)
TINIEST = 5e-324
HALF_OPEN = Interval(low=1.0, high=2.0, open_low=True, open_high=True)


def refusal(domain: Domain, values: object) -> str:
    with pytest.raises(DomainError) as refused:
        domain.checked("Owner", "thing", values)
    return str(refused.value)


@pytest.mark.parametrize(
    ("domain", "allowed", "refused"),
    [
        (ANY, [-INF, -1e308, 0.0, INF], [NAN]),
        (FINITE, [-1e308, 0.0, 1e308], [NAN, INF, -INF]),
        (POSITIVE, [TINIEST, 1e308], [0.0, -TINIEST, INF, NAN]),
        (NONNEGATIVE, [0.0, TINIEST, 1e308], [-TINIEST, INF, NAN]),
        (PROBABILITY, [0.0, TINIEST, 1.0], [-TINIEST, ABOVE_ONE, NAN]),
        (HALF_OPEN, [ABOVE_ONE, 1.5], [1.0, 2.0, NAN]),
        (Interval(low=1.0, infinite=True), [1.0, INF], [BELOW_ONE, -INF, NAN]),
        (OneOf((1.0, 3.0)), [1.0, 3.0], [2.0, 0.0, -1.0, INF, NAN]),
        (LABEL, [-1.0, 0.0, 1.0], [0.5, 2.0, NAN]),
        (CLASSES, [0.0, 1.0, 1e15], [-1.0, 0.5, 1.0 - 1e-12, INF, -INF, NAN]),
    ],
    ids=str,
)
def test_each_number_is_allowed_or_refused_by_itself(
    domain: Domain, allowed: list[float], refused: list[float]
) -> None:
    for number in allowed:
        assert domain.checked("Owner", "thing", number) == number
    for number in refused:
        assert refusal(domain, number).startswith("Owner: thing is ")


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (ANY, "a number"),
        (FINITE, "a number"),
        (POSITIVE, "a number above 0"),
        (NONNEGATIVE, "a number at least 0"),
        (PROBABILITY, "a number at least 0 and at most 1"),
        (HALF_OPEN, "a number above 1 and below 2"),
        (Interval(high=2.5), "a number at most 2.5"),
        (OneOf((1.0, 3.0)), "1 or 3"),
        (LABEL, "-1 or 1; or 0 or 1"),
        (SIMPLEX, "probabilities that sum to 1"),
        (CLASSES, "a whole number from 0 to the number of classes - 1"),
    ],
    ids=str,
)
def test_what_is_allowed_is_said_in_words(domain: Domain, words: str) -> None:
    assert domain.words == words
    assert refusal(domain, NAN) == f"Owner: thing is nan, expected {words}."


@pytest.mark.parametrize("values", ["three", ["a", "b"], [[1.0], [2.0, 3.0]], {}, [{}]])
def test_what_is_not_numbers_is_refused_in_the_same_sentence(values: object) -> None:
    assert refusal(FINITE, values) == "Owner: thing is not numbers, expected a number."


def test_a_refusal_names_the_first_element_that_is_not_allowed() -> None:
    assert refusal(POSITIVE, [1.0, -2.5, 0.0]) == (
        "Owner: thing[1] is -2.5, expected a number above 0."
    )
    assert refusal(FINITE, [[1.0, 2.0], [3.0, INF], [NAN, 0.0]]) == (
        "Owner: thing[1, 1] is inf, expected a number."
    )


def test_a_refusal_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="expected a number"):
        FINITE.checked("Owner", "thing", NAN)


def test_what_is_allowed_comes_back_as_float64_with_every_digit() -> None:
    for values in ([1, 2], (0.1, 1.0 / 3.0), np.float32([0.5]), True, 1e-300, []):
        array = FINITE.checked("Owner", "thing", values)
        assert array.dtype == np.float64
        np.testing.assert_array_equal(array, np.array(values, dtype=np.float64))


def test_labels_come_all_from_one_list_and_the_rarer_ones_are_refused() -> None:
    for labels in ([-1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0]):
        np.testing.assert_array_equal(LABEL.checked("Owner", "thing", labels), labels)
    assert refusal(LABEL, [0.0, 0.0, 1.0, -1.0]).startswith("Owner: thing[3] is -1,")
    assert refusal(LABEL, [-1.0, 0.0, -1.0]).startswith("Owner: thing[1] is 0,")
    assert refusal(LABEL, [-1.0, 0.0]).startswith("Owner: thing[1] is 0,")


# Rows of probabilities


@pytest.mark.parametrize(
    "row",
    [
        [1.0],
        [0.0, 1.0],
        [0.25, 0.75],
        [0.5, 0.5 + 0.9e-8],
        [0.5, 0.5 - 0.9e-8],
        [1.0 + 0.9e-8, 0.0],
        [TINIEST, 1.0],
        [0.1] * 10,
    ],
)
def test_a_row_is_probabilities_up_to_a_rounding_of_its_sum(row: list[float]) -> None:
    np.testing.assert_array_equal(SIMPLEX.checked("Owner", "thing", row), row)
    np.testing.assert_array_equal(SIMPLEX.checked("Owner", "thing", [[row], [row]]), [[row], [row]])


@pytest.mark.parametrize("below", [-1e-16, -0.9e-8, -TINIEST, -0.0])
def test_what_is_left_of_1_may_be_a_rounding_below_0_and_counts_as_0(below: float) -> None:
    given = np.array([[0.25, 0.75, 0.0], [1.0 - below, below, 0.0]])
    before = given.copy()
    found = SIMPLEX.checked("Owner", "thing", given)
    np.testing.assert_array_equal(found, np.maximum(given, 0.0))
    assert not np.signbit(found).any()
    np.testing.assert_array_equal(given, before)
    left = 1.0 - 0.3 - 0.6 - 0.1
    assert left < 0.0
    assert SIMPLEX.checked("Owner", "thing", [0.3, 0.6, 0.1, left])[3] == 0.0


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([0.5, 0.6], "thing is a row that sums to 1.1"),
        ([0.5, 0.4], "thing is a row that sums to 0.9"),
        ([0.5, 0.5 + 1.1e-8], "thing is a row that sums to 1.000000011"),
        ([0.5, 0.5 - 1.1e-8], "thing is a row that sums to 0.999999989"),
        ([1.0 + 0.5e-8, 0.5], "thing is a row that sums to 1.500000005"),
        ([-0.5, 1.5], "thing is a row whose element 0 is -0.5"),
        ([0.0, 1.5, -0.5], "thing is a row whose element 1 is 1.5"),
        ([1.0, -1.1e-8, 1.1e-8], "thing is a row whose element 1 is -1.1e-08"),
        ([1.0 + 1.1e-8, -1.1e-8], "thing is a row whose element 0 is 1"),
        ([0.5, NAN, 0.5], "thing is a row whose element 1 is nan"),
        ([INF, -INF, 1.0], "thing is a row whose element 0 is inf"),
        ([1e308, 1e308], "thing is a row whose element 0 is 1e+308"),
        ([[0.5, 0.5], [0.5, 0.6]], "thing[1] is a row that sums to 1.1"),
        ([[[0.2, 0.8]], [[0.2, -0.8]]], "thing[1, 0] is a row whose element 1 is -0.8"),
        ([], "thing is a row that sums to 0"),
        (1.0, "thing is 1"),
    ],
)
def test_a_row_is_refused_for_its_number_or_else_for_its_sum(values: object, sentence: str) -> None:
    assert refusal(SIMPLEX, values) == f"Owner: {sentence}, expected probabilities that sum to 1."


# Shapes


def test_shapes_that_match_give_the_one_that_they_broadcast_to() -> None:
    assert together("Owner", one=(3, 1), other=(4,)) == (3, 4)
    assert together("Owner", one=(), other=(2, 5)) == (2, 5)
    assert together("Owner", one=(0, 2), other=(1,), third=(1, 1, 1)) == (1, 0, 2)


def test_shapes_that_do_not_match_are_refused_all_of_them_by_name() -> None:
    with pytest.raises(DomainError) as refused:
        together("Owner", one=(3,), other=(2, 4))
    assert str(refused.value) == (
        "Owner: one (3,), other (2, 4) do not match, expected shapes that do."
    )
