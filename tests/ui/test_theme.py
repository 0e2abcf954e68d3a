"""Colours that can be told from both pages, and losses that can be told apart without colour."""

import itertools

import pytest

from core.losses import RESIDUAL_LOSSES
from pages.ui.theme import LOOKS, contrast, look

LIGHT, DARK = "#ffffff", "#0e1117"


def test_contrast_agrees_with_the_known_ends():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", LOOKS)
def test_every_loss_stands_out_from_the_light_and_the_dark_page(name):
    assert contrast(LOOKS[name].color, LIGHT) >= 3
    assert contrast(LOOKS[name].color, DARK) >= 3


def test_every_loss_has_a_look_of_its_own():
    looks = [look(kind) for kind in RESIDUAL_LOSSES]
    for name in ("color", "dash", "symbol"):
        values = [getattr(one, name) for one in looks]
        assert len(set(values)) == len(values), name
    assert all(a != b for a, b in itertools.combinations(looks, 2))
