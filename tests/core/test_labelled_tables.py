"""A table of one's own becomes points of classes, or one sentence says why it cannot."""

import numpy as np
import pytest

from core.data.labelled_tables import (
    class_columns,
    feature_columns,
    guess_columns,
    labelled_points,
    notes_on,
)
from core.data.tables import TableError, read_table

FLOWERS = """length, width, kind
1.4, 0.2, setosa
4.7, 1.4, virginica
, 1.5, virginica
4.9, 1.5,
1.3, 0.1, setosa
5.1, 1.8, virginica
"""


def read(text: str):
    return read_table(text, "flowers")


def test_features_are_numbers_and_the_class_is_the_column_of_words():
    table = read(FLOWERS)
    assert feature_columns(table) == ("length", "width")
    assert class_columns(table)[-1] == "kind"
    assert guess_columns(table) == (("length", "width"), "kind")


def test_points_are_the_complete_rows_in_the_classes_that_words_name():
    own = labelled_points(read(FLOWERS), ("length", "width"), "kind")
    np.testing.assert_array_equal(own.x, [[1.4, 0.2], [4.7, 1.4], [1.3, 0.1], [5.1, 1.8]])
    assert own.label.tolist() == [0, 1, 0, 1]
    assert own.class_names == ("setosa", "virginica")
    assert own.feature_labels == ("length", "width")


def test_one_feature_is_enough():
    own = labelled_points(read(FLOWERS), ("width",), "kind")
    assert own.x.shape == (5, 1)


@pytest.mark.parametrize(("low", "high"), [("0", "1"), ("-1", "1"), ("2", "10")])
def test_numbers_name_classes_by_size(low, high):
    text = f"x,y\n1,{high}\n2,{low}\n3,{high}\n4,{low}\n"
    own = labelled_points(read(text), ("x",), "y")
    assert own.class_names == (low, high)
    assert own.label.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x,y\n1,a\n2,a\n3,a\n", "one class"),
        ("x,y\n1,a\n2,b\n3,a\n", "only one point.* It is b"),
        ("x,y\n1,a\n2,b\n3,c\n4,a\n5,b\n6,c\n", "more than two classes"),
        ("x,y\n" + "\n".join(f"{i},w{i}" for i in range(100)), "too many different values"),
        ("x,y\n,a\n,b\n1,\n", "No row has"),
    ],
)
def test_classes_that_cannot_be_told_apart_are_named_in_one_sentence(text, told):
    with pytest.raises(TableError, match=told) as refusal:
        labelled_points(read(text), ("x",), "y")
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_more_than_ten_classes_are_refused_where_several_are_allowed():
    text = "x,y\n" + "\n".join(f"{i},w{i % 11}" for i in range(44))
    with pytest.raises(TableError, match="more classes than"):
        labelled_points(read(text), ("x",), "y", most=10)
    fewer = "x,y\n" + "\n".join(f"{i},w{i % 10}" for i in range(44))
    assert len(labelled_points(read(fewer), ("x",), "y", most=10).class_names) == 10


def test_a_table_without_a_class_or_without_a_feature_is_refused():
    with pytest.raises(TableError, match="no column that names classes"):
        guess_columns(read("x,y\n" + "\n".join(f"{i},{i * i}" for i in range(40))))
    with pytest.raises(TableError, match="no column of numbers"):
        guess_columns(read("a,b\nx,u\ny,v\nx,u\ny,v\n"))


def test_words_are_kept_while_few_of_them_differ():
    many = read("x,y\n" + "\n".join(f"{i},w{i % 61}" for i in range(200)))
    few = read("x,y\n" + "\n".join(f"{i},w{i % 12}" for i in range(200)))
    assert many.columns[1].words is None
    assert few.columns[1].words is not None
    assert len(few.columns[1].words) == 200
    assert few.columns[0].words is None


def test_rows_left_out_are_counted_and_respelled_classes_named():
    table = read(FLOWERS)
    assert notes_on(table, "kind", labelled_points(table, ("length", "width"), "kind")) == (
        "2 rows with a missing value left out.",
    )
    whole = read("x,y\n1,a\n2,b\n3,a\n4,b\n")
    assert notes_on(whole, "y", labelled_points(whole, ("x",), "y")) == ()
    mixed = read("x,y\n1,yes\n2,No\n3,Yes\n4,no\n5,yes\n6,no\n")
    own = labelled_points(mixed, ("x",), "y")
    assert notes_on(mixed, "y", own) == ("“No” is read as “no”.", "“Yes” is read as “yes”.")
    assert own.class_names == ("yes", "no")


def test_numbers_and_words_in_one_column_are_classes_alike():
    mixed = read("x,y,c\n1,2,1\n2,3,cat\n3,1,1\n4,2,cat\n")
    assert labelled_points(mixed, ("x", "y"), "c").class_names == ("1", "cat")
    third = read("x,y,c\n1,2,0\n2,3,1\n3,1,0\n4,2,1\n5,1,unknown\n6,2,unknown\n")
    with pytest.raises(TableError, match="There are 3, expected at most 2"):
        labelled_points(third, ("x", "y"), "c")
    assert labelled_points(third, ("x", "y"), "c", most=10).class_names == ("0", "1", "unknown")


def test_too_many_names_are_told_as_such():
    rows = "".join(f"{i},{i % 3},k{i % 12}\n" for i in range(36))
    table = read(f"a,b,c\n{rows}")
    assert guess_columns(table)[1] == "c"
    with pytest.raises(TableError, match="There are 12, expected at most 10"):
        labelled_points(table, ("a", "b"), "c", most=10)
