"""What the page of decisions explains below its pictures, when the hand lets go."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.worked import enclosed, factor, latex
from pages.ui import details
from pages.ui.decisions import script
from pages.ui.decisions.stage import answers_of, here_of, risks_of
from pages.ui.decisions.state import (
    MOST,
    ROW_LABELS,
    SCORE_REACH,
    DecisionsState,
    base_of,
    cases_of,
    line_of,
    number_of,
    order_of,
)
from pages.ui.edits import MOST as EDITS
from pages.ui.explain import literal
from pages.ui.figures.parts import counted, low, number, number_among
from pages.ui.hands import EVERYTHING
from pages.ui.session import Store

_SHOWN = 2  # terms of a sum that are written out


def arithmetic(store: Store[DecisionsState]) -> None:
    """Show the cost of the reader's number, the order, the threshold and the row, in numbers."""
    left, right = st.columns(2, gap="medium")
    with left:
        _number_card(store)
        _threshold_card(store)
    with right:
        _order_card(store)
        _row_card(store.now)


def _number_card(store: Store[DecisionsState]) -> None:
    state, values, a = store.now, line_of(store).values, number_of(store)
    loss = state.loss(state.chosen)
    here = here_of(store, loss)
    answer = answers_of(store)[state.lines.index(loss)]
    details.card(
        f"What naming {number_among(a, answer.spread)} costs under {low(loss.name)}",
        script.cost_formula(loss),
        [*script.loss_lines(loss), *script.cost_lines(loss, values, a, here.cost)],
        f"The least that any number costs is {number(answer.best.value)}. "
        "The outcomes stand in the order of the table below.",
    )


def _order_card(store: Store[DecisionsState]) -> None:
    shop, q, demand = store.now.shop, order_of(store), line_of(store).values
    each = shop.costs(q, demand)
    short, over = latex(shop.short), latex(shop.over)
    terms = [
        rf"{over} \cdot ({script.difference(q, d)})"
        if q >= d
        else rf"{short} \cdot ({script.difference(d, q)})"
        for d in demand[:_SHOWN].tolist()
    ]
    spread = line_of(store).outcomes.spread
    p, c, s = latex(shop.price), factor(shop.cost), factor(shop.salvage)
    ratio = rf"\frac{{{p} - {c}}}{{({p} - {c}) + ({factor(shop.cost)} - {s})}}"
    details.card(
        f"What ordering {number_among(q, spread)} loses",
        shop.formula,
        [
            rf"c_u = p - c = {p} - {c} = {short}",
            rf"c_o = c - s = {latex(shop.cost)} - {s} = {over}",
            rf"\tau = \frac{{c_u}}{{c_u + c_o}} = {ratio} = {latex(shop.ratio)}",
            _mean(terms, len(demand), float(each.mean())),
        ],
        f"The order is enough on {int((demand <= q).sum())} of {counted(len(demand), 'day')}.",
    )


def _threshold_card(store: Store[DecisionsState]) -> None:
    state = store.now
    prices, cases = state.price, cases_of(state)
    p, at = float(cases.truth[cases.selected]), cases.selected + 1
    acting, waiting = float(prices.acting(p)), float(prices.waiting(p))
    t = latex(prices.threshold)
    gain = rf" - {latex(p)} \cdot {latex(prices.gain)}" if prices.gain else ""
    total = " + ".join(latex(one) for one in (prices.alarm, prices.miss, prices.gain) if one)
    _, true, _ = risks_of(state)
    does = "acts" if cases.reported[cases.selected] > state.threshold else "leaves it alone"
    details.card(
        f"Case {at}: act or leave alone?",
        prices.formula,
        [
            rf"t^* = \frac{{{latex(prices.alarm)}}}{{{total}}} = {t}",
            rf"\text{{act: }} (1 - {latex(p)}) \cdot {latex(prices.alarm)}{gain} = "
            rf"{latex(acting)}",
            rf"\text{{leave alone: }} {latex(p)} \cdot {latex(prices.miss)} = {latex(waiting)}",
        ],
        f"Its true probability is {number(p)}, reported as "
        f"{number(float(cases.reported[cases.selected]))}. At t = {number(state.threshold)} one "
        f"{does}; over all cases that threshold truly costs {number(true.at(state.threshold))} "
        "per case.",
    )


def _row_card(state: DecisionsState) -> None:
    scored, row = state.scored, state.row
    margin, n = float(scored.margins[row]), len(scored.scores)
    label, score = latex(float(scored.labels[row])), enclosed(float(scored.scores[row]))
    losses = [latex(float(one)) for one in scored.losses]
    counts = scored.counts
    lines = [
        rf"m_{{{row + 1}}} = {label} \cdot {score} = {latex(margin)}",
        rf"L(m_{{{row + 1}}}) = {latex(float(scored.losses[row]))}",
        rf"\text{{cost}} = {_mean(losses, n, scored.cost)}",
    ]
    if scored.strength:
        lines.append(
            rf"\begin{{aligned}} \text{{objective}} &= {latex(scored.cost)} + "
            rf"{latex(scored.strength)} \cdot {latex(scored.penalty)} \\ &= "
            rf"{latex(scored.objective)} \end{{aligned}}"
        )
    right = counts.true_positive + counts.true_negative
    lines.append(rf"\text{{accuracy}} = \tfrac{{{right}}}{{{n}}} = {latex(counts.accuracy)}")
    details.card(
        f"Loss, cost and metric with the {low(scored.loss.name)} loss", scored.loss.formula, lines,
        "The label is 1 for yes and −1 for no; the margin m is label times score.",
    )  # fmt: skip


def _mean(terms: list[str], count: int, mean: float) -> str:
    """Return the mean of terms, the first few of them written out: cards are narrow."""
    dots = r" + \dots" if count > _SHOWN else ""
    total = rf"\bigl({' + '.join(terms[:_SHOWN])}{dots}\bigr)"
    return rf"\begin{{aligned}} &\tfrac{{1}}{{{count}}}{total} \\ &= {latex(mean)} \end{{aligned}}"


# Numbers to type ---------------------------------------------------------------------------------


def numbers(store: Store[DecisionsState]) -> None:
    """Show outcomes and examples as tables to type in: the same moves as with a finger."""
    left, right = st.columns(2, gap="medium")
    with left:
        _outcomes_table(store)
    with right:
        _examples_table(store)


def _outcomes_table(store: Store[DecisionsState]) -> None:
    line, edits = line_of(store), store.now.points
    st.caption(literal(f"{line.base.source}. Licence: {line.base.licence}."))
    key = f"outcomes-{hash((edits, store.now.data, store.now.own))}"
    st.data_editor(
        {"outcome": line.values},
        num_rows="dynamic",
        key=key,
        on_change=lambda: _typed_outcomes(store, st.session_state[key]),
        alt="The outcomes as numbers",
    )


def _typed_outcomes(store: Store[DecisionsState], change: dict[str, Any]) -> None:
    size, edits = len(base_of(store).values), store.now.points
    for row, cells in change["edited_rows"].items():
        if details.usable(cells.get("outcome")):
            edits = edits.move(size, int(row), (float(cells["outcome"]), 0.0))
    for cells in change["added_rows"]:
        if details.usable(cells.get("outcome")) and edits.shown(size) < MOST:
            edits = edits.add((float(cells["outcome"]), 0.0))
    for row in sorted(change["deleted_rows"], reverse=True):
        if edits.shown(size) > 1:
            edits = edits.remove(size, int(row))
    details.typed(store, edits)


def _examples_table(store: Store[DecisionsState]) -> None:
    """Show the six examples with what each pays; their scores can be typed."""
    scored = store.now.scored
    called = scored.scores > scored.threshold
    st.caption(f"The six examples: type a score. Each pays the {low(scored.loss.name)} loss.")
    key = f"scores-{hash((store.now.scores, store.now.judge, store.now.cut))}"
    st.data_editor(
        {
            "label": ["yes" if y else "no" for y in ROW_LABELS],
            "score": scored.scores,
            "loss": scored.losses,
            "called": ["yes" if on else "no" for on in called],
        },
        disabled=["label", "loss", "called"],
        key=key,
        on_change=lambda: _typed_scores(store, st.session_state[key]),
        alt="Six examples: label, score, loss, and what each is called",
    )


def _typed_scores(store: Store[DecisionsState], change: dict[str, Any]) -> None:
    scores, row = list(store.now.scores), store.now.row
    for at, cells in change["edited_rows"].items():
        if details.usable(cells.get("score")):
            scores[int(at)] = float(np.clip(cells["score"], -SCORE_REACH, SCORE_REACH))
            row = int(at)
    if tuple(scores) != store.now.scores:
        store.remember()
        store.change(scores=tuple(scores), row=row)
        st.rerun(EVERYTHING)


# To take along -----------------------------------------------------------------------------------


def take_along(store: Store[DecisionsState]) -> None:
    """Draw the downloads, and say what the address carries."""
    with st.container(horizontal=True):
        details.download("Outcomes", "outcomes.csv", partial(script.outcomes_csv, store))
        details.download("Best numbers", "best.csv", partial(script.best_csv, store))
        details.download("Costs as drawn", "costs.csv", partial(script.costs_csv, store))
        details.download("Risks", "risks.csv", partial(script.risks_csv, store))
        details.download("Examples", "examples.csv", partial(script.examples_csv, store))
        details.download("Python script", "decisions.py", partial(script.script, store))
    st.caption(link_sentence(store.now))


def link_sentence(state: DecisionsState) -> str:
    """Say what the address carries."""
    if max(state.points.count, state.cases.count) > EDITS:
        return f"You changed more than {EDITS} dots: the address carries none of those changes."
    return "The address of this page carries this very screen: copy it to share."
