"""A script that makes the main numbers of the page of regularization again, in NumPy alone."""

from string import Template

from core.regularization.mean_square import parts
from core.regularization.polynomials import HIGHEST
from pages.ui.export import array
from pages.ui.regularization.state import RegularizationState
from pages.ui.regularization.study import pair_of, points_of, start_of, wave_of
from pages.ui.session import Store

State = RegularizationState


def script(store: Store[State]) -> str:
    """Return the script of this screen: the optimum, both racers, and the polynomial's errors."""
    state, pair, wave = store.now, pair_of(store), wave_of(store)
    bent, round_ = parts(state.told)
    x, y, out = points_of(state)
    return _SCRIPT.substitute(
        penalty=state.told.name,
        first=array(pair.features[:, 0].tolist()),
        second=array(pair.features[:, 1].tolist()),
        target=array(pair.values.tolist()),
        strength=repr(float(state.strength)),
        bent=repr(float(bent)),
        round=repr(float(round_)),
        start=repr([float(value) for value in start_of(store)]),
        steps=state.steps,
        pace=repr(float(state.proximal.pace)),
        momentum=state.proximal.quick,
        other=repr(float(state.subgradient.pace)),
        fading=state.subgradient.fading,
        x=array(x.tolist()),
        y=array(y.tolist()),
        out=[int(one) for one in out],
        span=repr([float(end) for end in wave.split.span]),
        degree=state.degree,
        highest=HIGHEST,
        smoothing=repr(float(state.smoothing)),
    )


_SCRIPT = Template('''"""The numbers of the page of regularization again, under $penalty."""

import numpy as np

# Two standardized features and a target.
X = np.column_stack([
    $first,
    $second,
])
y = $target
y = y - y.mean()
strength = $strength
bent, round_ = $bent, $round  # shares of the sum of |w| and of the sum of w**2


def prox(w, pull):
    """Draw w in: by pull * bent towards 0, and then down by a factor."""
    soft = np.sign(w) * np.maximum(np.abs(w) - bent * pull, 0.0)
    return soft / (1.0 + 2.0 * round_ * pull)


def cost(w):
    return np.mean((y - X @ w) ** 2) + strength * (
        bent * np.abs(w).sum() + round_ * (w * w).sum()
    )


def slope(w):
    return -2.0 * X.T @ (y - X @ w) / len(y)


curvature = 2.0 * np.linalg.eigvalsh(X.T @ X / len(y))[-1] or 1.0


def proximal_gradient(w, steps, pace, momentum=False):
    size, ahead, speed = pace / curvature, w, 1.0
    for _ in range(steps):
        last, w = w, prox(ahead - size * slope(ahead), size * strength)
        ahead = w
        if momentum:
            following = (1.0 + np.sqrt(1.0 + 4.0 * speed**2)) / 2.0
            ahead, speed = w + (speed - 1.0) / following * (w - last), following
    return w


def subgradient_descent(w, steps, pace, fading):
    size = pace / curvature
    for k in range(steps):
        total = slope(w) + strength * (bent * np.sign(w) + 2.0 * round_ * w)
        w = w - (size / np.sqrt(k + 1.0) if fading else size) * total
    return w


# Where features are copies and nothing but |w| is penalized, this is one optimum of many.
best = proximal_gradient(np.zeros(2), 20_000, 1.0, momentum=False)
print("Optimum:", *best.tolist())
print("Cost:", float(cost(best)))
start = np.array($start)
with np.errstate(all="ignore"):
    print("Proximal gradient:", *proximal_gradient(start, $steps, $pace, $momentum).tolist())
    print("Subgradient descent:", *subgradient_descent(start, $steps, $other, $fading).tolist())

# A polynomial: Chebyshev columns, standardized on the points that it is fitted to.
px = $x
py = $y
out = np.array($out, dtype=bool)
low, high = $span
degree, smoothing = $degree, $smoothing
columns = np.polynomial.chebyshev.chebvander((2 * px - low - high) / (high - low), $highest)[:, 1:]
spread = columns[~out].std(axis=0)
columns = (columns - columns[~out].mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf)
columns = columns[:, :degree]
level = py[~out].mean()
A, b = columns[~out], py[~out] - level


def coordinate_descent(A, b):
    """Return the coefficients of least mean square + smoothing * penalty, one after the other."""
    G, m, w = A.T @ A / len(b), A.T @ b / len(b), np.zeros(A.shape[1])
    if smoothing == 0.0 or not bent:
        if smoothing == 0.0:
            return np.linalg.lstsq(A, b, rcond=1e-12)[0]
        return np.linalg.solve(G + smoothing * round_ * np.eye(len(m)), m)
    for _ in range(20_000):
        before = w.copy()
        for j in range(len(w)):
            pull = m[j] - G[j] @ w + G[j, j] * w[j]
            size = max(abs(pull) - smoothing * bent / 2.0, 0.0)
            w[j] = np.sign(pull) * size / (G[j, j] + smoothing * round_) if size else 0.0
        if np.abs(w - before).max() < 1e-13:
            break
    return w


rest = (py - level - columns @ coordinate_descent(A, b)) ** 2
print("Error on the points fitted to:", float(rest[~out].mean()))
if out.any():
    print("Error on the points held out:", float(rest[out].mean()))
''')
