"""What the browser says is checked before it is believed."""

import pytest

from pages.ui.events import Event, parse


def test_a_move_is_read():
    raw = {
        "kind": "move",
        "seq": 5,
        "handle": "points",
        "phase": "move",
        "index": 3,
        "x": 1,
        "y": 2.5,
    }
    assert parse(raw) == Event("move", 5, "points", "move", 3, None, 1.0, 2.5)


@pytest.mark.parametrize(
    "raw",
    [None, 3, "move", [], {}, {"kind": "move"}, {"kind": "explode", "seq": 1},
     {"kind": "move", "seq": -1}, {"kind": "move", "seq": "1"}, {"kind": "move", "seq": True},
     {"kind": "move", "seq": 1, "phase": "later"}, {"kind": "move", "seq": 1, "handle": 7},
     {"kind": "move", "seq": float("nan")}],
)  # fmt: skip
def test_what_is_not_an_event_is_none(raw):
    assert parse(raw) is None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "1", None, True, [], 1e999])
def test_what_is_not_a_finite_number_counts_as_absent(bad):
    event = parse({"kind": "move", "seq": 1, "x": bad, "value": bad})
    assert event is not None
    assert event.x is None
    assert event.value is None


@pytest.mark.parametrize("bad", [-1, 2**60, float("inf"), "3", None])
def test_what_is_not_an_index_counts_as_absent(bad):
    event = parse({"kind": "select", "seq": 1, "index": bad})
    assert event is not None
    assert event.index is None
