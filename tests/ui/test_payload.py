"""A figure packed for the browser unpacks to the same numbers, each array once."""

import dataclasses

import numpy as np
import pytest

from pages.ui.figures.figure import Figure, Frame, LineHandle, Note, Play, PointsHandle
from pages.ui.payload import pack, unpack

Z = np.linspace(0, 1, 12).reshape(3, 4)
X = np.array([1e-300, 2.0, np.nan, 1e300])


def figure(**more):
    data = [{"type": "heatmap", "z": Z}, {"type": "contour", "z": Z}, {"type": "scatter", "x": X}]
    return Figure(data=data, layout={"a": 1.5}, title="t", alt="a", height=10, **more)


def test_an_array_that_is_drawn_twice_travels_once():
    header, arrays = unpack(pack({"k": figure()}, ack=7, scale=1.0))
    assert len(arrays) == 2
    first, second, _ = header["items"][0]["figure"]["data"]
    assert first["z"] == second["z"] == {"$array": 0}


def test_coordinates_keep_every_digit():
    _, arrays = unpack(pack({"k": figure()}, ack=7, scale=1.0))
    np.testing.assert_array_equal(arrays[1], X)


def test_surfaces_travel_in_single_precision_unless_too_large_for_it():
    _, arrays = unpack(pack({"k": figure()}, ack=7, scale=1.0))
    assert arrays[0].dtype == np.float32
    np.testing.assert_allclose(arrays[0], Z, rtol=1e-6)
    large = dataclasses.replace(figure(), data=[{"z": Z * 1e60}])
    _, arrays = unpack(pack({"k": large}, ack=7, scale=1.0))
    np.testing.assert_array_equal(arrays[0], Z * 1e60)


def test_the_header_says_key_acknowledgement_and_frames():
    play = Play("g", 3, (Frame(2, "here", X, X),))
    header, arrays = unpack(pack({"k": figure(play=play)}, ack=7, scale=1.0))
    assert (header["items"][0]["key"], header["ack"]) == ("k", 7)
    frame = header["items"][0]["play"]["frames"][0]
    assert frame["trace"] == 2
    np.testing.assert_array_equal(arrays[frame["x"]["$array"]], X)


@pytest.mark.parametrize("odd", [np.array([], dtype=float), np.array([1, 2, 3]), X[::2], Z.T])
def test_any_layout_of_memory_travels(odd):
    told = dataclasses.replace(figure(), data=[{"x": odd}])
    _, arrays = unpack(pack({"k": told}, ack=0, scale=1))
    np.testing.assert_allclose(arrays[0], odd, rtol=1e-6)


def test_the_sum_of_an_array_changes_with_its_numbers_alone():
    def sums(value, ack):
        z = Z.copy()
        z[0, 0] = value
        told = dataclasses.replace(figure(), data=[{"z": z}])
        return [one["sum"] for one in unpack(pack({"k": told}, ack=ack, scale=1.0))[0]["arrays"]]

    assert sums(0.5, 1) == sums(0.5, 2)
    assert sums(0.5, 1) != sums(0.6, 1)


def test_figures_on_one_board_share_their_arrays_and_notes_travel_as_words():
    board = {"a": figure(), "b": figure(), "words": Note(("one **two**",), width=6)}
    header, arrays = unpack(pack(board, ack=0, scale=1.0))
    assert len(arrays) == 2
    assert header["items"][2] == {
        "key": "words", "kind": "note", "width": 6, "lines": ["one **two**"],
    }  # fmt: skip


def test_a_handle_travels_with_its_kind_and_all_its_numbers():
    line = LineHandle("Huber.delta", "x", 1.0, 0.1, 5.0, 0.1, "δ", "Huber: δ")
    points = PointsHandle("points", 1, 3, (0.1, 0.2))
    header, _ = unpack(pack({"k": figure(handles=(line, points))}, ack=7, scale=1.0))
    told = header["items"][0]["handles"]
    assert [one["kind"] for one in told] == ["line", "points"]
    assert [set(one) for one in told] == [
        {field.name for field in dataclasses.fields(kind)} for kind in (LineHandle, PointsHandle)
    ]
    assert told[0]["value"] == 1.0
    assert told[1]["nudge"] == [0.1, 0.2]
