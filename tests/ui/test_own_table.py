"""A table of one's own in a link: it comes back as it was, and nothing else gets in."""

import dataclasses

import numpy as np
import pytest

from core.data.labelled import labelled
from pages.ui import link
from pages.ui.binary.state import BinaryState, base_of, points_of
from pages.ui.edits import MOST, Edits
from pages.ui.labelled.link import is_missing, link_sentence
from pages.ui.labelled.own import OwnTable, carried
from pages.ui.multiclass.state import MulticlassState
from pages.ui.session import Store

ODD = ("größe (cm)", "it’s 1/2, or so_1")
TABLE = OwnTable(
    ODD, ("no 0", "yes/1"), ((0.1, 1e-300), (-2.5, 1e49), (1 / 3, 0.0), (7.0, -0.0)), (0, 1, 1, 0)
)
FLAT = OwnTable(("x",), ("a", "b"), ((1.0,), (2.0,), (3.0,), (4.0,)), (1, 0, 1, 0))
WORDS = "x*y~a*b~1_2_0~3_4_1~5_6_0~7_8_1"


TWICE = dataclasses.replace(TABLE, features=("x", "x"))  # one column for both


@pytest.mark.parametrize("table", [TABLE, FLAT, TWICE])
def test_a_table_comes_back_as_it_was_with_every_digit_and_any_name(table):
    state = BinaryState(data="own", table=table, points=Edits(moved=((1, 0.5, 0.5),)))
    assert link.read(BinaryState, link.write(state)) == state
    assert carried(table.points()) == table


def test_what_a_table_says_is_what_is_drawn():
    store = Store(BinaryState(data="own", table=TABLE), BinaryState())
    assert not is_missing(store)
    base = base_of(store)
    assert (base.feature_labels, base.class_names) == (TABLE.features, TABLE.classes)
    np.testing.assert_array_equal(base.x, TABLE.places)
    np.testing.assert_array_equal(base.label, TABLE.kinds)
    assert points_of(store) is points_of(store)
    assert "this very screen" in link_sentence(store)


def test_a_table_that_a_link_cannot_hold_is_not_in_it_and_that_is_said():
    small = TABLE.points()
    long = dataclasses.replace(small, class_names=("a" * 61, "b"))
    many = dataclasses.replace(
        small, x=np.ones((MOST + 1, 2)), label=np.arange(MOST + 1) % 2, names=()
    )
    digits = dataclasses.replace(
        small,
        x=np.full((MOST, 2), -1.2345678901234567e-200),
        label=np.arange(MOST) % 10,
        feature_labels=("ß" * 60, "ü" * 60),
        class_names=tuple(f"{k}" * 60 for k in range(10)),
    )
    assert carried(dataclasses.replace(many, x=many.x[1:], label=many.label[1:])) is not None
    for points in (long, many):
        assert carried(points) is None
    assert carried(digits) is not None
    state = MulticlassState(data="own", table=carried(digits))
    assert link.read(MulticlassState, link.write(state)) == state
    store = Store(BinaryState(data="own"), BinaryState(), own={"table": many})
    assert not is_missing(store)
    assert base_of(store) is many
    assert "not your points" in link_sentence(store)


def test_a_name_that_shows_nothing_or_means_more_than_itself_is_not_carried():
    for name in ("", "a\nb", "![x](https://a.b/c.png)", "<b>", "a*b", "a~b", ":red[a]", "$x$"):
        assert carried(dataclasses.replace(TABLE.points(), class_names=(name, "b"))) is None


@pytest.mark.parametrize(
    "words",
    [
        "",
        "x*y~a*b",
        "x*y~a*b~1_2_0~3_4_1~5_6_0",  # a class of one point
        "x*y~a*b~1_2_0~3_4_0",
        "x*y~a~1_2_0~3_4_0",
        "x*y~a*b*c~1_2_0~3_4_1~5_6_0~7_8_1~1_1_2~2_2_2",  # three classes where two are meant
        "x*y*z~a*b~1_2_3_0~3_4_3_1~5_6_3_0~7_8_3_1",
        "x*y~a*a~1_2_0~3_4_1~5_6_0~7_8_1",
        "x*~a*b~1_2_0~3_4_1~5_6_0~7_8_1",
        "x*![y](z)~a*b~1_2_0~3_4_1~5_6_0~7_8_1",
        "x*y~a*<b>~1_2_0~3_4_1~5_6_0~7_8_1",
        f"x*{'y' * 61}~a*b~1_2_0~3_4_1~5_6_0~7_8_1",
        "x*y~a*b~1_2_0~3_4_1~5_6_0~7_8_2",
        "x*y~a*b~1_2_0~3_4_1~5_6_0~7_8_1~7_8_2~9_9_2",
        "x*y~a*b~1_2_0~3_4_1~5_6_0~7_8_-1",
        "x*y~a*b~1_2_0~3_4_1~5_6_0~7_nan_1",
        "x*y~a*b~1_2_0~3_4_1~5_6_0~7_1e51_1",
        "x*y~a*b~1_2_0~3_4_1~5_6_0~7_1",
        "x*y~a*b~" + "~".join(["1_2_0", "3_4_1"] * (MOST // 2 + 1)),
    ],
)
def test_what_nobody_wrote_is_no_table(words):
    assert link.read(BinaryState, {"v": "1", "table": WORDS}).table is not None
    with pytest.raises(link.LinkError):
        link.read(BinaryState, {"v": "1", "table": words})


def test_several_classes_need_two_features_and_two_classes_no_more():
    three = "x*y~a*b*c~1_2_0~3_4_1~5_6_0~7_8_1~1_1_2~2_2_2"
    assert link.read(MulticlassState, {"v": "1", "table": three}).table is not None
    flat = link.write(BinaryState(table=FLAT))["table"]
    with pytest.raises(link.LinkError):
        link.read(MulticlassState, {"v": "1", "table": flat})


def test_real_data_of_that_size_are_carried():
    assert carried(labelled("iris")) is not None
