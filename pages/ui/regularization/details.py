"""What the page of regularization explains below its stages, when the hand lets go."""

from functools import partial

import numpy as np
import streamlit as st

from core.regularization.mean_square import parts
from core.regularization.proximal import drawn_in
from core.worked import enclosed, latex, pair
from pages.ui import details, export
from pages.ui.explain import broken
from pages.ui.regularization.hands import answered
from pages.ui.regularization.script import script
from pages.ui.regularization.stage import coefficient_names
from pages.ui.regularization.state import RegularizationState
from pages.ui.regularization.study import (
    held_of,
    pair_of,
    path_of,
    race_of,
    ten_of,
    top_of,
    wave_of,
)
from pages.ui.regularization.words import first_sentence
from pages.ui.session import Store

State = RegularizationState


def arithmetic(store: Store[State]) -> None:
    """Show the conditions of the optimum, one step of the race, and the choice of λ, in numbers."""
    left, right = st.columns(2, gap="medium")
    with left:
        details.card(
            "Why the optimum is where it is",
            r"f(w) = \tfrac1n \lVert y - Xw \rVert^2, \qquad "
            r"-\frac{\partial f}{\partial w_j} \in \lambda\,\partial\Omega(w)_j",
            balance_lines(store),
            "Where a coefficient is 0, the corner holds any pull up to λ times its share of |w|; "
            "elsewhere the two must be equal.",
        )
    with right:
        details.card(
            "One proximal step",
            store.now.proximal.formula,
            step_lines(store),
            "Pause the player at another step to see its numbers here.",
        )
        details.card(
            "One standard error",
            r"\lambda_{1\mathrm{SE}} = \max\{\lambda : \bar e(\lambda) \le \bar e(\lambda^*) + "
            r"s(\lambda^*)\}",
            choice_lines(store),
            "Features are standardized once over all patients; the intercept is learnt anew "
            "without each fold. Which patient is in which fold is drawn with seed 0.",
        )


def balance_lines(store: Store[State]) -> list[str]:
    """Return, for each coefficient, what the loss pulls with and what the penalty answers."""
    held, problem, state = held_of(store), pair_of(store).problem, store.now
    told, w = held.balance, held.coefficients
    bent, round_ = parts(state.told)
    lines = [rf"w = {pair(w)}, \qquad \Omega(w) = {latex(float(state.told.value(w)))} = t"
             if state.strength else rf"w = {pair(w)}, \qquad \lambda = 0"]  # fmt: skip
    for k in range(2):
        row = problem.gram[k]
        products = " + ".join(
            rf"{enclosed(float(g))} \cdot {enclosed(float(v))}" for g, v in zip(row, w, strict=True)
        )
        rest = rf"2\left({enclosed(float(problem.moment[k]))} - ({products})\right)"
        lines.append(
            broken(rf"-\partial f/\partial w_{k + 1} = {rest} = {latex(float(told.pull[k]))}")
        )
        lines.append(_answer(k, state.strength, (bent, round_), told.held, float(w[k])))
    return lines


def _answer(k: int, strength: float, shares: tuple[float, float], held: float, w: float) -> str:
    """Return what the penalty pulls with at coefficient k."""
    bent, round_ = shares
    if w == 0.0:
        if held == 0.0:
            return rf"w_{k + 1} = 0: \quad \text{{nothing pulls there}}"
        reach = latex(held)
        return rf"w_{k + 1} = 0: \quad \text{{held by }} [-{reach},\ {reach}]"
    terms = []
    if bent:
        sign = "" if w > 0 else "-"
        terms.append(rf"{sign}{latex(strength)} \cdot {latex(bent)}")
    if round_:
        terms.append(rf"2 \cdot {latex(strength)} \cdot {latex(round_)} \cdot {enclosed(w)}")
    total = strength * (bent * float(np.sign(w)) + 2.0 * round_ * w)
    return rf"\lambda\,\partial\Omega/\partial w_{k + 1} = {' + '.join(terms)} = {latex(total)}"


def step_lines(store: Store[State]) -> list[str]:
    """Return one step of the race: the gradient step, and what is drawn in."""
    state, problem, path = store.now, pair_of(store).problem, race_of(store).proximal
    last = len(path.points) - 1
    step = min(store.own.get("step", last), max(last - 1, 0))
    w, size = path.points[step], state.proximal.size(problem)
    slope = problem.gradient(w)
    moved = w - size * slope
    bent, round_ = parts(state.told)
    pull = size * state.strength
    out = drawn_in(state.told, pull, moved)
    lines = [
        rf"w_{{{step}}} = {pair(w)}, \qquad \alpha = {latex(state.proximal.pace)} / "
        rf"{latex(problem.steepest)} = {latex(size)}",
        broken(rf"z = {pair(w)} - {latex(size)} \cdot {pair(slope)} = {pair(moved)}"),
    ]
    for k in range(2):
        z, to = float(moved[k]), float(out[k])
        top = rf"\operatorname{{sign}}({latex(z)}) \max(|{latex(z)}| - {latex(bent * pull)},\ 0)"
        below = rf"1 + 2 \cdot {latex(round_ * pull)}"
        told = rf"\frac{{{top}}}{{{below}}}" if round_ else top
        lines.append(broken(rf"\operatorname{{prox}}(z)_{k + 1} = {told} = {latex(to)}"))
    if state.proximal.quick:
        lines.append(r"\text{With momentum the step is taken from a little ahead of } w.")
    return lines


def choice_lines(store: Store[State]) -> list[str]:
    """Return the lowest error, its doubt, and the largest λ within it."""
    answer = ten_of(store)
    told, best, simple = answer.validation, answer.validation.best, answer.validation.simplest
    low, doubt = float(told.mean[best]), float(told.doubt[best])
    return [
        rf"\bar e({latex(answer.best)}) = {latex(low)}, \qquad s = {latex(doubt)}",
        rf"\bar e({latex(answer.simplest)}) = {latex(float(told.mean[simple]))} \le "
        rf"{latex(low)} + {latex(doubt)} = {latex(low + doubt)}",
    ]


_NOT_YET = "Which coefficient is the first at exactly 0 is said here after a guess or a drag of λ."


def about(store: Store[State]) -> None:
    """Say what the penalty is and believes, and what the path does."""
    penalty = store.now.told
    st.markdown(f"**{penalty.name}.** {penalty.story} As a belief: {penalty.prior}")
    first = first_sentence(path_of(store)) if answered(store) else _NOT_YET
    st.caption(f"Source: {penalty.source}. {first}")


def numbers(store: Store[State]) -> None:
    """Show both coefficients as numbers, without a penalty and with it."""
    held, names = held_of(store), coefficient_names(store)
    st.table(
        {
            "Coefficient": list(names),
            f"without a penalty{' (one of many)' if held.copies else ''}": [
                f"{value:.6g}" for value in held.free
            ],
            "on this screen": [f"{value:.6g}" for value in held.coefficients],
            "pull of the loss": [f"{value:.6g}" for value in held.balance.pull],
        },
        hide_index=True,
        border="horizontal",
        alt="Both coefficients without a penalty and with it, and the pull of the loss",
    )


def take_along(store: Store[State]) -> None:
    """Offer the numbers as files, and say what the link carries."""
    st.caption("The address of this page carries this very screen: copy it to share.")
    with st.container(horizontal=True):
        offer = details.download
        offer("Data as CSV", "two-features.csv", partial(data_csv, store))
        offer("Path as CSV", "coefficient-path.csv", partial(path_csv, store))
        offer("Race as CSV", "race.csv", partial(race_csv, store))
        offer("Polynomial errors as CSV", "polynomial-errors.csv", partial(errors_csv, store))
        offer("Ten features as CSV", "ten-features.csv", partial(ten_csv, store))
        offer("NumPy script", "regularization.py", partial(script, store))


def data_csv(store: Store[State]) -> str:
    """Return features and target as they are on the screen."""
    pair_, story = pair_of(store), store.now.story
    header = (*story.names, story.target)
    rows = zip(*pair_.features.T.tolist(), pair_.values.tolist(), strict=True)
    return export.table_csv(header, rows)


def path_csv(store: Store[State]) -> str:
    """Return both coefficients for strengths up to the end of the picture, corners included."""
    found, top = path_of(store), top_of(store)
    corners = [one.strength for one in found.breakpoints]
    strengths = np.union1d(np.linspace(0.0, top, 101), [*corners, store.now.strength])
    rows = np.column_stack([strengths, found.at(strengths)]).tolist()
    return export.table_csv(("strength", "w1", "w2"), rows)


def race_csv(store: Store[State]) -> str:
    """Return both paths, step by step."""
    answer = race_of(store)
    rows = (
        (name, step, *point.tolist(), float(value), float(value) - answer.lowest)
        for name, path in (("proximal", answer.proximal), ("subgradient", answer.subgradient))
        for step, (point, value) in enumerate(zip(path.points, path.values, strict=True))
    )
    return export.table_csv(("racer", "step", "w1", "w2", "cost", "above the lowest"), rows)


def errors_csv(store: Store[State]) -> str:
    """Return both errors of the polynomial against its degree and its strength; empty if none."""
    answer, state = wave_of(store), store.now
    rows = [
        (degree, state.smoothing, *map(_known, both))
        for degree, both in enumerate(answer.by_degree)
    ]
    rows += [
        (state.degree, float(strength), *map(_known, both))
        for strength, both in zip(answer.strengths, answer.by_strength, strict=True)
    ]
    return export.table_csv(("degree", "strength", "error fitted", "error held out"), rows)


def _known(value: float) -> float | str:
    return float(value) if np.isfinite(value) else ""


def ten_csv(store: Store[State]) -> str:
    """Return the ten coefficients and the cross-validated error for every strength."""
    answer = ten_of(store)
    told = answer.validation
    header = ("strength", *answer.data.names, "mean square error", "standard error")
    rows = np.column_stack(
        [answer.strengths, answer.found.at(answer.strengths), told.mean, told.doubt]
    )
    return export.table_csv(header, rows.tolist())
