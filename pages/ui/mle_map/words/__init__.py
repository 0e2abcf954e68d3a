"""What the page of likelihood, prior and posterior says in computed words, section by section."""

from pages.ui.mle_map.words.coin import coin_words
from pages.ui.mle_map.words.coordinates import lone_words, measures
from pages.ui.mle_map.words.guess import FARTHER, GUESSES, NEARER, STAYS, way
from pages.ui.mle_map.words.names import (
    LEADS,
    NO_FIT,
    POINTS_NAME,
    lower,
    pair,
    title,
    turn_sentence,
)
from pages.ui.mle_map.words.peaks import SCALES, deviation_of, words

__all__ = [
    "FARTHER",
    "GUESSES",
    "LEADS",
    "NEARER",
    "NO_FIT",
    "POINTS_NAME",
    "SCALES",
    "STAYS",
    "coin_words",
    "deviation_of",
    "lone_words",
    "lower",
    "measures",
    "pair",
    "title",
    "turn_sentence",
    "way",
    "words",
]
