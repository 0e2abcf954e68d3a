"""What the binary classification page explains below its stage, when the hand lets go."""

from functools import partial

import streamlit as st

from core.classification.linear_study import ClassifierStudy
from pages.ui import details, export
from pages.ui.binary import script as classifier_script
from pages.ui.binary import words as told
from pages.ui.binary.state import BinaryState, axes_of
from pages.ui.figures.parts import low
from pages.ui.labelled.details import data_csv
from pages.ui.labelled.link import link_sentence
from pages.ui.labelled.points import LabelledPoints
from pages.ui.session import Store


def arithmetic(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> None:
    """Show one point's loss and one step's update, numbers plugged in."""
    loss = store.now.loss(store.now.chosen)
    left, right = st.columns(2, gap="medium")
    with left:
        details.card(
            f"Point {points.selected + 1} under {low(loss.name)}",
            loss.formula,
            told.point_arithmetic(store.now, points, answer),
            told.share_sentence(points, answer),
        )
    with right:
        details.step_card(store, answer.trajectory)


def about_loss(store: Store[BinaryState], answer: ClassifierStudy) -> None:
    """Say what the chosen loss makes of a score, and what is known about it, with evidence."""
    loss = store.now.loss(store.now.chosen)
    st.markdown(f"**{loss.name}.** {loss.story} It estimates the {loss.estimates}.")
    details.properties(loss, answer.classifier.margins(answer.fit.theta))


def take_along(store: Store[BinaryState], points: LabelledPoints, answer: ClassifierStudy) -> None:
    """Offer the numbers as files, and say what the link carries."""
    st.caption(link_sentence(store))
    names = axes_of(store)
    with st.container(horizontal=True):
        details.download("Data as CSV", "data.csv", partial(data_csv, points))
        details.download("Weights as CSV", "weights.csv", partial(weights_csv, points, answer))
        details.download(
            "Path as CSV", "path.csv", partial(export.path_csv, answer.trajectory, names)
        )
        details.download(
            "Landscape as CSV",
            "landscape.csv",
            partial(export.landscape_csv, answer.landscape, names),
        )
        details.download(
            "Script in NumPy",
            "classes.py",
            partial(classifier_script.script, store.now, points, answer),
        )


def weights_csv(points: LabelledPoints, answer: ClassifierStudy) -> str:
    """Return the fitted parameters of every compared loss, in the units of the data."""
    pairs = zip(answer.classifiers, answer.fits, strict=True)
    rows = (
        (one.loss.curve.name, *points.scaling.in_data(found.theta).tolist()) for one, found in pairs
    )
    return export.table_csv(("loss", *answer.classifier.names), rows)
