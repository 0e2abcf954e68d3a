"""What several pictures share: axes, ranges, short numbers."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


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


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


_PROPER = ("Huber", "Cauchy", "Tukey", "Barron")


def low(name: str) -> str:
    """Return a name as it stands within a sentence: people keep their capital letter."""
    return name if name.startswith(_PROPER) else name[0].lower() + name[1:]


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
