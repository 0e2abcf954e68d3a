"""Laws of the formulas with numbers in them, and of the code that stands for a formula."""

import contextlib
import math
import re
from collections.abc import Iterator
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

import numpy as np
import pytest

from core.datasets import dataset
from core.declare import parameters
from core.losses import (
    RESIDUAL_LOSSES,
    Array,
    Barron,
    EpsilonInsensitive,
    Huber,
    Quantile,
    ResidualLoss,
    SquaredError,
)
from core.objectives import LinearRegression
from core.optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, Optimizer, descend
from core.worked import enclosed, factor, latex, pair, size
from pages.ui.explain import step_arithmetic
from tests.core.test_residual_laws import LOSSES

# Every number in a formula is rounded to four digits: off by at most this share.
ROUNDING = Decimal("0.0005")
SHORT = (0.0, 0.5, -0.5, 1.0, -1.0, 3.2, -1.2, 4.685, -4.685, 20.0, 20.01, -25.0, 1234.0, -9999.0,
         1e-5, -3.5e-9, 2e6, -7.25e12, 1e100, -4e300)  # fmt: skip
LONG = tuple(sign * size * 1.2345678 for sign in (1, -1) for size in np.geomspace(1e-12, 1e15, 21))
RULES: tuple[Optimizer, ...] = (
    GradientDescent(),
    GradientDescent(learning_rate=0.0123),
    Momentum(),
    Momentum(learning_rate=0.7, beta=0.0),
    Adam(),
    Adam(learning_rate=0.5, beta1=0.0, beta2=0.95, epsilon=0.01),
)

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)

Number = Decimal | tuple["Number", ...]


class Formula:
    """Arithmetic in LaTeX, read as a pupil reads it, in fifty digits.

    `nudged` is which of its numbers, counted from the left, is moved by `nudge` times itself.
    """

    def __init__(self, text: str, nudged: int = -1, nudge: Decimal = Decimal(0)) -> None:
        text = re.sub(r"\\(left|right|bigl|bigr|,|;|cdot(?= 10\^\{))", " ", text)
        text = re.sub(r"(\d)\s+10\^\{(-?\d+)\}", r"\1e\2", text)
        text = text.replace(r"\ ", " ").replace(r"\tfrac12", r"\tfrac{1}{2}")
        token = r"[\d.]+(?:e-?\d+)?|\\[a-z]+|[-+*/^(){}|,]"
        self.tokens = re.findall(token, text)
        left = re.sub(rf"{token}|\s", "", text)
        assert not left, f"{left!r} in {text!r}"
        self.place, self.count, self.nudged, self.nudge = 0, 0, nudged, nudge

    def value(self) -> Number:
        with localcontext(Context(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN)):
            result = self._sum()
        assert self.place == len(self.tokens), self.tokens[self.place :]
        return result

    def _next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _take(self, expected: str = "") -> str:
        token = self._next()
        assert not expected or token == expected, f"{expected} expected in {self.tokens}"
        self.place += 1
        return token

    def _sum(self) -> Number:
        result = self._product()
        while self._next() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            result = _both(result, self._product(), lambda a, b, sign=sign: a + sign * b)
        return result

    def _product(self) -> Number:
        if self._next() == "-":
            self._take()
            return _both(Decimal(-1), self._product(), lambda a, b: a * b)
        result = self._power()
        while self._next() in (r"\cdot", "/"):
            if self._take() == "/":
                result = _both(result, self._power(), lambda a, b: a / b)
            else:
                result = _both(result, self._power(), lambda a, b: a * b)
        return result

    def _power(self) -> Number:
        result = self._atom()
        if self._next() == "^":
            self._take()
            exponent = self._group() if self._next() == "{" else Decimal(self._take())
            result = _both(result, exponent, _power)
        return result

    def _group(self, opening: str = "{", closing: str = "}") -> Number:
        self._take(opening)
        result = self._sum()
        self._take(closing)
        return result

    def _atom(self) -> Number:
        token = self._next()
        if token == "(":
            return self._tuple()
        if token == "|":
            return abs(self._group("|", "|"))
        if token == "{":
            return self._group()
        self._take()
        if token in (r"\frac", r"\tfrac"):
            return _both(self._group(), self._group(), lambda a, b: a / b)
        if token == r"\max":
            return max(self._tuple())
        if token in _FUNCTIONS:
            return _FUNCTIONS[token](self._power())
        self.count += 1
        number = Decimal(token)
        return number * (1 + self.nudge) if self.count - 1 == self.nudged else number

    def _tuple(self) -> Number:
        self._take("(")
        parts = [self._sum()]
        while self._next() == ",":
            self._take()
            parts.append(self._sum())
        self._take(")")
        return parts[0] if len(parts) == 1 else tuple(parts)


_FUNCTIONS = {
    r"\log": lambda a: a.ln(),
    r"\exp": lambda a: a.exp(),
    r"\cosh": lambda a: (a.exp() + (-a).exp()) / 2,
    r"\sqrt": lambda a: a.sqrt(),
}


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return Decimal(1) if exponent == 0 else base**exponent


def _both(one: Number, other: Number, operation) -> Number:  # type: ignore[no-untyped-def]
    """Apply an operation to numbers, or to vectors entry by entry."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        length = len(one) if isinstance(one, tuple) else len(other)
        one = one if isinstance(one, tuple) else (one,) * length
        other = other if isinstance(other, tuple) else (other,) * length
        return tuple(operation(a, b) for a, b in zip(one, other, strict=True))
    return operation(one, other)


def evaluate(text: str) -> Array:
    return np.array(Formula(text).value(), dtype=float)


def slack(text: str) -> Array:
    """Return how far the result may be off because its numbers are rounded to four digits."""
    formula = Formula(text)
    middle = formula.value()
    result = np.zeros(len(middle) if isinstance(middle, tuple) else ())
    for place in range(formula.count):
        moves = []
        for nudge in (ROUNDING, -ROUNDING):
            with contextlib.suppress(ArithmeticError):
                moved = Formula(text, place, nudge).value()
                moves.append(np.array(_both(moved, middle, lambda a, b: abs(a - b)), dtype=float))
        result = result + np.max(moves, axis=0)
    return result


# Numbers.


@pytest.mark.parametrize("value", [*SHORT, *LONG, 99999.0, 999949.9, 999950.1, 9.9996e-5, 1 / 3])
def test_a_number_keeps_four_digits(value: float) -> None:
    assert float(Formula(latex(value)).value()) == float(f"{value:.3e}")


def test_numbers_are_written_as_by_hand() -> None:
    assert [latex(x) for x in (0.0, -0.0, 3.2, -1.2, 100.0, 12345.6)] == [
        "0", "0", "3.2", "-1.2", "100", "12350",
    ]  # fmt: skip
    assert latex(1.5e-7) == r"1.5 \cdot 10^{-7}"
    assert latex(-2e30) == r"-2 \cdot 10^{30}"
    assert latex(math.inf) == r"\infty"
    assert latex(-math.inf) == r"-\infty"
    assert "nan" not in latex(math.nan)


def test_brackets_stand_where_they_are_needed() -> None:
    assert [enclosed(2.0), enclosed(-2.0)] == ["2", "(-2)"]
    assert [factor(2.0), factor(-2.0), factor(2e9)] == ["2", "(-2)", r"(2 \cdot 10^{9})"]
    assert [size(2.0), size(-2.0)] == ["2", "|-2|"]
    assert pair((1.0, -2.5)) == r"(1,\ -2.5)"


# Losses.


@every_loss
@pytest.mark.parametrize("r", SHORT)
def test_short_numbers_in_a_formula_give_the_value_itself(loss: ResidualLoss, r: float) -> None:
    with np.errstate(over="ignore"):
        value = float(loss.value(r))
    if math.isinf(value):
        return
    np.testing.assert_allclose(evaluate(loss.worked(r)), value, rtol=1e-9, atol=1e-300)


@every_loss
def test_long_numbers_in_a_formula_give_the_value_within_four_digits(loss: ResidualLoss) -> None:
    for r in LONG:
        text = loss.worked(r)
        difference = abs(evaluate(text) - loss.value(r))
        assert difference <= 1.01 * slack(text) + 1e-12 * loss.value(r), text


@every_loss
def test_a_formula_at_a_kink_and_beside_it_gives_the_value(loss: ResidualLoss) -> None:
    joints = {*(loss.pieces.kinks if loss.pieces else ()), *loss.properties.kinks}
    for kink in joints:
        for r in (kink, np.nextafter(kink, math.inf), np.nextafter(kink, -math.inf)):
            np.testing.assert_allclose(
                evaluate(loss.worked(r)), loss.value(r), rtol=1e-9, atol=1e-15
            )


@every_loss
def test_a_formula_shows_the_residual_and_every_knob_that_matters(loss: ResidualLoss) -> None:
    text = loss.worked(0.007)
    assert "0.007" in text
    if not isinstance(loss, Barron | Huber):
        assert all(latex(getattr(loss, name)) in text for name in parameters(loss))


def test_a_formula_shows_the_branch_that_applies() -> None:
    assert Huber().worked(3.2) == r"1 \cdot \left(3.2 - \tfrac12 \cdot 1\right)"
    assert Huber().worked(0.5) == r"\tfrac12 \cdot 0.5^2"
    assert SquaredError().worked(-1.2) == "(-1.2)^2"
    assert Quantile(tau=0.3).worked(2.0) == r"(1 - 0.3) \cdot 2"
    assert Quantile(tau=0.3).worked(-2.0) == r"-0.3 \cdot (-2)"
    assert EpsilonInsensitive().worked(-2.0) == r"\max\bigl(|-2| - 0.5,\; 0\bigr)"


def test_barron_divides_by_no_zero_however_close_to_a_limit() -> None:
    for alpha in (2.0, 1.99999999, 0.0, 1e-30, -1e-30, 1e-19, -math.inf):
        loss = Barron(alpha=alpha)
        np.testing.assert_allclose(evaluate(loss.worked(3.0)), loss.value(3.0), rtol=1e-6)


# Code.


def run(code: str, loss: ResidualLoss, r: Array) -> Array:
    knobs = {name: getattr(loss, name) for name in parameters(loss)}
    return eval(code, {"np": np, "r": r, **knobs})


def ordinary(loss: ResidualLoss) -> Array:
    """Return residuals of both signs up to a million, with 0 and the kinks and their neighbours."""
    positive = np.concatenate((np.geomspace(1e-9, 1e6, 3001), np.linspace(0.0, 25.0, 2001)))
    joints = np.array([*(loss.pieces.kinks if loss.pieces else ()), *loss.properties.kinks])
    beside = [np.nextafter(joints, side) for side in (math.inf, -math.inf)]
    return np.concatenate((-positive, positive, joints, *beside))


@every_loss
def test_code_computes_the_value_and_the_gradient(loss: ResidualLoss) -> None:
    r = ordinary(loss)
    for code, curve in ((loss.code_value, loss.value), (loss.code_gradient, loss.gradient)):
        np.testing.assert_allclose(run(code, loss, r), curve(r), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("cls", RESIDUAL_LOSSES)
def test_code_is_short(cls: type[ResidualLoss]) -> None:
    assert max(len(cls().code_value), len(cls().code_gradient)) <= 90


# Optimizers.


def states(rule: Optimizer, steps: int = 25) -> Iterator[tuple[Array, Array, object]]:
    """Yield point, gradient and state along a path whose gradients vary in size and sign."""
    point, rng = np.array([-1.2345678, 3.0]), np.random.default_rng(5)
    state = rule.init(point)
    for _ in range(steps):
        gradient = rng.normal(size=2) * 10.0 ** rng.integers(-7, 8)
        yield point, gradient, state
        point, state = rule.step(point, gradient, state)


def four_digits(values: Array) -> Array:
    return np.array([float(f"{value:.3e}") for value in values])


@every_rule
def test_the_worked_steps_end_where_the_step_ends(rule: Optimizer) -> None:
    for point, gradient, state in states(rule):
        following, _ = rule.step(point, gradient, state)
        last = rule.worked(point, gradient, state)[-1]
        assert last.startswith(r"\theta_{\text{next}} = " + pair(point))
        assert evaluate(last.split(" = ")[-1]).tolist() == four_digits(following).tolist()


@every_rule
def test_every_worked_line_adds_up(rule: Optimizer) -> None:
    for point, gradient, state in states(rule):
        for line in rule.worked(point, gradient, state):
            _, middle, result = line.split(" = ")
            told = evaluate(result)
            allowed = 1.01 * slack(middle) + float(ROUNDING) * abs(told)
            assert np.all(abs(evaluate(middle) - told) <= allowed + 1e-300), line


def test_the_lines_show_what_each_rule_remembers() -> None:
    point, gradient = np.array([1.0, 2.0]), np.array([0.5, -4.0])
    (line,) = GradientDescent().worked(point, gradient, None)
    assert line.endswith(r"= (1,\ 2) - 0.1 \cdot (0.5,\ -4) = (0.95,\ 2.4)")
    velocity, _ = Momentum().worked(point, gradient, np.array([10.0, 20.0]))
    assert velocity == (r"v_{\text{next}} = 0.9 \cdot (10,\ 20) + (0.5,\ -4) = (9.5,\ 14)")
    mean, square, _ = Adam().worked(point, gradient, (np.zeros(2), np.zeros(2), 1))
    assert mean.startswith(r"\hat m = \frac{0.9 \cdot (0,\ 0) + (1 - 0.9) \cdot (0.5,\ -4)}")
    assert mean.endswith(r"{1 - 0.9^{2}} = (0.2632,\ -2.105)")
    assert r"\cdot (0.5^2,\ (-4)^2)" in square


@every_rule
def test_code_takes_the_same_step(rule: Optimizer) -> None:
    names = {name: getattr(rule, name) for name in parameters(rule)} | {"np": np}
    exec("\n".join(rule.code_init), names)
    for point, gradient, state in states(rule):
        names |= {"theta": point, "gradient": gradient}
        exec("\n".join(rule.code), names)
        np.testing.assert_array_equal(names["theta"], rule.step(point, gradient, state)[0])


@pytest.mark.parametrize("cls", OPTIMIZERS)
def test_the_arithmetic_of_a_step_is_that_of_the_path(cls: type[Optimizer]) -> None:
    data, rule = dataset("outliers"), cls()
    path = descend(LinearRegression(data.x, data.y, SquaredError()), rule, (-1.0, 3.0), 12)
    for step in range(12):
        lines = step_arithmetic(rule, path, step)
        assert lines[0].startswith(rf"\theta_{{{step}}} = {pair(path.points[step])}")
        assert lines[0].endswith(latex(path.values[step]))
        assert lines[1] == rf"g_{{{step}}} = {pair(path.gradients[step])}"
        assert lines[-1].endswith(rf"&= {pair(path.points[step + 1])} \end{{aligned}}")
    assert "no further step" in step_arithmetic(rule, path, 12)[-1]
