"""What a reader changed about the points, and that nothing else changed."""

import numpy as np
import pytest

from pages.ui.edits import Edits

X, Y = np.arange(5.0), np.arange(5.0) ** 2


def points(edits):
    return list(zip(*(axis.tolist() for axis in edits.apply(X, Y)), strict=True))


BASE = points(Edits())


def test_no_edits_leave_the_very_same_arrays():
    x, y = Edits().apply(X, Y)
    assert x is X
    assert y is Y


def test_a_moved_point_is_moved_and_the_base_is_not():
    edits = Edits().move(5, 2, (9.0, -9.0))
    assert points(edits) == [*BASE[:2], (9.0, -9.0), *BASE[3:]]
    assert Y[2] == 4.0


def test_moving_a_point_twice_counts_once():
    assert Edits().move(5, 2, (1, 1)).move(5, 2, (2, 2)).count == 1


def test_an_added_point_comes_last_and_can_be_moved_and_removed():
    edits = Edits().add((7.0, 7.0))
    assert points(edits)[-1] == (7.0, 7.0)
    assert points(edits.move(5, 5, (8.0, 8.0))) == [*BASE, (8.0, 8.0)]
    assert edits.remove(5, 5) == Edits()


def test_after_a_removal_indices_mean_what_is_shown():
    edits = Edits().remove(5, 1)
    assert points(edits) == [BASE[0], *BASE[2:]]
    assert points(edits.move(5, 1, (0.5, 0.5))) == [BASE[0], (0.5, 0.5), *BASE[3:]]
    assert points(edits.remove(5, 1)) == [BASE[0], *BASE[3:]]


def test_removing_a_moved_point_forgets_the_move():
    assert Edits().move(5, 3, (1, 1)).remove(5, 3) == Edits(removed=(3,))


@pytest.mark.parametrize("seed", range(20))
def test_a_run_of_edits_agrees_with_the_same_run_on_a_list(seed):
    rng = np.random.default_rng(seed)
    edits, plain = Edits(), list(BASE)
    for _ in range(30):
        act, place = rng.integers(3), (float(rng.normal()), float(rng.normal()))
        index = int(rng.integers(len(plain)))
        if act == 0:
            edits, plain[index] = edits.move(5, index, place), place
        elif act == 1:
            edits = edits.add(place)
            plain.append(place)
        elif len(plain) > 1:
            edits = edits.remove(5, index)
            del plain[index]
        assert points(edits) == plain
        assert edits.shown(5) == len(plain)


def test_touched_points_are_the_moved_and_the_added_ones():
    edits = Edits().remove(5, 0).move(5, 2, (1, 1)).add((2, 2))
    assert edits.touched(5) == (2, 4)


def test_edits_of_a_point_that_the_base_no_longer_has_are_passed_over():
    assert points(Edits(moved=((77, 1.0, 1.0),), removed=(99,))) == BASE


LABEL = np.array([0, 1, 0, 1, 2])


def test_no_edits_leave_the_very_same_classes():
    assert Edits().labels(LABEL) is LABEL


def test_a_point_in_another_class_counts_once_and_not_when_it_is_back():
    edits = Edits().relabel(LABEL, 1, 0)
    assert edits.labels(LABEL).tolist() == [0, 0, 0, 1, 2]
    assert edits.relabel(LABEL, 1, 2).count == 1
    assert edits.relabel(LABEL, 1, 1) == Edits()
    assert LABEL[1] == 1
    assert edits.touched(5) == (1,)


def test_an_added_point_has_the_class_it_was_added_to_and_can_change_it():
    edits = Edits().add((7.0, 7.0), 1).add((8.0, 8.0), 2)
    assert edits.labels(LABEL)[5:].tolist() == [1, 2]
    assert edits.relabel(LABEL, 5, 0).labels(LABEL)[5:].tolist() == [0, 2]
    assert edits.remove(5, 5).labels(LABEL)[5:].tolist() == [2]


def test_a_removed_point_takes_its_class_along():
    edits = Edits().relabel(LABEL, 1, 0).remove(5, 1)
    assert edits.labels(LABEL).tolist() == [0, 0, 1, 2]
    assert edits.relabelled == ()
