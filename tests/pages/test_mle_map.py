"""The page of likelihood, prior and posterior without a browser: controls, hands, words, files."""

import contextlib
import csv
import dataclasses
import io
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from scipy import optimize
from streamlit.testing.v1 import AppTest

from core.declare import parameters
from core.likelihoods import (
    ElasticNetPrior,
    GaussianNoise,
    GaussianPrior,
    LaplacePrior,
    StudentTNoise,
)
from core.mle_map.arriving import class_sets, coin_sets, line_sets
from core.mle_map.conjugate import BetaBelief
from core.mle_map.posterior_fit import map_of, mle_of
from core.mle_map.reparameterization import CoinBelief, SigmaBelief
from core.mle_map.tournament import SETS, Tournament, entrants, run
from core.worked import latex
from pages.ui import link
from pages.ui.edits import Edits
from pages.ui.events import Event
from pages.ui.figures.parts import number
from pages.ui.mle_map import arithmetic as mle_map_arithmetic
from pages.ui.mle_map import controls as mle_map_controls
from pages.ui.mle_map import details as mle_map_details
from pages.ui.mle_map import script as mle_map_script
from pages.ui.mle_map import words as told
from pages.ui.mle_map.answer import coin_computed, coin_of, computed, lone_of, posterior_of
from pages.ui.mle_map.stage import pictures
from pages.ui.mle_map.state import (
    EACH,
    HANDS,
    NOISES,
    PRIORS,
    SEED,
    STORIES,
    STRENGTH,
    TURN,
    WIDTH,
    MleMapState,
)
from pages.ui.session import UNREADABLE, Store
from tests.pages import opening
from tests.pages.opening import healthy, words

PAGE = Path(__file__).parents[2] / "pages" / "mle_map.py"
SETS_OF = {"line": line_sets(), "classes": class_sets(), "coin": coin_sets()}


def opened(**query: str) -> AppTest:
    """Return the page, run once; its address is not its file's name, so it is opened by itself."""
    app = AppTest.from_file(PAGE, default_timeout=opening.PATIENCE)
    for name, text in query.items():
        app.query_params[name] = text
    return healthy(app.run())


def control(app, field: str):
    return app.get_by_key(f"MleMapState-{field}")


def screen(**state) -> Store[MleMapState]:
    return Store(MleMapState(**state), MleMapState())


# Opening -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", STORIES)
def test_every_story_opens_with_every_data_set(story):
    app = opened()
    assert app.title[0].value.startswith("MLE")
    control(app, "story").set_value(story)
    healthy(app.run())
    for key, data in SETS_OF[story].items():
        control(app, story).set_value(key)
        healthy(app.run())
        assert data.story in [one.value for one in app.caption]


def test_the_page_works_untouched_and_says_what_to_do():
    app = opened()
    assert "Drag a point, σ, τ or n" in app.markdown[0].value
    assert "6 of 40 points have arrived" in words(app)
    assert "largest relative deviation" in words(app)


@pytest.mark.parametrize("kind", NOISES, ids=lambda kind: kind.__name__)
def test_every_noise_works_with_its_knobs_at_both_ends(kind):
    for field, knob in parameters(kind).items():
        for end in (knob.low, knob.high):
            app = opened(v="1", noise=kind.__name__, noises=f"{kind.__name__}_{field}_{end:g}")
            assert not app.warning
            assert "−log p(r)" in words(app)


@pytest.mark.parametrize("kind", PRIORS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("story", ["line", "classes"])
def test_every_prior_works_with_its_knobs_at_both_ends(kind, story):
    for field, knob in parameters(kind).items():
        for end in (knob.low, knob.high):
            knobs = f"{kind.__name__}_{field}_{end:g}"
            app = opened(v="1", story=story, prior=kind.__name__, priors=knobs)
            assert not app.warning
            assert "with λ =" in words(app)


@pytest.mark.parametrize(
    "query",
    [{"count": "1"}, {"count": "1", "prior": "none"}, {"count": "2", "prior": "none"},
     {"count": "400", "noise": "StudentTNoise", "prior": "LaplacePrior"},
     {"story": "classes", "count": "1", "prior": "none"}, {"story": "classes", "count": "40"},
     {"story": "classes", "classes": "apart", "count": "24", "view": "density", "turn": "0"},
     {"story": "coin", "tosses": "1", "coin": "heads", "beliefs": "BetaBelief_a_0.5_b_0.5"},
     {"story": "coin", "tosses": "200", "view": "density", "beliefs": "BetaBelief_a_1_b_1"},
     {"points": "0_5_-3~39_-2_7", "selected": "39", "turn": "0.37"},
     {"spread_prior": "half", "width": "0.01"}, {"spread_prior": "half", "count": "1"},
     {"hide": "1", "large": "1"}, {"ran": "1", "each": "5", "seed": "99"},
     {"ran": "1", "noise": "StudentTNoise", "noises": "StudentTNoise_nu_0.5", "each": "2"}],
    ids=str,
)  # fmt: skip
def test_a_link_opens_its_screen(query):
    app = opened(v="1", **query)
    assert not app.warning, [one.value for one in app.warning]


@pytest.mark.parametrize(
    "query",
    [{"v": "2"}, {"v": "1", "story": "dice"}, {"v": "1", "points": "a_1_2"},
     {"v": "1", "points": "d0"}, {"v": "1", "points": "40_0_0"}, {"v": "1", "points": "0_21_0"},
     {"v": "1", "selected": "40"}, {"v": "1", "count": "0"}, {"v": "1", "turn": "1.01"},
     {"v": "1", "turn": "nan"}, {"v": "1", "noise": "Huber"}, {"v": "1", "prior": "L1"},
     {"v": "1", "priors": "GaussianPrior_tau_0"}, {"v": "1", "beliefs": "BetaBelief_a_0"},
     {"v": "1", "each": "1"}, {"v": "1", "width": "0"}, {"v": "1", "spread_prior": "x"},
     {"v": "1", "story": "classes", "classes": "apart", "points": "24_0_0"}],
    ids=str,
)  # fmt: skip
def test_a_link_nobody_wrote_gives_the_page_as_it_starts_and_one_sentence(query):
    assert [one.value for one in opened(**query).warning] == [UNREADABLE]


def test_what_is_chosen_travels_in_the_link_and_moved_points_stay_with_their_data():
    app = opened(v="1", points="39_1_2")
    control(app, "story").set_value("classes")
    healthy(app.run())
    control(app, "classes").set_value("apart")
    control(app, "prior").set_value("LaplacePrior")
    control(app, "view").set_value("density")
    healthy(app.run())
    query = {name: str(text).strip("[]'") for name, text in app.query_params.items()}
    assert "points" not in query
    assert query["story"], query["classes"] == ("classes", "apart")
    assert (query["prior"], query["view"]) == ("LaplacePrior", "density")
    again = opened(**query)
    assert words(again) == words(app)


def test_the_link_of_any_screen_reads_back():
    state = MleMapState(
        story="classes", prior="none", count=9, points=Edits(((3, 0.5, 1.0),)), selected=3,
        turn=0.25, ran=True, width=2.0, beliefs=(BetaBelief(3.0, 0.5),),
    )  # fmt: skip
    assert link.read(MleMapState, link.write(state)) == state
    assert link.write(MleMapState()) == {}


@pytest.mark.parametrize(
    "wrong",
    [{"points": Edits(added=((0.0, 0.0),))}, {"points": Edits(removed=(1,))},
     {"points": Edits(((40, 0.0, 0.0),))}, {"points": Edits(((0, 0.0, 20.5),))},
     {"points": Edits(relabelled=((0, 1),))}, {"selected": 40},
     {"story": "classes", "classes": "apart", "selected": 24}],
    ids=str,
)  # fmt: skip
def test_a_screen_that_no_hand_could_make_is_refused(wrong):
    with pytest.raises(link.LinkError):
        MleMapState(**wrong)


def test_a_link_cannot_make_a_label_of_a_height_nor_more_points_than_there_are():
    state = MleMapState(story="classes", points=Edits(((0, 1.0, 0.4),)), count=400, tosses=300)
    np.testing.assert_array_equal(state.places[1], class_sets()["overlap"].y)
    assert state.places[0][0] == 1.0
    assert state.known == 40
    assert dataclasses.replace(state, story="coin", points=Edits()).known == 200


# What hands do -----------------------------------------------------------------------------------


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store[MleMapState]:
    monkeypatch.setattr(st, "rerun", lambda *_: None)
    return screen()


def hand(store, kind, handle="", **more):
    HANDS.act(store, Event(kind, 1, handle, **more))


def test_a_point_moves_alone_and_the_fit_follows(store):
    before, fit = store.now.places, computed(store).map.theta
    hand(store, "move", "points", index=2, x=1.0, y=-3.0)
    x, y = store.now.places
    assert (x[2], y[2]) == (1.0, -3.0)
    assert (np.delete(x, 2) == np.delete(before[0], 2)).all()
    assert store.now.selected == 2
    assert np.abs(computed(store).map.theta - fit).max() > 0.05
    hand(store, "undo")
    np.testing.assert_allclose(computed(store).map.theta, fit)


def test_a_point_that_has_not_arrived_moves_nothing_yet(store):
    fit = computed(store).map.theta
    hand(store, "move", "points", index=30, x=1.0, y=-3.0)
    np.testing.assert_array_equal(computed(store).map.theta, fit)


def test_points_stay_within_reach_and_labels_stay(store):
    hand(store, "move", "points", index=0, x=1e9, y=-1e9)
    assert [one[0] for one in store.now.places] == [20.0, -20.0]
    assert link.read(MleMapState, link.write(store.now)) == store.now
    store.change(story="classes", points=Edits())
    hand(store, "move", "points", index=0, x=-1.5, y=0.7)
    x, label = store.now.places
    assert x[0] == -1.5
    np.testing.assert_array_equal(label, class_sets()["overlap"].y)


@pytest.mark.parametrize("index", [None, 40, 999])
def test_a_point_that_is_not_there_is_not_moved(store, index):
    hand(store, "move", "points", index=index, x=0.0, y=0.0)
    assert store.now == MleMapState()
    store.change(story="coin")
    hand(store, "move", "points", index=0, x=0.0, y=0.0)
    assert not store.now.points.count


def test_a_selected_point_is_the_one_the_arithmetic_shows(store):
    hand(store, "select", "points", index=4)
    assert store.now.selected == 4
    assert mle_map_arithmetic.cards(computed(store))[0][0].startswith("Point 5 under")


@pytest.mark.parametrize("prior", PRIORS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("noise", NOISES, ids=lambda kind: kind.__name__)
def test_lambda_keeps_the_noise_and_moves_the_prior_and_back(store, prior, noise):
    store.change(noise=noise.__name__, prior=prior.__name__)
    kept = store.now.chosen_noise
    hand(store, "move", "strength", value=3.7)
    assert store.now.strength == pytest.approx(3.7)
    assert store.now.chosen_noise == kept
    for name in ("sigma", "b", "s"):
        if hasattr(kept, name):
            before = store.now.strength
            hand(store, "move", f"{noise.__name__}.{name}", value=2.0)
            changed = store.now.strength != pytest.approx(before)
            assert changed == (noise.__name__ != "LogisticNoise")
    hand(store, "undo")


def test_dragging_sigma_or_tau_changes_lambda_as_their_squares(store):
    hand(store, "move", "GaussianNoise.sigma", value=2.0)
    assert store.now.strength == pytest.approx(4.0)
    hand(store, "move", "GaussianPrior.tau", value=0.5)
    assert store.now.strength == pytest.approx(16.0)


@pytest.mark.parametrize("value", [0.0, -1.0, 1e300])
def test_a_strength_that_no_prior_has_changes_nothing(store, value):
    before = store.now
    hand(store, "move", "strength", value=value)
    assert store.now == before
    store.change(prior="none")
    hand(store, "move", "strength", value=1.0)
    assert store.now == dataclasses.replace(before, prior="none")


def test_the_extremes_of_lambda_draw_and_read_back(store):
    for value in (STRENGTH.minimum, STRENGTH.low, STRENGTH.high, STRENGTH.maximum):
        hand(store, "move", "strength", value=value)
        assert store.now.strength == pytest.approx(value)
        pictures(store)
        assert link.read(MleMapState, link.write(store.now)) == store.now


def test_how_much_has_arrived_is_turned_within_what_there_is(store):
    for value, known in ((1e6, 40), (-3.0, 1), (7.4, 7)):
        hand(store, "move", "count", value=value)
        assert store.now.known == store.now.count == known
    store.change(story="coin")
    hand(store, "move", "count", value=150.0)
    assert (store.now.known, store.now.count) == (150, 7)


@pytest.mark.parametrize(
    ("field", "knob"), [("turn", TURN), ("each", EACH), ("seed", SEED), ("width", WIDTH)]
)
def test_numbers_of_the_page_are_turned_within_their_ends(store, field, knob):
    for value in (knob.low, knob.high):
        hand(store, "move", field, value=value)
        assert getattr(store.now, field) == value
    hand(store, "move", field, value=knob.maximum * 2 + 1)
    assert getattr(store.now, field) == knob.high


def test_the_prior_of_the_coin_turns(store):
    store.change(story="coin")
    before = coin_computed(store).coin.map
    hand(store, "move", "BetaBelief.a", value=9.0)
    assert store.now.beta == BetaBelief(9.0, 2.0)
    assert coin_computed(store).coin.map > before


def test_reset_puts_every_point_back(store):
    hand(store, "move", "points", index=0, x=0.0, y=0.0)
    HANDS.reset(store)
    assert not store.now.points.count
    hand(store, "undo")
    assert store.now.points.count == 1


# While a hand moves ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [{}, {"noise": "LaplaceNoise", "prior": "LaplacePrior"}, {"noise": "StudentTNoise"},
     {"story": "classes", "count": 20}, {"story": "classes", "prior": "ElasticNetPrior"}],
    ids=str,
)  # fmt: skip
def test_the_axes_stay_while_a_hand_moves_and_the_numbers_are_those_at_rest(store, state):
    store.change(**state)
    before = pictures(store)
    hand(store, "move", "points", index=1, x=0.3, y=4.0, phase="move")
    held = pictures(store)
    assert store.held == "points"
    for key in ("data", "likelihood", "posterior", "noise", "prior"):
        for axis in ("xaxis", "yaxis"):
            assert held[key].layout[axis]["range"] == before[key].layout[axis]["range"]
    assert "when you let go" in " ".join(held["words"].lines)
    fit = computed(store).map.theta
    hand(store, "move", "points", index=1, x=0.3, y=4.0)
    assert not store.held
    np.testing.assert_allclose(computed(store).map.theta, fit, atol=1e-9)
    assert "largest relative deviation" in " ".join(pictures(store)["words"].lines)


def test_the_walk_at_rest_is_whole_and_its_step_is_the_estimate():
    for state in ({}, {"noise": "LaplaceNoise"}, {"story": "classes", "count": 30}):
        answer = computed(screen(**state))
        known = answer.state.known
        assert answer.walk.count.tolist() == list(range(len(answer.state.base.x) + 1))
        np.testing.assert_allclose(answer.walk.map[known], answer.map.theta, atol=1e-7)
        np.testing.assert_allclose(answer.walk.mle[known], answer.mle.theta, atol=1e-6)
        assert (answer.walk.map[0] == 0.0).all()


def test_while_a_hand_moves_a_walk_that_it_changes_has_few_steps(store):
    whole = computed(store).walk
    hand(store, "move", "count", value=9, phase="move")
    assert computed(store).walk is whole
    hand(store, "move", "points", index=1, x=0.3, y=4.0, phase="move")
    assert len(computed(store).walk.count) < 10 < len(whole.count)
    hand(store, "move", "points", index=1, x=0.3, y=4.0)
    assert len(computed(store).walk.count) == len(whole.count)


def test_the_coin_shows_as_many_tosses_until_the_hand_lets_go(store):
    store.change(story="coin", tosses=10)
    before = pictures(store)["walk"].layout["xaxis"]["range"]
    hand(store, "move", "count", value=30, phase="move")
    assert pictures(store)["walk"].layout["xaxis"]["range"] == before
    hand(store, "move", "count", value=30)
    assert pictures(store)["walk"].layout["xaxis"]["range"][1] > before[1]


def test_a_walk_of_other_data_is_not_kept(store):
    first = computed(store).walk
    hand(store, "move", "points", index=0, x=0.0, y=9.0)
    assert np.abs(computed(store).walk.map[3] - first.map[3]).max() > 0.05
    hand(store, "move", "GaussianPrior.tau", value=0.1)
    assert np.abs(computed(store).walk.map[3]).max() < 0.2


# Words -------------------------------------------------------------------------------------------


def said(**state) -> str:
    return " ".join(line for one in pictures(screen(**state)).values()
                    if hasattr(one, "lines") for line in one.lines)  # fmt: skip


def test_words_tell_the_estimates_of_the_core():
    store = screen(count=12, prior="LaplacePrior")
    posterior = posterior_of(store.now, 12)
    text = " ".join(told.words(store, computed(store)))
    for peak in (mle_of(posterior.likelihood), map_of(posterior)):
        assert told.pair(peak.theta) in text
    assert "12 of 40 points have arrived" in text


def test_the_identity_is_told_with_the_numbers_of_the_screen():
    store = screen(
        noises=tuple(GaussianNoise(0.5) if kind is GaussianNoise else kind() for kind in NOISES),
        priors=tuple(GaussianPrior(0.25) if kind is GaussianPrior else kind() for kind in PRIORS),
    )
    text = " ".join(told.words(store, computed(store)))
    assert "−log posterior = 2 · (Σ squared error + λ · L2 penalty)" in text
    assert "with λ = 4," in text
    deviation = told.deviation_of(store, computed(store))
    assert 0.0 < deviation < 1e-12
    assert deviation == computed(store).posterior.identity_deviation(computed(store).grid)
    assert "L2 penalty" not in said(prior="none")
    assert "−log posterior = Σ logistic loss + λ · L2 penalty + 1.84" in said(story="classes")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [({"count": 1}, "a whole valley"), ({"count": 1}, "The prior alone makes one answer"),
     ({"count": 1, "prior": "none"}, "Choose a prior, and there is"),
     ({"count": 1, "prior": "none"}, "Without a fit there are no residuals"),
     ({"count": 1}, "no density to draw"), ({"count": 1}, "from the 1 residual above"),
     ({"count": 1}, "1 of 40 points has arrived"),
     ({"count": 2, "prior": "none"}, "The line passes through every point"),
     ({"story": "classes", "classes": "apart"}, "the classes are apart"),
     ({"story": "classes", "count": 1}, "with one class only"),
     ({"noise": "StudentTNoise"}, "there may be other peaks"),
     ({"prior": "none"}, "MAP and MLE are the same"),
     ({"spread_prior": "half"}, "σ within about 1 beforehand"),
     ({"story": "classes", "count": 20}, "The MAP stays too"),
     ({"story": "coin", "coin": "heads", "tosses": 1}, "1 head in 1 toss."),
     ({"story": "coin", "view": "density"}, "The likelihood is no density over p"),
     ({"story": "coin"}, "= 0.667"), ({"count": 2}, "hollow at its edge: MLE")],
    ids=str,
)  # fmt: skip
def test_special_screens_say_what_is_special(state, sentence):
    if sentence.startswith("hollow"):
        state = {**state, "points": Edits(((0, 0.0, 5.0), (1, 0.1, -5.0)))}
    assert sentence in said(**state)


@pytest.mark.parametrize(
    "belief", [BetaBelief(0.5, 0.5), BetaBelief(1.0, 1.0), BetaBelief(3.0, 0.5)], ids=repr
)
def test_a_coin_whose_peak_is_at_an_end_is_told(belief):
    coin = coin_of(MleMapState(story="coin", tosses=1, coin="heads", beliefs=(belief,)))
    assert coin.posterior.peak.value in said(
        story="coin", tosses=1, coin="heads", beliefs=(belief,)
    )


def test_words_never_tell_a_number_that_is_none_on_any_screen():
    for story, count, prior, view in itertools.product(
        STORIES, (1, 2, 3, 24), ("none", "GaussianPrior", "LaplacePrior"), ("surprise", "density")
    ):
        text = said(story=story, count=count, tosses=count, prior=prior, view=view)
        assert not re.search(r"\bnan\b|None|undefined|\binf\b", text), text


def test_mle_stays_and_map_moves_as_the_core_says():
    state = MleMapState()
    answer = computed(screen())
    lone = lone_of(state, answer.residuals)
    assert isinstance(lone, SigmaBelief)
    assert lone.mle == pytest.approx(np.sqrt(np.mean(answer.residuals**2)))
    assert f"σ = {lone.moved_map:.4g}" in said()
    assert isinstance(lone_of(MleMapState(story="coin"), None), CoinBelief)
    labels = lone_of(MleMapState(story="classes", count=10), None)
    assert labels.coin.heads == class_sets()["overlap"].y[:10].sum()
    assert lone_of(state, None) is None


# Predict, then see -------------------------------------------------------------------------------


@pytest.mark.parametrize("prior", ["none", *(kind.__name__ for kind in PRIORS)])
@pytest.mark.parametrize("guess", told.GUESSES)
def test_the_question_is_answered_by_what_the_map_does(store, prior, guess):
    store.change(prior=prior)
    did, doing, made = mle_map_controls.surer(store.now)
    assert doing
    before = computed(store).map.theta
    mle_map_controls._do(store, did, made)
    after = computed(store).map.theta
    answer = told.way(before, after)
    assert answer == told.NEARER
    store.own["guess"] = guess
    first = told.words(store, computed(store))[0]
    assert first.startswith("**Right. " if guess == answer else "**Not this time. ")
    assert f"{did}, the MAP moved by" in first
    hand(store, "undo")
    assert store.now.prior == prior
    assert did not in " ".join(told.words(store, computed(store)))


def test_the_question_of_the_coin_doubles_what_was_imagined(store):
    store.change(story="coin")
    did, _, made = mle_map_controls.surer(store.now)
    assert made == {"beliefs": (BetaBelief(4.0, 4.0),)}
    mle_map_controls._do(store, did, made)
    assert "towards the prior's peak" in told.coin_words(store, coin_computed(store))[0]
    hand(store, "move", "BetaBelief.a", value=1.0)
    assert "peak" not in told.coin_words(store, coin_computed(store))[0]


def test_a_prior_that_can_be_no_surer_asks_nothing():
    tight = dataclasses.replace(GaussianPrior(), tau=1e-50)
    state = MleMapState(priors=(tight, LaplacePrior(), ElasticNetPrior()))
    assert mle_map_controls.surer(state)[2] is None


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [([1.0, 0.0], [0.5, 0.0], told.NEARER), ([1.0, 0.0], [1.0, 1.0], told.FARTHER),
     ([0.0, 0.0], [0.0, 0.0], told.STAYS), ([1.0, 0.0], [0.0, -1.0], told.STAYS)],
)  # fmt: skip
def test_nearer_and_farther_are_by_the_distance_from_the_peak(before, after, way):
    assert told.way(np.array(before), np.array(after)) == way


def test_the_question_stands_on_the_page_and_its_button_turns_the_prior():
    app = opened()
    app.get_by_key("halve").click()
    healthy(app.run())
    assert "With τ halved, the MAP moved by" in words(app)
    assert str(app.query_params["priors"]).strip("[]'") == "GaussianPrior_tau_0.5"


# The tournament ----------------------------------------------------------------------------------


def test_the_tournament_runs_when_it_is_asked_to_and_the_link_shows_it_again():
    app = opened(noise="LaplaceNoise", v="1")
    assert "Cramér–Rao" not in words(app)
    app.get_by_key("tournament").click()
    healthy(app.run())
    text = words(app)
    assert "Cramér–Rao" in text
    assert str(app.query_params["ran"]).strip("[]'") == "1"
    again = opened(noise="LaplaceNoise", v="1", ran="1")
    assert words(again) == text


def tournament(*rows) -> Tournament:
    return Tournament(GaussianNoise(1.0), 25, entrants(GaussianNoise(1.0))[: len(rows)],
                      np.array(rows), 0.04)  # fmt: skip


def test_a_winner_is_named_only_if_there_is_one():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=SETS), rng.normal(size=SETS)
    even = mle_map_details.tournament_words(tournament(one, two))
    assert even[0].startswith("**No single winner:**")
    assert "cannot tell it from" in even[0]
    clear = mle_map_details.tournament_words(tournament(5 * one, one))
    assert clear[0].startswith("**Absolute error estimates best:**")
    assert "squared error: its least total is maximum likelihood" in clear[0]


@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize("nu", [0.5, 1.0])
def test_without_a_mean_squared_error_is_never_among_those_that_cannot_be_told(nu, seed):
    told_ = list(run(StudentTNoise(nu), SETS, 25, seed))[-1]
    verdict, *_, last = mle_map_details.tournament_words(told_)
    assert "squared error" not in verdict.split(" The noise's own loss")[0].split("Two are")[0]
    assert "fair coin" in verdict
    assert last.startswith("**This noise has no mean,**")


def test_heavy_tails_are_named():
    told_ = Tournament(
        dataclasses.replace(MleMapState().noises[2], nu=1.5), 25, entrants(MleMapState().noises[2]),
        np.random.default_rng(0).normal(size=(5, 50)), 0.04,
    )  # fmt: skip
    assert "variance of this noise is infinite" in mle_map_details.tournament_words(told_)[-1]


def test_the_strips_are_the_estimates():
    one = np.linspace(-0.5, 0.5, SETS)
    figure = mle_map_details.strips(tournament(one, 2 * one))
    dots = [trace for trace in figure.data if trace["type"] == "scatter" and trace.get("name")]
    assert {trace["name"] for trace in dots} == {"Squared error ★", "Absolute error"}
    lines = [trace["x"][0] for trace in figure.data[:2]]
    assert lines == pytest.approx([-0.2, 0.2])


# Arithmetic and files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [{}, {"count": 1}, {"count": 1, "prior": "none"}, {"noise": "LogisticNoise"},
     {"prior": "LaplacePrior"}, {"story": "classes"}, {"spread_prior": "half"}],
    ids=str,
)  # fmt: skip
def test_the_arithmetic_holds_numbers_and_nothing_undefined(state):
    for title, formula, lines, caption in mle_map_arithmetic.cards(computed(screen(**state))):
        assert title
        assert caption
        assert "undefined" not in formula + "".join(lines)


@pytest.mark.parametrize("story", ["line", "classes"])
def test_without_a_fit_nothing_is_worked_out_at_it_and_the_page_says_so(story):
    store = screen(story=story, count=1, prior="none")
    assert mle_map_arithmetic.cards(computed(store)) == []
    assert told.NO_FIT in said(story=story, count=1, prior="none")
    assert told.NO_FIT not in said(story=story, count=1)
    app = opened(v="1", story=story, count="1", prior="none")
    assert told.NO_FIT in [one.value for one in app.caption]
    assert told.NO_FIT not in [one.value for one in opened(v="1", story=story, count="1").caption]


@pytest.mark.parametrize("spread", [0.1, 1.0, 2.5])
@pytest.mark.parametrize("kind", NOISES, ids=lambda kind: kind.__name__)
def test_words_and_cards_name_scale_and_unit_of_every_loss(kind, spread):
    name = next(name for name in ("sigma", "b", "s") if name in parameters(kind))
    noise = dataclasses.replace(kind(), **{name: spread})
    noises = tuple(noise if one is kind else one() for one in NOISES)
    store = screen(noise=kind.__name__, noises=noises)
    card = " ".join(mle_map_arithmetic.cards(computed(store))[0][2])
    card = card.replace(" \\\\ &", " ").replace("&", "")
    text = said(noise=kind.__name__, noises=noises)
    scale = number(noise.scale)
    assert f"the scale, {told.SCALES[kind]}" in text
    assert f"−log p(r) = {scale} · (" in text
    assert rf"\text{{scale}} = {mle_map_arithmetic.SCALES[kind]}" in card
    assert rf"= {latex(noise.scale)}" in card
    if kind.__name__ == "StudentTNoise":
        assert f"Cauchy loss of scale √ν·s = {number(noise.loss.scale)}" in text
        assert rf"\sqrt{{\nu}}\,s = {latex(noise.loss.scale)}" in card
    if kind.__name__ == "LogisticNoise":
        assert f"of r in units of 2s = {number(2 * spread)}" in text
        assert rf"u = 2s = {latex(2 * spread)}" in card
    if kind.__name__ == "HuberNoise":
        assert "Huber loss of δ = 1" in text


@pytest.mark.parametrize("kind", NOISES, ids=lambda kind: kind.__name__)
def test_the_scale_that_is_named_is_the_scale_of_the_core(kind):
    noise = dataclasses.replace(kind(), **{next(iter(parameters(kind))): 1.7})
    knobs = {"σ": "sigma", "ν": "nu", "δ": "delta", "s": "s", "b": "b"}
    values = {letter: getattr(noise, name, None) for letter, name in knobs.items()}
    code = told.SCALES[kind].replace("²", "**2").replace("2σ", "2*σ")
    assert eval(code, {}, values) == pytest.approx(noise.scale)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda kind: kind.__name__)
def test_the_strength_of_two_classes_speaks_of_no_noise(prior):
    store = screen(story="classes", count=20, prior=prior.__name__)
    card = next(one for one in mle_map_arithmetic.cards(computed(store)) if "strong" in one[0])
    assert "σ" not in card[3]
    assert "noise" not in card[1] + card[3]
    line = mle_map_arithmetic.cards(computed(screen(prior=prior.__name__)))[1]
    assert "σ²/τ²" in line[3]


@pytest.mark.parametrize("count", [1, 2, 9])
def test_labels_are_counted_in_plain_words(count):
    heads = int(class_sets()["overlap"].y[:count].sum())
    labels = "1 label" if count == 1 else f"{count} labels"
    assert f"from {labels}, {heads} of class 1, with" in said(story="classes", count=count)


def test_the_sum_of_the_arithmetic_is_the_posterior_of_the_core():
    answer = computed(screen())
    lines = mle_map_arithmetic.cards(answer)[2][2]
    value = answer.posterior.value(answer.theta)
    assert lines[-1].endswith(f"= {float(f'{value:.4g}'):g}")


@pytest.mark.parametrize("a", [0.5, 1.0, 4.0])
def test_the_arithmetic_of_the_coin_is_that_of_its_peak(a):
    store = screen(story="coin", beliefs=(BetaBelief(a, a),), tosses=3)
    cards = mle_map_arithmetic.coin_cards(coin_computed(store))
    assert coin_computed(store).coin.posterior.peak.value == cards[1][3]
    imagined = mle_map_details.imagined(BetaBelief(a, a))
    assert ("below 1" in imagined, "as likely" in imagined) == (a < 1, a >= 1)


def printed(code: str) -> dict[str, list[float]]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "<script>", "exec"), {"__name__": "__main__"})
    lines = [line.split() for line in out.getvalue().splitlines()]
    return {line[0]: [float(one) for one in line[1:]] for line in lines if line[0] in _PRINTED}


_PRINTED = ("MLE", "MAP", "mean")


@pytest.mark.parametrize("noise", NOISES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("prior", ["none", *(kind.__name__ for kind in PRIORS)])
def test_the_script_makes_the_same_estimates(noise, prior):
    store = screen(noise=noise.__name__, prior=prior, count=14, line="strays")
    told_ = printed(mle_map_script.script(store.now))
    answer = computed(store)
    least = answer.posterior.value(answer.map.theta)
    assert told_["MAP"][2] == pytest.approx(least, rel=1e-7)
    assert told_["MLE"][2] == pytest.approx(answer.likelihood.value(answer.mle.theta), rel=1e-7)
    np.testing.assert_allclose(told_["MAP"][:2], answer.map.theta, atol=1e-3)


def test_the_script_of_classes_and_of_the_coin_make_the_same_estimates():
    store = screen(story="classes", count=24, prior="LaplacePrior")
    told_ = printed(mle_map_script.script(store.now))
    np.testing.assert_allclose(told_["MAP"][:2], computed(store).map.theta, atol=1e-4)
    store = screen(story="coin", tosses=17, beliefs=(BetaBelief(3.0, 1.5),))
    told_ = printed(mle_map_script.script(store.now))
    coin = coin_computed(store).coin
    assert told_["MLE"][0] == coin.mle
    assert told_["MAP"][0] == pytest.approx(coin.map, abs=2e-6)
    assert told_["mean"][0] == pytest.approx(coin.posterior.mean)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_files_hold_what_is_on_the_screen():
    store = screen(points=Edits(((2, 1.0, -3.0),)))
    answer = computed(store)
    for text in (mle_map_details.landscapes_csv(answer), mle_map_details.walk_csv(answer),
                 mle_map_details.data_csv(store.now)):  # fmt: skip
        assert not any(name.startswith("'") for name in rows(text)[0])
    data = rows(mle_map_details.data_csv(store.now))
    assert data[0] == ["arrived", "x", "y"]
    assert [float(one) for one in data[3]] == [3.0, 1.0, -3.0]
    landscapes = np.array(rows(mle_map_details.landscapes_csv(answer))[1:], dtype=float)
    assert landscapes.shape == (answer.grid.points.shape[0], 5)
    np.testing.assert_allclose(landscapes[:, 2] + landscapes[:, 3], landscapes[:, 4])
    np.testing.assert_allclose(landscapes[:, 4], answer.posterior.values(landscapes[:, :2]))
    walk = rows(mle_map_details.walk_csv(answer))
    assert walk[2][1] == ""
    np.testing.assert_allclose([float(one) for one in walk[7][3:]], answer.map.theta, atol=1e-9)
    coin = rows(mle_map_details.coin_csv(screen(story="coin")))
    assert coin[1] == ["0", "", "0.5"]
    told_ = rows(mle_map_details.tournament_csv(tournament(np.arange(3.0), np.arange(3.0))))
    assert told_[0] == ["data set", "Squared error", "Absolute error"]
    assert len(told_) == 4


def test_the_least_of_the_page_is_that_of_scipy():
    for state in ({"count": 9}, {"story": "classes", "count": 18}):
        answer = computed(screen(**state))
        found = optimize.minimize(answer.posterior.value, [0.0, 0.0], tol=1e-12)
        np.testing.assert_allclose(answer.map.theta, found.x, atol=1e-5)


def test_typed_numbers_are_moves(store):
    mle_map_details._typed(
        store, {"edited_rows": {"3": {"x": 1.5}, "4": {"y": 1e9}, "5": {"x": None}}}
    )
    x, y = store.now.places
    assert x[3] == 1.5
    assert y[4] == 20.0
    assert store.now.points.count == 2
