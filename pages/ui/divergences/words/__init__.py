"""What the page of divergences says in computed words, section by section."""

from pages.ui.divergences.words.bars import BARS, bar_words, term_sentence, verdict
from pages.ui.divergences.words.humps import (
    HUMPS,
    hump_words,
    minima_sentence,
    path_sentence,
    reverse_sentence,
    shares,
)
from pages.ui.divergences.words.parts import named, percent, told, way_of
from pages.ui.divergences.words.throws import THROWS, throw_words

__all__ = [
    "BARS",
    "HUMPS",
    "THROWS",
    "bar_words",
    "hump_words",
    "minima_sentence",
    "named",
    "path_sentence",
    "percent",
    "reverse_sentence",
    "shares",
    "term_sentence",
    "throw_words",
    "told",
    "verdict",
    "way_of",
]
