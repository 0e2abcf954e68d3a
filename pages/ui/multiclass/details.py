"""What the page of several classes explains below its stage, when the hand lets go."""

import functools
from functools import partial

import numpy as np
import streamlit as st

from core.classification.softmax_regression import COLUMNS
from core.classification.softmax_study import SoftmaxStudy
from core.losses.multiclass import (
    CategoricalCrossEntropy,
    SparseCategoricalCrossEntropy,
    target_bytes,
)
from pages.ui import details, explain, export
from pages.ui.figures.parts import low
from pages.ui.labelled.details import data_csv
from pages.ui.labelled.link import link_sentence
from pages.ui.labelled.points import LabelledPoints
from pages.ui.multiclass import script as softmax_script
from pages.ui.multiclass import words as told
from pages.ui.multiclass.simplex import prediction_of
from pages.ui.multiclass.simplex_board import names_of
from pages.ui.multiclass.stage import leads
from pages.ui.multiclass.state import MulticlassState, axis_names
from pages.ui.session import Store

_COUNTS = (10, 1_000, 100_000)
_SAMPLES = 1_000  # whose targets are weighed
_FEW = 4  # whose losses are computed: the rows of a hundred thousand classes are long


def arithmetic(store: Store[MulticlassState], points: LabelledPoints, answer: SoftmaxStudy) -> None:
    """Show one point's loss, one step's update, and the triangle's prediction, with numbers."""
    loss, names = answer.model.loss, points.base.class_names
    left, right = st.columns(2, gap="medium")
    with left:
        details.card(
            f"Point {points.selected + 1} under {low(loss.name)}",
            loss.formula,
            told.point_arithmetic(points, answer, names),
            explain.share_sentence(answer.model.losses(answer.fit.weights), points.selected),
        )
    with right:
        details.step_card(store, answer.trajectory)
        _prediction(store.now, names_of(names))


def _prediction(state: MulticlassState, names: tuple[str, ...]) -> None:
    loss = state.loss(state.judge)
    prediction = prediction_of(state, loss)
    lines = told.softmax_lines(prediction.logits, state.temperature)
    symbol = "z" if state.temperature == 1.0 else "z / T"
    lines.append(told.loss_line(loss, prediction.steps.scaled, state.truth, names, symbol))
    details.card(
        f"The prediction in the triangle under {low(loss.name)}",
        r"p_k = e^{z_k / T - m} \Big/ \sum_j e^{z_j / T - m}, \qquad m = \max_j z_j / T",
        lines,
        prediction.steps.trouble.value,
    )


def about_loss(answer: SoftmaxStudy) -> None:
    """Say what the chosen loss is, and what is known about it, with evidence."""
    loss = answer.model.loss
    st.markdown(f"**{loss.name}.** {loss.story} It estimates {loss.estimates}.")
    details.properties(loss, leads(answer.model, answer.fit.weights))


def targets(answer: SoftmaxStudy) -> None:
    """Show that one-hot rows and class numbers give the same loss, and what memory each takes."""
    logits, label = answer.model.logits(answer.fit.weights), answer.model.label
    rows, numbers = both_ways(logits, label)
    st.markdown(
        f"A target can be told as a row of zeros and a one, or as the number of the class. On the "
        f"{len(label)} points above, with the weights of {low(answer.model.loss.name)}, the "
        f"mean cross-entropy is **{rows!r}** from rows and **{numbers!r}** from numbers."
    )
    weighed = [(count, *target_bytes(_SAMPLES, count), *drawn(count)) for count in _COUNTS]
    st.table(
        {
            "Classes": [f"{count:,}" for count, *_ in weighed],
            f"One-hot rows of {_SAMPLES:,} points": [in_words(rows) for _, rows, *_ in weighed],
            "Class numbers": [in_words(numbers) for _, _, numbers, *_ in weighed],
            f"Mean loss of {_FEW} drawn points, rows": [f"{a:.15g}" for *_, a, _ in weighed],
            "the same, numbers": [f"{b:.15g}" for *_, b in weighed],
        },
        hide_index=True,
        border="horizontal",
        alt="Memory of one-hot rows and of class numbers, and the equal losses of both",
    )


def both_ways(logits: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """Return the mean cross-entropy from one-hot rows, and from class numbers."""
    both = (CategoricalCrossEntropy(), SparseCategoricalCrossEntropy())
    first, second = (
        float(np.mean(one.value(logits, one.certain(label, logits.shape[1])))) for one in both
    )
    return first, second


@functools.cache
def drawn(classes: int) -> tuple[float, float]:
    """Return the same of a few points of so many classes, with logits drawn by a fixed seed."""
    random = np.random.default_rng(0)
    logits, label = random.normal(size=(_FEW, classes)), random.integers(classes, size=_FEW)
    one_hot = np.zeros((_FEW, classes))
    one_hot[np.arange(_FEW), label] = 1.0
    rows = CategoricalCrossEntropy().value(logits, one_hot)
    numbers = SparseCategoricalCrossEntropy().value(logits, label)
    return float(np.mean(rows)), float(np.mean(numbers))


def in_words(size: float) -> str:
    """Return a number of bytes in words."""
    for unit in ("B", "kB", "MB"):
        if size < 1000.0:
            return f"{size:.4g} {unit}"
        size /= 1000.0
    return f"{size:.4g} GB"


def take_along(store: Store[MulticlassState], points: LabelledPoints, answer: SoftmaxStudy) -> None:
    """Offer the numbers as files, and say what the link carries."""
    st.caption(link_sentence(store))
    names = axis_names(store)
    with st.container(horizontal=True):
        offer = details.download
        offer("Data as CSV", "data.csv", partial(data_csv, points))
        offer("Weights as CSV", "weights.csv", partial(weights_csv, points, answer))
        offer("Path as CSV", "path.csv", partial(export.path_csv, answer.trajectory, names))
        offer(
            "Landscape as CSV",
            "landscape.csv",
            partial(export.landscape_csv, answer.landscape, names),
        )
        make = partial(softmax_script.script, store.now, points, answer)
        offer("Script in NumPy", "classes.py", make)


def weights_csv(points: LabelledPoints, answer: SoftmaxStudy) -> str:
    """Return the fitted weights of every compared loss, in the units of the data."""
    rows = (
        (model.loss.name, name, *row)
        for model, found in zip(answer.models, answer.fits, strict=True)
        for name, row in zip(
            points.base.class_names, points.scaling.in_data(found.weights).tolist(), strict=True
        )
    )
    return export.table_csv(("loss", "class", *COLUMNS), rows)
