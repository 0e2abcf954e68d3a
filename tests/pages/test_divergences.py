"""The page of divergences without a browser: every control at both ends, and what hands do."""

import contextlib
import csv
import io
import itertools
import math
import re
from functools import partial

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.declare import parameters
from core.divergences.distributions import COMPARED
from core.divergences.gaussian_fits import ForwardFit, ReverseFit, TwoHumps
from core.divergences.maximum_likelihood import DIE_FITS, Likelihood
from core.optimizers import OPTIMIZERS, Adam, GradientDescent, Outcome, Trajectory, descend
from pages.ui import link
from pages.ui.divergences import details as explained
from pages.ui.divergences import script as taken
from pages.ui.divergences import stage
from pages.ui.divergences import words as told
from pages.ui.divergences.answers import both_ways, falls_off, one_way, thrown
from pages.ui.divergences.controls import untouched
from pages.ui.divergences.state import (
    HANDS,
    NAMES,
    DivergencesState,
    outcomes,
    pair_of,
    reset,
    same,
    swap,
)
from pages.ui.events import Event
from pages.ui.figures.figure import Figure, Note
from pages.ui.figures.parts import number
from pages.ui.session import UNREADABLE, Store
from tests.pages import opening
from tests.pages.opening import healthy, words

opened = partial(opening.opened, "divergences.py")
RULES = tuple(kind() for kind in OPTIMIZERS)


def control(app: AppTest, field: str):
    return app.get_by_key(f"DivergencesState-{field}")


def lines(**state) -> str:
    """Return all words of a screen."""
    store = Store(DivergencesState(**state), DivergencesState())
    notes = [item for item in stage.pictures(store).values() if isinstance(item, Note)]
    return " ".join(line for note in notes for line in note.lines)


# The page itself


def test_the_page_opens_and_says_what_to_do():
    app = opened()
    assert app.title[0].value.startswith("Divergences")
    assert "Drag" in app.markdown[0].value
    assert not app.warning
    assert "KL(p‖q) = 0.318" in words(app)


@pytest.mark.parametrize("count", range(2, 7))
def test_any_number_of_outcomes_opens(count):
    app = opened()
    control(app, "count").set_value(count)
    healthy(app.run())
    assert str(dict(app.query_params).get("p", "___")).count("_") == count - 1
    control(app, "bits").set_value(True)
    healthy(app.run())
    assert "bits" in words(app)


@pytest.mark.parametrize("field", parameters(TwoHumps))
def test_the_humps_open_with_their_knobs_at_both_ends(field):
    for end in (parameters(TwoHumps)[field].low, parameters(TwoHumps)[field].high):
        app = opened(v="1", humps=f"TwoHumps_{field}_{end:g}")
        assert not app.warning


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.__name__)
def test_every_optimizer_opens_with_its_knobs_at_both_ends(kind):
    for field, declared in parameters(kind).items():
        for end in (declared.low, declared.high):
            name = field.replace("_", "-")
            app = opened(
                v="1", optimizer=kind.__name__, rules=f"{kind.__name__}_{name}_{end:g}", steps="30"
            )
            assert not app.warning, [one.value for one in app.warning]


@pytest.mark.parametrize(
    "query",
    [{"p": "1_0", "q": "0_1"}, {"p": "0_1_0", "q": "0.5_0_0.5", "bits": "1"},
     {"steps": "1", "start": "-5_0.2", "die_start": "6_-9"}, {"steps": "500", "start": "5_4.5"},
     {"view": "surface", "levels": "plain", "hide": "1", "large": "1"},
     {"counts": "0_0_0_0_0_1"}, {"counts": "40_0_0_0_0_40"},
     {"humps": "TwoHumps_separation_0_weight_0"}],
    ids=str,
)  # fmt: skip
def test_a_link_opens_its_screen(query):
    app = opened(v="1", **query)
    assert not app.warning, [one.value for one in app.warning]


@pytest.mark.parametrize(
    "query",
    [{"v": "2"}, {"v": "1", "p": "0.5_0.5"}, {"v": "1", "q": "0.5_0.5"},
     {"v": "1", "q": "0.2_0.2_0.2_0.2"},
     {"v": "1", "p": "0.5_0.5_0.5_-0.5"}, {"v": "1", "p": "<b>"}, {"v": "1", "p": "1"},
     {"v": "1", "p": "nan_1_0_0"}, {"v": "1", "p": "_".join(["0.125"] * 8)},
     {"v": "1", "humps": "TwoHumps_weight_1.5"}, {"v": "1", "humps": "TwoHumps_left_0"},
     {"v": "1", "humps": "Huber_delta_1"}, {"v": "1", "start": "0_0"}, {"v": "1", "start": "9_1"},
     {"v": "1", "start": "0_-1"}, {"v": "1", "die_start": "7_0"}, {"v": "1", "steps": "0"},
     {"v": "1", "counts": "0_0_0_0_0_0"}, {"v": "1", "counts": "1_2_3"},
     {"v": "1", "counts": "1_2_3_4_5_41"}, {"v": "1", "counts": "1_2_3_4_5_-6"},
     {"v": "1", "bits": "yes"}, {"v": "1", "optimizer": "Newton"}],
    ids=str,
)  # fmt: skip
def test_a_link_nobody_wrote_gives_the_page_as_it_starts_and_one_sentence(query):
    app = opened(**query)
    assert [one.value for one in app.warning] == [UNREADABLE]
    assert "KL(p‖q) = 0.318" in words(app)


STATES = (
    DivergencesState(),
    DivergencesState(p=(1.0, 0.0), q=(1 / 3, 2 / 3), bits=True),
    DivergencesState(humps=(TwoHumps(0.1 + 0.2, 1 / 3, 0.7, 1.9),), start=(-0.1, 1 / 3)),
    DivergencesState(counts=(0, 0, 40, 1, 0, 0), die_start=(-1 / 3, 2.0), about="Hellinger"),
    DivergencesState(optimizer="Momentum", rules=(*RULES[:1], OPTIMIZERS[1](0.3, 0.5), *RULES[2:])),
)


@pytest.mark.parametrize("state", STATES, ids=range(len(STATES)))
def test_the_whole_screen_travels_in_the_link(state):
    assert link.read(DivergencesState, link.write(state)) == state
    assert link.write(DivergencesState()) == {}


@pytest.mark.parametrize("kind", COMPARED, ids=lambda kind: kind.__name__)
def test_any_divergence_can_be_asked_about(kind):
    app = opened()
    control(app, "about").set_value(kind.__name__)
    healthy(app.run())
    assert any(f"**{kind.name}.** {kind.story}" in one.value for one in app.markdown)
    assert "about" in app.query_params or kind is COMPARED[0]


def test_hidden_controls_come_back():
    app = opened(v="1", hide="1")
    assert not app.sidebar.selectbox
    app.button[0].click()
    healthy(app.run())
    assert app.sidebar.selectbox


def test_typed_starts_move_the_paths_and_can_be_undone():
    app = opened()
    field = next(one for one in app.number_input if one.label == "Start: mean μ")
    field.set_value(3.0)
    healthy(app.run())
    assert "q has taken the right hump" in words(app)
    app.get_by_key("undo").click()
    healthy(app.run())
    assert "q has taken the left hump" in words(app)


# What hands do


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store[DivergencesState]:
    monkeypatch.setattr(st, "rerun", lambda *_: None)
    return Store(DivergencesState(), DivergencesState())


def hand(store, kind, handle="", **more):
    HANDS.act(store, Event(kind, 1, handle, **more))


def test_a_bar_moves_and_the_others_keep_their_proportions(store):
    before = store.now
    hand(store, "move", "q-3", x=9.0, y=0.5)
    np.testing.assert_allclose(store.now.q, np.array([0.25, 0.3, 0.2, 0.75]) / 1.5)
    assert store.now.p == before.p
    hand(store, "undo")
    assert store.now == before
    hand(store, "redo")
    assert store.now.q[3] == 0.5


def test_a_bar_carried_to_one_and_back_gives_the_others_back_what_they_had(store):
    before = np.array(store.now.p)
    for y in (0.7, 1.0, 1.4, 0.9, -0.2, 0.5):
        hand(store, "move", "p-0", phase="move", x=0.0, y=y)
        assert sum(store.now.p) == pytest.approx(1.0, abs=1e-15)
        assert store.now.p[0] == min(max(y, 0.0), 1.0)
    np.testing.assert_allclose(store.now.p, before, atol=1e-15)
    assert store.settled.p == tuple(before)
    hand(store, "move", "p-0", x=0.0, y=1.0)
    assert store.now.p == (1.0, 0.0, 0.0, 0.0)
    assert store.settled == store.now
    hand(store, "move", "p-0", x=0.0, y=0.4)
    np.testing.assert_allclose(store.now.p, [0.4, 0.2, 0.2, 0.2])


def test_a_hand_that_never_let_go_does_not_bring_old_outcomes_back(store):
    hand(store, "move", "p-0", phase="move", x=0.0, y=0.7)
    outcomes(store, 2)
    hand(store, "move", "p-0", phase="move", x=0.0, y=0.6)
    assert store.now.p == pytest.approx((0.6, 0.4))
    assert stage.pictures(store)


def test_a_slider_of_a_bar_is_its_handle(store):
    hand(store, "move", "p-1", value=0.0)
    assert store.now.p[1] == 0.0
    assert sum(store.now.p) == pytest.approx(1.0)


@pytest.mark.parametrize("handle", ["start-forward", "start-reverse"])
def test_the_start_is_one_for_both_landscapes_and_stays_inside(store, handle):
    hand(store, "move", handle, x=2.0, y=1.5)
    assert store.now.start == (2.0, 1.5)
    forward, reverse = both_ways(store)
    for way in (forward, reverse):
        np.testing.assert_array_equal(way.path.points[0], (2.0, 1.5))
    hand(store, "move", handle, x=99.0, y=-3.0)
    assert store.now.start == (5.0, 0.2)


@pytest.mark.parametrize("handle", ["start-likelihood", "start-divergence"])
def test_the_start_of_the_die_is_its_own(store, handle):
    hand(store, "move", handle, x=-2.0, y=99.0)
    assert store.now.die_start == (-2.0, 9.0)
    assert store.now.start == DivergencesState().start
    np.testing.assert_array_equal(thrown(store).path.points[0], (-2.0, 9.0))


def test_counts_are_whole_and_one_throw_stays(store):
    hand(store, "move", "n-2", x=0.0, y=20.4)
    assert store.now.counts == (4, 9, 20, 15, 11, 7)
    hand(store, "move", "n-2", x=0.0, y=999.0)
    assert store.now.counts[2] == 40
    store.change(counts=(0, 3, 0, 0, 0, 0))
    hand(store, "move", "n-1", x=0.0, y=0.0)
    assert store.now.counts == (0, 3, 0, 0, 0, 0)
    hand(store, "move", "n-0", x=0.0, y=1.0)
    assert store.now.counts == (1, 3, 0, 0, 0, 0)


def test_a_hump_is_carried_by_its_top_and_turned_by_its_knobs(store):
    hand(store, "move", "hump-right", x=1.5, y=0.0)
    assert (store.now.two.separation, store.now.two.weight) == (3.0, 0.0)
    hand(store, "undo")
    hand(store, "move", "TwoHumps.left", value=1.25)
    assert store.now.two == TwoHumps(left=1.25)
    hand(store, "move", "Adam.learning_rate", value=0.2)
    assert store.now.rule == Adam(0.2)
    hand(store, "move", "steps", value=12.0)
    assert store.now.steps == 12


@pytest.mark.parametrize(
    ("handle", "more"),
    [("p-4", {"y": 0.5}), ("q-9", {"y": 0.5}), ("n-6", {"y": 3.0}), ("p-0", {}),
     ("r-0", {"y": 0.5}), ("start", {"x": 1.0, "y": 1.0}), ("start-forward", {"x": 1.0}),
     ("hump-left", {"y": 0.1}), ("die-path", {"x": 1.0, "y": 1.0}), ("steps", {"value": 0.0}),
     ("TwoHumps.left", {"value": 9.0}), ("TwoHumps.height", {"value": 1.0}), ("", {})],
    ids=str,
)  # fmt: skip
def test_events_that_mean_nothing_change_nothing(store, handle, more):
    before = store.now
    hand(store, "move", handle, **more)
    assert store.now == before


def test_buttons_exchange_copy_and_reset_and_can_be_undone(store):
    assert untouched(store)
    start = store.now
    swap(store)
    assert (store.now.p, store.now.q) == (start.q, start.p)
    same(store)
    assert store.now.q == store.now.p == start.q
    outcomes(store, 6)
    assert len(store.now.p) == len(store.now.q) == 6
    assert store.now.names == NAMES
    assert not untouched(store)
    reset(store)
    assert untouched(store)
    for _ in range(4):
        store.undo()
    assert store.now == start


def test_a_hand_on_what_one_part_shows_leaves_the_pictures_of_the_others(store):
    moves = {
        "q-1": ("bars", {"x": 0.0, "y": 0.5}),
        "start-reverse": ("reverse", {"x": 0.5, "y": 1.0}),
        "n-4": ("throws", {"x": 0.0, "y": 3.0}),
    }
    for handle, (own, more) in moves.items():
        hand(store, "move", handle, phase="move", **{**more, "x": 0.25, "y": 1.25})
        rest = stage.pictures(store)
        hand(store, "move", handle, phase="move", **more)
        moving = stage.pictures(store)
        others = {"bars", "reverse", "throws"} - {own}
        assert all(moving[key] is rest[key] for key in others)
        assert moving[own] is not rest[own]
        hand(store, "move", handle, phase="end", **more)


@pytest.mark.parametrize(
    ("handle", "own"),
    [("start-forward", "forward"), ("hump-left", "reverse"), ("n-1", "divergence"),
     ("TwoHumps.right", "forward"), ("Adam.learning_rate", "likelihood"), ("steps", "reverse")],
)  # fmt: skip
def test_landscapes_are_coarser_while_a_hand_moves_what_they_show(store, handle, own):
    fine = stage.pictures(store)[own].data[0]["z"].shape
    value = 100.0 if handle == "steps" else 0.5
    hand(store, "move", handle, phase="move", x=1.0, y=0.3, value=value)
    coarse = stage.pictures(store)[own].data[0]["z"].shape
    assert coarse < fine == (100, 100)
    hand(store, "move", handle, phase="end", x=1.0, y=0.3, value=value)
    assert stage.pictures(store)[own].data[0]["z"].shape == fine


@pytest.mark.parametrize("handle", ["p-0", "q-3", "n-2", "hump-right", "TwoHumps.right"])
def test_axes_stay_while_a_hand_moves(store, handle):
    def axes():
        return {
            key: (item.layout["xaxis"]["range"], item.layout["yaxis"]["range"])
            for key, item in stage.pictures(store).items()
            if isinstance(item, Figure)
        }

    store.change(humps=(TwoHumps(left=2.0, right=2.0),))
    hand(store, "move", handle, phase="move", x=1.0, y=0.2, value=2.0)
    before = axes()
    for y in (0.0, 0.999, 1.0, 30.0, 40.0):
        hand(store, "move", handle, phase="move", x=2.0, y=y, value=0.4 + y / 40.0)
        assert axes() == before


def test_each_board_answers_its_own_hands_alone(store):
    for part in stage.PARTS:
        assert part.board.pictures(store)
        assert set(part.board.pictures(store)) <= set(stage.pictures(store))
    keys = [key for part in stage.PARTS for key in part.board.pictures(store)]
    assert keys == list(stage.pictures(store))


# What the words say


@pytest.mark.parametrize(("a", "b"), list(itertools.product(range(6), repeat=2)))
def test_the_words_of_two_distributions_hold_on_any_screen(store, a, b):
    rows = ((0.2, 0.3, 0.5), (1.0, 0.0, 0.0), (0.0, 0.5, 0.5), (1 / 3, 1 / 3, 1 / 3),
            (0.5, 0.3, 0.2), (0.0, 0.0, 1.0))  # fmt: skip
    store.change(p=rows[a], q=rows[b])
    pair = pair_of(store.now)
    said = " ".join(told.bar_words(store))
    assert "nan" not in said.lower()
    assert ("KL(p‖q) is ∞" in said) == math.isinf(pair.kl) == bool(pair.ruled_out)
    assert ("KL(q‖p) is ∞" in said) == math.isinf(pair.reverse) == bool(pair.invented)
    assert ("are the same" in said) == (a == b)
    if math.isinf(pair.kl):
        assert f"({told.named(store.now, pair.ruled_out)})" in said
    apart = math.isfinite(pair.kl + pair.reverse) and abs(pair.kl - pair.reverse) > 1e-12
    assert ("KL is not symmetric" in said) == apart
    total = float(np.abs(pair.p - pair.q).sum() / 2)
    assert f"The difference, {number(total)}," in said or a == b


def test_an_outcome_that_is_named_is_the_one(store):
    said = " ".join(told.bar_words(store))
    pair = pair_of(store.now)
    most = store.now.names[int(np.argmax(pair.terms))]
    assert f"Most of KL(p‖q) comes from {most}" in said
    assert "No event differs more than **sun or cloud**: 85 % under p, 55 % under q" in said
    assert "Entropy 1.035 + KL 0.3184 = cross-entropy 1.354 nats" in said


@pytest.mark.parametrize("guess", ["forward", "reverse", "both", "neither"])
def test_the_guess_is_answered_when_q_rules_something_out(store, guess):
    store.own["guess"] = guess
    assert not told.verdict(store, pair_of(store.now))
    hand(store, "move", "q-0", phase="move", x=0.0, y=0.0)
    assert not told.verdict(store, pair_of(store.now))
    hand(store, "move", "q-0", phase="end", x=0.0, y=0.0)
    (line,) = told.verdict(store, pair_of(store.now))
    assert line.startswith("Right" if guess == "forward" else "Not this time")
    assert line in stage.pictures(store)["bar-words"].lines
    store.change(p=(0.0, 0.5, 0.0, 0.5), q=(0.5, 0.5, 0.0, 0.0))
    assert not told.verdict(store, pair_of(store.now))


@pytest.mark.parametrize("start", [(-1.0, 1.0), (1.0, 1.0), (3.0, 3.0), (-4.0, 0.5), (0.0, 2.0)])
def test_the_words_name_the_hump_that_the_path_ends_on(store, start):
    store.change(start=start, steps=500)
    said = " ".join(stage.pictures(store)["hump-words"].lines)
    way = one_way(store, ReverseFit)
    side = "left" if way.end[0] < 0 else "right"
    assert f"q has taken the {side} hump" in said
    reached = np.abs(np.array(way.fit.minima) - way.end).max(axis=1).argmin()
    assert f"This start leads to the {('lowest', 'second')[reached]} of them" in said
    assert "Reverse KL has 2 minima" in said


def test_a_gaussian_over_both_humps_is_said_to_lie_over_both():
    humps = TwoHumps(2.5, 0.5, 0.7, 0.7)
    assert len(humps.peaks) == 2
    assert "q lies over both humps" in lines(humps=(humps,), start=(0.0, 1.5), steps=500)
    single = lines(humps=(TwoHumps(1.0, 0.5, 0.9, 0.9),))
    assert "a single peak" in single
    assert "hump leads" not in single
    assert "Reverse KL has one minimum" in single


@pytest.mark.parametrize("seed", range(12))
def test_shares_of_humps_are_those_of_the_densities(seed):
    random = np.random.default_rng(seed)
    humps = TwoHumps(random.uniform(1, 6), random.uniform(0.05, 0.95), *random.uniform(0.4, 2, 2))
    mean, spread = random.uniform(-3, 3), random.uniform(0.4, 3)
    said = told.shares(humps, mean, spread)
    leads_are_told = len(humps.peaks) > 1 and bool(humps.crossings)
    assert ("hump leads" in said) == leads_are_told
    x = np.linspace(-40, 40, 400_001)
    leads = humps.share(x) > 0.5
    p, q = humps.density(x), np.exp(-0.5 * ((x - mean) / spread) ** 2)
    p, q = p / p.sum(), q / q.sum()
    middle = np.abs(x - mean) <= 1.96 * spread
    expected = [q[~leads].sum(), q[leads].sum(), p[~leads].sum(), p[leads].sum(), p[middle].sum()]
    expected = expected if leads_are_told else expected[-1:]
    shown = [float(one) for one in re.findall(r"([\d.]+) %", said.replace("95 %", ""))]
    np.testing.assert_allclose(shown, 100 * np.array(expected), atol=0.11, rtol=6e-3)


def test_the_deviations_are_those_of_this_screen(store):
    said = " ".join(stage.pictures(store)["throw-words"].lines)
    answer = thrown(store)
    assert answer.same.deviation < 1e-12
    pulls = [kind(store.now.counts).gradients(answer.path.points) for kind in DIE_FITS]
    assert 0 < answer.apart == np.abs(pulls[0] - pulls[1]).max() < 1e-12
    assert f"strays from that by {number(answer.same.deviation, 2)} at most" in said
    assert "Over 10,000 dice" in said
    assert "1.7137 = 1.7129 + 0.00073867 nats" in said


@pytest.mark.parametrize(
    ("counts", "faces"), [((0, 0, 7, 0, 0, 0), "3"), ((0, 0, 7, 2, 0, 0), "3 and 4"),
                          ((5, 0, 0, 0, 0, 1), "1 and 6")],
)  # fmt: skip
def test_throws_without_a_best_die_are_said_to_have_none(counts, faces):
    said = lines(counts=counts)
    assert f"All throws show {faces}: there is no best die" in said
    assert "The best die" not in said


def test_a_path_that_leaves_the_gaussians_is_told_as_that(store):
    store.change(optimizer="GradientDescent", rules=(GradientDescent(2.0), *RULES[1:]),
                 start=(0.0, 4.5))  # fmt: skip
    way = one_way(store, ReverseFit)
    assert way.path.outcome is Outcome.DIVERGED
    assert falls_off(store.now.rule, way.path)
    assert "would make σ 0 or less" in told.path_sentence(store.now, way)
    calm = descend(ForwardFit(TwoHumps()), Adam(), (-1.0, 1.0), 20)
    assert not falls_off(Adam(), calm)
    apart = Trajectory(way.path.points, way.path.values, 0 * way.path.gradients, Outcome.DIVERGED)
    assert not falls_off(store.now.rule, apart)


@pytest.mark.parametrize("seed", range(8))
def test_no_screen_says_anything_undefined(seed):
    random = np.random.default_rng(seed)
    kind = OPTIMIZERS[seed % 3]
    rates = {"learning_rate": float(10 ** random.uniform(-3, 0.3))}
    rules = tuple(one if not isinstance(one, kind) else kind(**rates) for one in RULES)
    p, q = (random.dirichlet(np.full(3, 0.3)) * (random.random(3) < 0.8) for _ in "pq")
    p, q = (one / one.sum() if one.sum() else np.eye(3)[0] for one in (p, q))
    said = lines(
        p=tuple(p), q=tuple(q), optimizer=kind.__name__, rules=rules, bits=bool(seed % 2),
        start=(float(random.uniform(-5, 5)), float(random.uniform(0.2, 4.5))),
        die_start=(float(random.uniform(-6, 6)), float(random.uniform(-9, 9))),
        counts=(*map(int, random.integers(0, 3, size=5)), 1),
        humps=(TwoHumps(float(random.uniform(0, 6)), float(random.uniform(0, 1))),),
    )  # fmt: skip
    for word in ("nan", "undefined", "None", "inf "):
        assert word not in said


def test_percentages_are_never_rounded_to_none_or_all():
    for share, said in (
        (0.0, "0 %"), (1e-9, "less than 0.1 %"), (0.0012, "0.12 %"), (0.5, "50 %"),
        (0.9982, "99.8 %"), (1 - 1e-9, "more than 99.9 %"), (1.0, "100 %"),
    ):  # fmt: skip
        assert told.percent(share) == said


# What is explained


def test_the_arithmetic_has_the_numbers_of_the_screen(store):
    store.change(p=(0.5, 0.5, 0.0), q=(0.25, 0.75, 0.0), bits=True)
    pair = pair_of(store.now)
    (block,) = explained.kl_lines(store.now, pair)
    assert r"0.5 \cdot \log_2 \left(0.5 / 0.25\right) &= 0.5" in block
    assert r"0 \cdot \log_2 \left(0 / 0\right) &= 0" in block
    assert r"\text{sum} &= 0.2075\ \text{bits}" in block
    assert explained.sum_line(store.now, pair).endswith("1 + 0.2075 = 1.208")
    store.change(q=(0.0, 1.0, 0.0))
    assert r"\infty" in explained.kl_lines(store.now, pair_of(store.now))[0]


def test_the_arithmetic_of_the_fits_is_that_of_the_core(store):
    said = " ".join(explained.fit_lines(store))
    humps = store.now.two
    for value in (humps.mean, humps.spread**2, ForwardFit(humps).value(ForwardFit(humps).minima[0]),
                  both_ways(store)[1].path.values[-1]):  # fmt: skip
        assert explained.latex(float(value)) in said


def test_the_arithmetic_of_the_throws_adds_up(store):
    shares, theta = Likelihood(store.now.counts).shares, np.array([0.5, -1.0])
    first, second = explained.throw_lines(store.now, shares, theta)
    value = explained.latex(Likelihood(store.now.counts).value(theta))
    assert f"&= {value} " in first
    assert rf"= {value}\ " in second
    assert first.count(r"\log") == 6


@pytest.mark.parametrize("kind", COMPARED, ids=lambda kind: kind.__name__)
def test_every_divergence_is_explained_with_evidence_and_what_exchanging_does(store, kind):
    rows = explained.property_rows(kind())
    assert len(rows) > 4
    assert all(len(evidence) > 10 for *_, evidence in rows)
    said = explained.exchange_sentence(store.now, kind)
    assert ("here and always" in said) == kind().properties.symmetric
    store.change(p=(0.3, 0.7), q=(0.7, 0.3))
    assert "becomes" not in explained.exchange_sentence(store.now, kind)


# What is taken along


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_files_hold_the_numbers_of_the_screen(store):
    store.change(bits=True)
    pair = pair_of(store.now)
    rows = rows_of(taken.distributions_csv(store.now))
    np.testing.assert_array_equal([float(row["p"]) for row in rows], pair.p)
    np.testing.assert_array_equal(
        [float(row["adds_to_kl_q_p"]) for row in rows], pair.reverse_terms
    )
    named = {row["divergence"]: row for row in rows_of(taken.divergences_csv(store.now))}
    assert float(named["KL divergence"]["of_p_and_q"]) == pytest.approx(pair.kl / math.log(2))
    assert float(named["KL divergence"]["of_q_and_p"]) == pytest.approx(pair.reverse / math.log(2))
    assert float(named["Hellinger distance"]["of_p_and_q"]) < 1
    assert (named["Hellinger distance"]["unit"], named["Entropy"]["unit"]) == ("none", "bits")
    minima = rows_of(taken.minima_csv(both_ways(store)))
    assert [row["what"] for row in minima].count("minimum") == 3
    assert float(minima[0]["spread"]) == store.now.two.spread
    throws = rows_of(taken.throws_csv(store.now))
    assert [int(row["throws"]) for row in throws] == list(store.now.counts)


@pytest.mark.parametrize("state", STATES, ids=range(len(STATES)))
def test_the_script_makes_the_main_numbers_again(store, state):
    store.change(
        **{field: getattr(state, field) for field in ("p", "q", "humps", "start", "counts")}
    )
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(taken.script(store.now), {})
    said = out.getvalue()
    pair, humps = pair_of(store.now), store.now.two
    for name, value in (
        ("KL(p||q)", pair.kl), ("KL(q||p)", pair.reverse), ("Entropy of p", pair.entropy),
        ("Cross-entropy", pair.cross_entropy),
    ):  # fmt: skip
        found = float(re.search(rf"{re.escape(name)}: (\S+)", said)[1])
        assert found == pytest.approx(value, rel=1e-10, abs=1e-12)
    mean, spread = map(float, re.search(r"mean (\S+), spread (\S+): those of p", said).groups())
    assert (mean, spread) == pytest.approx((humps.mean, humps.spread), rel=1e-7, abs=1e-9)
    agrees_on_the_fits(store, said)
    gaps = [float(one) for one in re.findall(r"differ by (\S+)", said)]
    np.testing.assert_allclose(gaps, Likelihood(store.now.counts).entropy, rtol=1e-10, atol=1e-12)


# What the screen says, over many screens


def agrees_on_the_fits(store, said: str) -> None:
    """Check that a script ends where the path of the screen does, and knows the same minima."""
    way = one_way(store, ReverseFit)
    told_end = re.search(r"Reverse KL from .*?mean (\S+), spread (\S+), KL (\S+)", said)
    there = (*way.end, way.path.values[-1])
    assert list(map(float, told_end.groups())) == pytest.approx(there, rel=1e-5, abs=1e-6)
    minima = re.findall(r"Minimum of reverse KL: mean (\S+), spread (\S+), KL (\S+)", said)
    found = sorted(tuple(map(float, one)) for one in minima)
    expected = sorted((*one, way.fit.value(one)) for one in way.fit.minima)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)


def printed(state: DivergencesState) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(taken.script(state), {})
    return out.getvalue()


@pytest.mark.parametrize("rule", range(3))
@pytest.mark.parametrize(
    "start", [(-1.0, 1.0), (1.0, 1.0), (5.0, 0.2), (-5.0, 4.5), (0.1, 3.0)], ids=str
)
def test_the_script_ends_where_the_path_on_the_screen_does(store, start, rule):
    kind = OPTIMIZERS[rule]
    rate = (0.05, 1.9, 0.02)[rule]
    rules = tuple(kind(rate) if i == rule else one for i, one in enumerate(RULES))
    store.change(start=start, optimizer=kind.__name__, rules=rules, steps=60 + 70 * rule)
    agrees_on_the_fits(store, printed(store.now))


@pytest.mark.parametrize(
    "counts",
    [(1, 0, 0, 0, 0, 0), (0, 0, 1, 1, 0, 0), (40, 0, 0, 0, 0, 1), (1, 0, 0, 0, 0, 1),
     (0, 1, 0, 1, 0, 0), (1, 0, 1, 0, 0, 0), (3, 1, 0, 0, 0, 1), (40, 1, 1, 0, 0, 0),
     (4, 9, 14, 15, 11, 7)],
    ids=str,
)  # fmt: skip
def test_the_script_knows_a_best_die_where_the_page_does_and_no_word_contradicts(store, counts):
    store.change(counts=counts)
    said, on_the_page = printed(store.now), " ".join(told.throw_words(store, thrown(store)))
    best = Likelihood(counts).best
    found = re.search(r"best die: tilt (\S+), bend (\S+)", said)
    assert ("There is no best die" in said) == (found is None) == (best is None)
    assert ("there is no best die" in on_the_page) == (best is None)
    assert ("lowest value there is" in on_the_page) == (best is not None)
    assert ("which no die reaches" in on_the_page) == (best is None)
    if best is not None:
        assert list(map(float, found.groups())) == pytest.approx(best, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("rate", [0.1, 2.0])
@pytest.mark.parametrize("counts", [(0, 0, 9, 0, 0, 0), (9, 0, 0, 0, 0, 0), (0, 0, 5, 9, 0, 0)])
@pytest.mark.parametrize("start", [(6.0, -9.0), (6.0, 9.0), (0.0, 0.0), (-6.0, 9.0)], ids=str)
def test_no_path_is_said_to_have_come_to_a_minimum_that_does_not_exist(store, counts, start, rate):
    rules = (RULES[0], OPTIMIZERS[1](rate, 0.99), RULES[2])
    store.change(counts=counts, die_start=start, steps=500, optimizer="Momentum", rules=rules)
    said = " ".join(told.throw_words(store, thrown(store)))
    assert "lowest" not in said
    assert "Converged" not in said
    assert "is no minimum" not in said


def settled_on(state: DivergencesState):
    store = Store(state, DivergencesState())
    way = one_way(store, ReverseFit)
    return way, told.minima_sentence(state, way), told.path_sentence(state, way)


@pytest.mark.parametrize("weight", [0.5, 0.5 + 1e-8, 0.5002, 0.501, 0.52])
@pytest.mark.parametrize("right", [0.6, 0.5])
@pytest.mark.parametrize("start", [(-1.0, 1.0), (1.0, 1.0)])
def test_only_the_lowest_minimum_is_called_the_lowest(weight, right, start):
    humps = TwoHumps(weight=weight, right=right)
    way, minima, path = settled_on(DivergencesState(humps=(humps,), start=start, steps=500))
    reached, values = way.reached(), [way.fit.value(one) for one in way.fit.minima]
    above = values[reached] - min(values)
    lowest, level = above < 1e-10, sum(one - min(values) < 1e-10 for one in values) > 1
    assert way.path.outcome is Outcome.CONVERGED
    assert ("ends at the lowest value there is" in path) == lowest
    assert ("the other is as low" in minima) == (lowest and level)
    assert ("to the lowest of them" in minima) == (lowest and not level)
    assert (f"to the {('', 'second', 'third')[reached]} of them" in minima) == (not lowest)
    if not lowest:
        shown = re.search(r"and ends (\S+) nats above", path)[1].translate(PLAIN)
        assert float(shown.replace("×10", "e")) == pytest.approx(above, rel=0.02, abs=1e-6)


PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


@pytest.mark.parametrize("start", [(-1.0, 1.0), (1.0, 1.0), (-3.0, 2.0), (0.0, 2.0)])
@pytest.mark.parametrize("separation", [3.5, 4.5, 6.0])
def test_equally_good_minima_are_drawn_and_told_alike(start, separation):
    humps = TwoHumps(separation, 0.5, 0.6, 0.6)
    state = DivergencesState(humps=(humps,), start=start, steps=500)
    way, minima, _ = settled_on(state)
    left, right = way.fit.minima[:2]
    assert left[0] < 0 < right[0]
    assert way.fit.ranks[:2] == (0, 0)
    assert 0 not in way.fit.ranks[2:]
    assert ("2 minima, equally low" in minima) == (len(way.fit.minima) == 2)
    if way.reached() in (0, 1):
        side = ("left", "right")[way.reached()]
        assert f"the one on the {side}; the other is as low" in minima
    figure = stage.pictures(Store(state, DivergencesState()))["reverse"]
    marks = [one for one in figure.data if one["type"] == "scatter" and "name" in one]
    symbols = [one["marker"]["symbol"] for one in marks]
    assert ["open" in one for one in symbols] == [rank > 0 for rank in way.fit.ranks]
    assert figure.alt.count("one of the lowest") == 2


@pytest.mark.parametrize("separation", [0.0, 1.0, 2.6, 4.5])
@pytest.mark.parametrize("start", [(0.0, 2.0), (-1.0, 1.0), (1e-7, 1.0)])
def test_a_coordinate_of_a_symmetric_screen_is_told_as_0_and_not_as_rounding(separation, start):
    state = DivergencesState(humps=(TwoHumps(separation, 0.5, 0.6, 0.6),), start=start, steps=500)
    items = stage.pictures(Store(state, DivergencesState()))
    said = [*items["hump-words"].lines, *(one.note for one in items["humps"].legend)]
    marks = items["reverse"].alt.split("Marked: ")[1].split("; ")
    for line in (*said, *marks, items["humps"].alt):
        assert not re.search(r"(μ|mean|at) −?\S*×10", line), line
        assert "μ −0 " not in line


@pytest.mark.parametrize(
    ("humps", "start"),
    [(TwoHumps(), (5.0, 0.2)), (TwoHumps(), (-5.0, 0.2)), (TwoHumps(), (5.0, 1.0)),
     (TwoHumps(3.0, 0.6, 0.4, 2.0), (-5.0, 0.2)), (TwoHumps(3.0, 0.6, 0.4, 2.0), (5.0, 0.2)),
     (TwoHumps(6.0, 0.5, 0.4, 0.4), (0.9, 0.2))],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_q_has_taken_no_hump_that_it_is_not_on(humps, start, steps):
    said = lines(humps=(humps,), start=start, steps=steps)
    assert "has taken" not in said
    assert "q sits on neither hump: the path has not settled" in said


@pytest.mark.parametrize("seed", range(15))
def test_a_hump_that_q_has_taken_is_where_q_is(seed):
    random = np.random.default_rng(seed)
    humps = TwoHumps(random.uniform(2.5, 6), random.uniform(0.2, 0.8), *random.uniform(0.4, 1.2, 2))
    for steps in (1, 10, 40, 500):
        start = (float(random.uniform(-5, 5)), float(random.uniform(0.2, 4.5)))
        state = DivergencesState(humps=(humps,), start=start, steps=steps)
        store = Store(state, DivergencesState())
        way = one_way(store, ReverseFit)
        sits = told.reverse_sentence(store.now, way)
        for i, side in enumerate(("left", "right")):
            if f"taken the {side}" in sits:
                assert abs(way.end[0] - humps.centres[i]) <= 1.3 * humps.spreads[i]
        assert "neither" not in sits or way.reached() is None


@pytest.mark.parametrize(
    ("p", "q", "most"),
    [((0.3, 0.3, 0.3, 0.1), (0.1, 0.1, 0.1, 0.7), "largest terms"),
     ((0.5, 0.5, 0.0), (0.25, 0.25, 0.5), "largest terms"),
     ((0.4, 0.32, 0.28), (0.2, 0.2, 0.6), "Most"),
     ((0.35, 0.3, 0.25, 0.1), (0.1, 0.1, 0.1, 0.7), "largest term "),
     ((0.6, 0.2, 0.2), (0.2, 0.4, 0.4), "Most")],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("turn", [1, -1])
def test_most_is_said_of_one_outcome_that_adds_more_than_all_others(p, q, most, turn):
    state = DivergencesState(p=p[::turn], q=q[::turn])
    pair = pair_of(state)
    said = told.term_sentence(state, pair)
    assert said.startswith(most) or f"The {most}" in said
    top = pair.terms.max()
    named = {state.names[k] for k in range(len(p)) if pair.terms[k] >= top * (1 - 1e-9)}
    first = said.split(":")[0]
    assert {name for name in state.names if name in first} == named
    added = pair.terms[pair.terms > 0].sum()
    assert ("Most" in said) == (len(named) == 1 and top > added / 2)


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize("ways", [(0.9,), (0.01,), (0.3, 0.7, 0.123), (0.99, 0.001), (0.5, 1 / 3)])
def test_a_bar_carried_away_and_back_leaves_no_rounding_to_read(store, k, ways):
    same(store)
    was = store.now.q[k]
    for y in (*ways, was):
        hand(store, "move", f"q-{k}", x=0.0, y=y)
    np.testing.assert_allclose(store.now.q, store.now.p, rtol=1e-12)
    items = stage.pictures(store)
    said = " ".join(items["bar-words"].lines)
    assert "p and q are the same, and every divergence between them is 0" in said
    assert "they part" not in said
    for text in (said, *(items[key].alt for key in ("terms", "readings", "stack"))):
        assert "×10⁻" not in text
    store.change(q=tuple(np.array(store.now.p)[[1, 0, 2, 3]]))
    assert "are the same" not in " ".join(told.bar_words(store))


ONES = [
    {"p": (0.5, 0.5), "q": (1.0, 0.0), "bits": True},
    {"p": (1.0, 0.0), "q": (0.5, 0.5), "bits": True},
    {"p": (0.5, 0.5), "q": (0.5, 0.5), "bits": True},
    {"p": (0.25, 0.25, 0.25, 0.25), "q": (0.5, 0.5, 0.0, 0.0), "bits": True},
    {"p": (0.5, 0.5, 0.0, 0.0), "q": (0.25, 0.25, 0.25, 0.25), "bits": True},
    {"p": (1.0, 0.0), "q": (0.0, 1.0), "bits": True},
    {"p": (0.6, 0.4), "q": (0.6, 0.4), "counts": (0, 5, 0, 5, 0, 0), "bits": True},
]


@pytest.mark.parametrize("state", ONES, ids=str)
def test_one_is_one_bit_infinity_has_no_unit_and_whatever_is_finite_has_one(state):
    said = lines(**state)
    store = Store(DivergencesState(**state), DivergencesState())
    shown = " ".join([said, *explained.kl_lines(store.now, pair_of(store.now)),
                      *explained.throw_lines(store.now, thrown(store).likelihood.shares,
                                             np.zeros(2)),
                      stage.pictures(store)["likeness"].alt])  # fmt: skip
    assert not re.search(r"(?<![\d.,])1(\\ \\text\{| )(bits|nats)", shown)
    assert not re.search(r"(∞|infty)(\\ \\text\{| )(bit|nat)", shown)
    first, second = re.search(r"KL\(p‖q\) = (.*?)\*\* and KL\(q‖p\) = (.*?)\. ", said).groups()
    assert second == "∞" or re.search(" bits?$", second)
    assert second != "∞" or first == "∞" or re.search(" bits?$", first)
