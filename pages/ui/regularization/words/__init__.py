"""What the page of regularization says in computed words, section by section."""

from pages.ui.regularization.words.pair import ball, two, zeros
from pages.ui.regularization.words.path import GUESSES, W, first_gone, first_sentence
from pages.ui.regularization.words.racers import race
from pages.ui.regularization.words.samples import ten, wave

__all__ = [
    "GUESSES",
    "W",
    "ball",
    "first_gone",
    "first_sentence",
    "race",
    "ten",
    "two",
    "wave",
    "zeros",
]
