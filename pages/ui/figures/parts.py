"""What several pictures share: axes, ranges, short numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pages.ui.theme import CLASSES


def axis(title: str, span: tuple[float, float], **more: Any) -> dict[str, Any]:
    """Return a Plotly axis with a fixed range: pictures that follow a finger must not jump."""
    return {"title": {"text": escaped(title)}, "range": [float(span[0]), float(span[1])], **more}


def layout(x: dict[str, Any], y: dict[str, Any], keep: str, **more: Any) -> dict[str, Any]:
    """Return a Plotly layout; zoom and camera survive as long as `keep` stays the same."""
    return {
        "xaxis": x,
        "yaxis": y,
        "margin": {"l": 56, "r": 12, "t": 8, "b": 44},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "uirevision": keep,
        **more,
    }


def padded(values: ArrayLike, share: float = 0.08) -> tuple[float, float]:
    """Return the range of the finite values with a margin on both sides, never empty."""
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size == 0:
        return -1.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    margin = share * (high - low)
    if margin <= 1e-9 * max(abs(low), abs(high)):
        margin = 0.5 * abs(low) or 1.0
    return low - margin, high + margin


def escaped(text: str) -> str:
    """Return the text so that Plotly shows it as typed: it reads a few HTML tags otherwise."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def number(value: float, digits: int = 3) -> str:
    """Return a short number as it is written by hand: 0.64, 1230, 2.1×10⁻⁷."""
    if not np.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "undefined"
    text = f"{abs(value):.{digits - 1}e}"
    mantissa, exponent = text.split("e")
    power = int(exponent)
    sign = "−" if value < 0 and float(mantissa) != 0 else ""
    if float(mantissa) == 0:
        return "0"
    if -4 <= power <= 5:
        plain = f"{float(text):.{max(0, digits - 1 - power)}f}"
        return sign + (plain.rstrip("0").rstrip(".") if "." in plain else plain)
    return f"{sign}{float(mantissa):g}×10{str(power).translate(_SUPERSCRIPT)}"


def number_among(value: float, spread: float) -> str:
    """Return a number so that it can be told from others that lie as far apart as the spread.

    10023.5 among 10021 and 10026 is not 10020; a rounding of the spread is 0.
    """
    if abs(value) <= 64 * _EPS * spread:
        return "0"
    digits, power = digits_among(value, spread), _power(value)
    if digits <= 6:
        return number(value, digits)
    sign = "−" if value < 0 else ""
    if -4 <= power < digits:
        plain = f"{abs(value):.{digits - 1 - power}f}"
        return sign + (plain.rstrip("0").rstrip(".") if "." in plain else plain)
    mantissa, exponent = f"{abs(value):.{digits - 1}e}".split("e")
    short = mantissa.rstrip("0").rstrip(".")
    return f"{sign}{short}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def digits_among(value: float, spread: float) -> int:
    """Return how many digits tell a number from those around it: four, or more where they lie near.

    Without a spread there is nothing to tell apart, and the number is written as it is.
    """
    if not spread > 0:
        return _EXACT
    return min(max(_power(value) - _power(spread) + 3, 4), _MOST)


def finer(spread: float, *values: float) -> float:
    """Return a spread small enough to tell these numbers apart too, but for roundings."""
    gaps = np.diff(np.sort(np.array(values, dtype=np.float64)))
    return min([spread, *gaps[gaps > 1e-9 * spread].tolist()])


def counted(many: int, one: str, more: str = "") -> str:
    """Return a count with its noun: 1 miss, 2 misses."""
    return f"{many} {one if many == 1 else more or one + 's'}"


def _power(value: float) -> int:
    """Return the power of ten of a number's first digit."""
    return int(f"{value:e}".split("e")[1])


_EPS = float(np.finfo(np.float64).eps)
_EXACT, _MOST = 12, 15  # digits of a number that stands alone, and of any
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


_PEOPLE = (
    "Huber", "Cauchy", "Tukey", "Barron", "Jensen", "Hellinger", "Wasserstein", "Poisson",
    "Gaussian", "Bernoulli", "Brier", "Laplace", "Student",
)  # fmt: skip


def low(name: str) -> str:
    """Return a name as it stands within a sentence; people and abbreviations keep capitals."""
    first = name.split()[0]
    short = any(one.isupper() or one.isdigit() for one in first[1:])
    return name if short or name.startswith(_PEOPLE) else name[0].lower() + name[1:]


def joined(words: Sequence[str]) -> str:
    """Return words as a list within a sentence."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


_GREEK = {
    r"\delta": "δ", r"\tau": "τ", r"\varepsilon": "ε", r"\epsilon": "ε", r"\alpha": "α",
    r"\eta": "η", r"\beta": "β", r"\gamma": "γ", r"\lambda": "λ", r"\sigma": "σ",
    r"\rho": "ρ", r"\pi": "π", r"\nu": "ν", r"\Delta": "Δ", r"\theta": "θ",
}  # fmt: skip


def plain(symbol: str) -> str:
    """Return a LaTeX symbol as plain letters."""
    for latex, letter in _GREEK.items():
        symbol = symbol.replace(latex, letter)
    return symbol.replace("_1", "₁").replace("_2", "₂").replace("\\", "")


def class_ticks(names: Sequence[str]) -> dict[str, Any]:
    """Return the ticks of an axis of classes: their names, or their marks where those are long."""
    short = max(map(len, names)) <= _NARROW
    text = [escaped(name) if short else _MARKS.get(CLASSES[k].symbol, str(k + 1))
            for k, name in enumerate(names)]  # fmt: skip
    larger = {} if short else {"tickfont": {"size": 18}}
    return {"tickvals": list(range(len(names))), "ticktext": text, "tickangle": 0,
            "showgrid": False, "zeroline": False, **larger}  # fmt: skip


_NARROW = 7  # letters, at the width of a quarter of the page
_MARKS = {
    "circle": "●", "square": "■", "triangle-up": "▲", "diamond": "◆", "cross": "✚", "star": "★",
    "pentagon": "⬟", "hexagon": "⬢", "triangle-down": "▼", "x": "✖",
}  # fmt: skip


def arrow(tail: ArrayLike, tip: ArrayLike, head: float, squash: float = 1.0) -> np.ndarray:
    """Return an arrow as one stroke: its shaft and the two barbs of its head, shape (5, 2).

    The head is so long, but no longer than half the arrow. squash: how many units upwards look as
    long as one sideways.
    """
    tail, tip = np.asarray(tail, dtype=np.float64), np.asarray(tip, dtype=np.float64)
    unit = np.array([1.0, squash])
    along = (tip - tail) / unit
    length = float(np.hypot(*along))
    if length == 0:
        return np.tile(tip, (5, 1))
    back = -along / length * min(head, 0.5 * length)
    aside = 0.5 * np.array([-back[1], back[0]])
    barbs = [tip + (back + side * aside) * unit for side in (1.0, -1.0)]
    return np.array([tail, tip, barbs[0], tip, barbs[1]])
