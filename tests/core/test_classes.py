"""Laws of labels as people write them."""

import numpy as np
import pytest

from core.data.classes import ClassError, ClassTrouble, classes_of


@pytest.mark.parametrize(
    ("column", "label", "names"),
    [
        ([1, 0, 1.0, "0"], [1, 0, 1, 0], ("0", "1")),
        ([1, -1, -1], [1, 0, 0], ("-1", "1")),
        (["no", "yes", " no "], [0, 1, 0], ("no", "yes")),
        (["10", "9", "2.5"], [2, 1, 0], ("2.5", "9", "10")),
        (["b", "1", "a"], [0, 1, 2], ("b", "1", "a")),
        (["yes", "Yes", "NO", "yes", "no", "no"], [0, 0, 1, 0, 1, 1], ("yes", "no")),
        ([True, False], [0, 1], ("True", "False")),
    ],
)
def test_numbers_go_by_size_and_names_as_they_come(column, label, names):
    found = classes_of(column)
    np.testing.assert_array_equal(found.label, label)
    assert found.names == names


@pytest.mark.parametrize(
    ("column", "limits", "trouble", "detail"),
    [
        ([], {}, ClassTrouble.EMPTY, "no labels"),
        (["a", None, "b"], {}, ClassTrouble.MISSING, "number 2"),
        (["a", "b", " "], {}, ClassTrouble.MISSING, "number 3"),
        ([1.0, 0.0, float("nan")], {}, ClassTrouble.MISSING, "number 3"),
        ([3, 3, 3], {}, ClassTrouble.ONE_CLASS, "All are 3"),
        (range(11), {}, ClassTrouble.TOO_MANY, "11, expected at most 10"),
        ([0, 1, 2], {"most": 2}, ClassTrouble.NOT_TWO, "3, expected at most 2"),
        ([0, 1, 1], {"least": 2}, ClassTrouble.LONELY, "It is 0"),
    ],
)
def test_each_trouble_has_a_name_and_a_sentence(column, limits, trouble, detail):
    with pytest.raises(ClassError, match=detail) as error:
        classes_of(list(column), **limits)
    assert error.value.trouble is trouble
    assert str(error.value).startswith(trouble.value)


def test_ten_classes_and_single_points_are_fine_unless_forbidden():
    assert len(classes_of(list(range(10))).names) == 10
    assert classes_of([0, 0, 1, 1], least=2).names == ("0", "1")
