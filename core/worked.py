"""Numbers as formulas show them: LaTeX, four digits long."""

import math
from collections.abc import Iterable

import numpy as np

_DIGITS = 4
_PLAIN = range(-4, 6)  # powers of ten that are written out


def latex(value: float) -> str:
    """Return a number for a formula, four digits long."""
    if not math.isfinite(value):
        return r"\infty" if value > 0 else r"-\infty" if value < 0 else r"\text{undefined}"
    mantissa, power = f"{value:.{_DIGITS - 1}e}".split("e")
    if float(mantissa) == 0:
        return "0"
    if int(power) in _PLAIN:
        return np.format_float_positional(float(f"{mantissa}e{power}"), trim="-")
    return rf"{float(mantissa):g} \cdot 10^{{{int(power)}}}"


def enclosed(value: float) -> str:
    """Return a number for a formula, in brackets when it is negative."""
    return f"({latex(value)})" if value < 0 else latex(value)


def factor(value: float) -> str:
    """Return a number to divide by, raise or take a function of: in brackets unless it is plain."""
    text = latex(value)
    return text if text[0] != "-" and "cdot" not in text else rf"({text})"


def size(value: float) -> str:
    """Return the absolute value of a number, with bars when it is negative."""
    return f"|{latex(value)}|" if value < 0 else latex(value)


def pair(values: Iterable[float]) -> str:
    """Return several numbers in one pair of brackets, as a point or a vector."""
    return "(" + r",\ ".join(latex(float(value)) for value in values) + ")"
