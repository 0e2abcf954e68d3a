"""What the page of decisions says, computed from what is on the screen, section by section."""

from pages.ui.decisions.words.best_number import best_words
from pages.ui.decisions.words.examples import THREE_WORDS, three_words
from pages.ui.decisions.words.newsvendor import NEWSVENDOR, shop_words
from pages.ui.decisions.words.thresholds import THRESHOLD, risk_words

__all__ = [
    "NEWSVENDOR",
    "THREE_WORDS",
    "THRESHOLD",
    "best_words",
    "risk_words",
    "shop_words",
    "three_words",
]
