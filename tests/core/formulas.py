"""Reads a formula as a reader does: LaTeX in, a number out."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special

Names = Mapping[str, Any]
Meaning = Callable[[Names], Any]

_SPACING = re.compile(
    r"(?<!\\)\\(?:[,;! ]|q?quad(?![a-z])|[bB]igg?[lr]?(?![a-z])|left(?![a-z])|right(?![a-z]))"
)
_TOKEN = re.compile(r"\\\\|\\[a-zA-Z]+|\d+(?:\.\d+)?|[a-zA-Z]|[-+*/^_{}()\[\]|,=<>&⟨]")
_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    r"\log": np.log,
    r"\sqrt": np.sqrt,
    r"\Phi": special.ndtr,
}
_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    r"\le": lambda a, b: a <= b,
    r"\ge": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}
_ENDS = {"", "+", "-", ")", "]", "}", "|", ",", "=", "<", ">", "&", r"\\", r"\end", r"\le", r"\ge"}


def evaluate(formula: str, **names: Any) -> float:
    """Return the right side of a formula, its symbols having these values.

    A symbol is named as in LaTeX without backslash: mu, w_+. A row of numbers may be given for one
    that carries an index, which counts from 1; sums over an index alone run over the K of them.
    What follows after a wide space, as p = ... or p(m) = ..., says what one more symbol stands for.
    """
    main, *asides = re.split(r",\s*\\quad", formula)
    for symbol, right in (aside.split("=", 1) for aside in asides):
        names |= {symbol.split("(")[0].strip(): _Reader(right).meaning(names)}
    return float(_Reader(main.split("=", 1)[1]).meaning(names))


class _Reader:
    """One expression, read from left to right into a function of the values of its symbols."""

    def __init__(self, text: str) -> None:
        text = re.sub(r"\\(?:[bB]igg?l|left)\|", "⟨", text)
        text = _SPACING.sub(" ", text)
        text = text.replace(r"\tfrac", r"\frac")
        text = re.sub(r"\\frac\s*(\d)\s*(\w)", r"\\frac{\1}{\2}", text)
        self.tokens = _TOKEN.findall(text)
        left = re.sub(r"\s", "", _TOKEN.sub("", text))
        assert not left, f"{left!r} in {text!r}"
        self.place = 0
        self.meaning = self._sum()
        assert self._next() == "", self.tokens[self.place :]

    def _next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _take(self, expected: str = "") -> str:
        token = self._next()
        assert expected in ("", token), f"{expected} expected at {self.place}: {self.tokens}"
        self.place += 1
        return token

    def _sum(self) -> Meaning:
        terms = [(self._take() if self._next() in ("+", "-") else "+", self._product())]
        while self._next() in ("+", "-"):
            terms.append((self._take(), self._product()))
        return lambda names: sum((1 if sign == "+" else -1) * term(names) for sign, term in terms)

    def _product(self) -> Meaning:
        result = self._power()
        while self._next() not in _ENDS:
            sign = self._take() if self._next() in (r"\cdot", "/") else r"\cdot"
            result = self._times(result, self._power(), over=sign == "/")
        return result

    @staticmethod
    def _times(one: Meaning, other: Meaning, over: bool) -> Meaning:
        if over:
            return lambda names: one(names) / other(names)
        return lambda names: one(names) * other(names)

    def _power(self) -> Meaning:
        base = self._atom()
        if self._next() != "^":
            return base
        self._take()
        exponent = self._argument()
        return lambda names: base(names) ** exponent(names)

    def _argument(self) -> Meaning:
        return self._enclosed("{", "}") if self._next() == "{" else self._atom()

    def _enclosed(self, opening: str, closing: str) -> Meaning:
        self._take(opening)
        result = self._sum()
        self._take(closing)
        return result

    def _atom(self) -> Meaning:
        token = self._next()
        if token in ("(", "{"):
            return self._enclosed(token, {"(": ")", "{": "}"}[token])
        if token in ("|", "⟨"):
            size = self._enclosed(token, "|")
            return lambda names: abs(size(names))
        self._take()
        special_forms = {
            r"\frac": self._fraction,
            r"\max": self._largest,
            r"\mathbf": self._indicator,
            r"\begin": self._cases,
            r"\sum": self._total,
        }
        if token in special_forms:
            return special_forms[token]()
        if token in _FUNCTIONS:
            function, argument = _FUNCTIONS[token], self._power()
            return lambda names: function(argument(names))
        if token[0].isdigit():
            return lambda names: float(token)
        assert token[0].isalpha() or token[0] == "\\", f"{token} in {self.tokens}"
        return self._symbol(token.removeprefix("\\"))

    def _symbol(self, name: str) -> Meaning:
        if self._next() != "_":
            return (lambda names: math.e) if name == "e" else (lambda names: names[name])
        self._take()
        index = self._take()
        whole = f"{name}_{index}"

        def look(names: Names) -> Any:
            return names[whole] if whole in names else names[name][names[index] - 1]

        return look

    def _fraction(self) -> Meaning:
        return self._times(self._argument(), self._argument(), over=True)

    def _largest(self) -> Meaning:
        self._take("(")
        parts = [self._sum()]
        while self._next() == ",":
            self._take()
            parts.append(self._sum())
        self._take(")")
        return lambda names: max(part(names) for part in parts)

    def _statement(self) -> Meaning:
        left, relation, right = self._sum(), _RELATIONS[self._take()], self._sum()
        return lambda names: relation(left(names), right(names))

    def _indicator(self) -> Meaning:
        for token in ("{", "1", "}", "["):
            self._take(token)
        true = self._statement()
        self._take("]")
        return lambda names: 1.0 if true(names) else 0.0

    def _cases(self) -> Meaning:
        self._word("cases")
        branches = []
        while self._next() != r"\end":
            value = self._sum()
            self._take("&")
            branches.append((value, self._statement()))
            if self._next() == r"\\":
                self._take()
        self._take(r"\end")
        self._word("cases")
        return lambda names: next(value(names) for value, true in branches if true(names))

    def _word(self, word: str) -> None:
        for token in ("{", *word, "}"):
            self._take(token)

    def _total(self) -> Meaning:
        self._take("_")
        first: Meaning = lambda names: 1  # noqa: E731
        last: Meaning = lambda names: names["K"]  # noqa: E731
        if self._next() != "{":
            index = self._take()
        else:
            self._take("{")
            index = self._take()
            if self._take() == "=":
                first = self._sum()
                self._take("}")
                self._take("^")
                last = self._argument()
            else:
                last = self._sum()
                self._take("}")
        body = self._product()

        def total(names: Names) -> float:
            places = range(int(first(names)), int(last(names)) + 1)
            return sum((body({**names, index: k}) for k in places), 0.0)

        return total
