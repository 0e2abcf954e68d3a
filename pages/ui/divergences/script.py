"""What a reader of the page of divergences takes along: numbers as CSV, and a script."""

from string import Template

from core.divergences.distributions import COMPARED, ENTROPIC
from core.divergences.gaussian_fits import ReverseFit
from core.losses.divergence import CrossEntropy
from core.optimizers import descend
from pages.ui.divergences.answers import OneWay
from pages.ui.divergences.state import DivergencesState, pair_of
from pages.ui.export import table_csv, walk


def distributions_csv(state: DivergencesState) -> str:
    """Return both distributions, and what each outcome adds to KL in nats."""
    pair = pair_of(state)
    header = ("outcome", "p", "q", "adds_to_kl_p_q", "adds_to_kl_q_p")
    columns = (pair.p, pair.q, pair.terms, pair.reverse_terms)
    return table_csv(header, zip(state.names, *(one.tolist() for one in columns), strict=True))


def divergences_csv(state: DivergencesState) -> str:
    """Return every divergence both ways, those of logarithms in the unit of the screen."""
    pair = pair_of(state)
    rows = []
    for kind in COMPARED:
        way, scale = pair.both_ways(kind), state.per_nat if kind in ENTROPIC else 1.0
        unit = state.unit if kind in ENTROPIC else "none"
        rows.append((kind.name, way.forward * scale, way.backward * scale, unit))
    rows.append(("Entropy", pair.entropy * state.per_nat, pair.swapped.entropy * state.per_nat,
                 state.unit))  # fmt: skip
    return table_csv(("divergence", "of_p_and_q", "of_q_and_p", "unit"), rows)


def minima_csv(ways: tuple[OneWay, ...]) -> str:
    """Return every minimum of both directions, and where the paths end, in nats."""
    rows = []
    for way in ways:
        rows += [(way.fit.name, "minimum", *one.tolist(), way.fit.value(one))
                 for one in way.fit.minima]  # fmt: skip
        rows.append((way.fit.name, "end of the path", *way.end.tolist(), way.fit.value(way.end)))
    return table_csv(("direction", "what", "mean", "spread", "nats"), rows)


def throws_csv(state: DivergencesState) -> str:
    """Return how often every face came up."""
    return table_csv(("face", "throws"), enumerate(state.counts, 1))


def script(state: DivergencesState) -> str:
    """Return a script in NumPy and SciPy that makes the main numbers of the screen again."""
    two = state.two
    path = descend(ReverseFit(two), state.rule, state.start, state.steps)
    taken = len(path.points) - 1
    return _SCRIPT.substitute(
        names=list(state.names),
        p=list(map(float, state.p)),
        q=list(map(float, state.q)),
        weights=[float(one) for one in two.weights],
        centres=[float(one) for one in two.centres],
        spreads=[float(one) for one in two.spreads],
        start=list(state.start),
        steps=taken,
        outcome=path.outcome.value,
        count="" if taken == state.steps else f" The page shows {taken} of {state.steps} steps.",
        walk=walk(state.rule),
        optimizer=state.rule.name,
        counts=list(state.counts),
        unlike=CrossEntropy.name,
    )


_SCRIPT = Template('''"""Divergences of two distributions, of a Gaussian from two humps, of a die.

It needs NumPy and SciPy. All divergences are in nats; divide by log 2 for bits.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp, rel_entr, softmax, xlogy

names = $names
p = np.array($p)  # the truth
q = np.array($q)  # the guess
middle = (p + q) / 2

print("Two distributions")
found = {
    "KL(p||q)": rel_entr(p, q).sum(),
    "KL(q||p)": rel_entr(q, p).sum(),
    "Jensen-Shannon": (rel_entr(p, middle).sum() + rel_entr(q, middle).sum()) / 2,
    "Entropy of p": -xlogy(p, p).sum(),
    "$unlike": -xlogy(p, q).sum(),
    "Total variation": np.abs(p - q).sum() / 2,
    "Hellinger": np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2),
}
for name, value in found.items():
    print(f"  {name}: {value:.12g}")

weights = np.array($weights)
centres = np.array($centres)
spreads = np.array($spreads)
seen = weights > 0  # a hump without weight is none
weights, centres, spreads = weights[seen], centres[seen], spreads[seen]
reach = 9.0  # spreads of q to each side: beyond lies 1e-19 of it
t = np.linspace(-reach, reach, 4001)
shares = np.exp(-t * t / 2)
shares /= shares.sum()


def log_p(x):
    """The logarithm of the density of two humps."""
    parts = -(((x[:, None] - centres) / spreads) ** 2) / 2 - np.log(spreads)
    return logsumexp(parts, b=weights, axis=1) - np.log(2 * np.pi) / 2


def slope_of_log_p(x):
    """The derivative of log p."""
    away = (centres - x[:, None]) / spreads
    parts = np.log(weights / spreads) - away**2 / 2
    return (softmax(parts, axis=1) * away / spreads).sum(axis=1)


def cost(theta):
    """KL(q||p) of a Gaussian q, theta its mean and spread; infinite where there is none."""
    mean, spread = theta
    if not (np.isfinite(theta).all() and spread > 0):
        return np.inf
    return -np.log(spread) - np.log(2 * np.pi * np.e) / 2 - log_p(mean + spread * t) @ shares


def cost_gradient(theta):
    mean, spread = theta
    if not (np.isfinite(theta).all() and spread > 0):
        return np.full(2, np.nan)
    pull = slope_of_log_p(mean + spread * t) * shares
    return np.array([-pull.sum(), -(pull @ t) - 1 / spread])


def cost_hessian(theta, e=1e-5):
    rows = [cost_gradient(theta + d) - cost_gradient(theta - d) for d in e * np.eye(2)]
    return (np.array(rows) + np.array(rows).T) / (4 * e)


$walk


mean = weights @ centres
spread = np.sqrt(weights @ (spreads**2 + (centres - mean) ** 2))
print("One Gaussian for two humps")
print(f"  Forward KL is lowest at mean {mean:.9g}, spread {spread:.9g}: those of p")

# $outcome$count
path = walk(np.array($start), $steps)
end = path[-1]
print(f"  Reverse KL from {path[0][0]:.4g}, {path[0][1]:.4g}, {len(path) - 1} steps of $optimizer: "
      f"mean {end[0]:.6g}, spread {end[1]:.6g}, KL {cost(end):.9g}")
minima = []
short = {"initial_trust_radius": 0.1, "max_trust_radius": 0.3, "gtol": 1e-9}  # stays in its hollow
for start in [*zip(centres, spreads), (mean, spread), path[0]]:
    found = minimize(cost, start, jac=cost_gradient, hess=cost_hessian, method="trust-exact",
                     options=short).x
    curved = np.linalg.eigvalsh(cost_hessian(found))[0] > 0
    if curved and all(np.abs(found - one).max() > 1e-4 for one in minima):
        minima.append(found)
for one in sorted(minima, key=cost):
    print(f"  Minimum of reverse KL: mean {one[0]:.6g}, spread {one[1]:.6g}, KL {cost(one):.9g}")

counts = np.array($counts)  # throws of a die, face by face
data = counts / counts.sum()
place = np.linspace(-1, 1, len(counts))


def log_die(theta):
    """The logarithm of each face's probability, for a tilt and a bend."""
    return log_softmax(theta[0] * place + theta[1] * place**2)


def likelihood(theta):
    return -(data @ log_die(theta))  # the mean negative log-likelihood


def likelihood_gradient(theta):
    return (np.exp(log_die(theta)) - data) @ np.stack([place, place**2], axis=1)


def divergence(theta):
    return rel_entr(data, np.exp(log_die(theta))).sum()  # KL(data||model)


print("Maximum likelihood")
for theta in ([0, 0], [1, -1], [-2, 0.5]):
    gap = likelihood(theta) - divergence(theta)
    print(f"  tilt {theta[0]}, bend {theta[1]}: the two differ by {gap:.12g}")
faces = np.flatnonzero(counts)
outer = faces[0] == 0 and faces[-1] == len(counts) - 1
if len(faces) > 2 or (len(faces) == 2 and faces[1] - faces[0] > 1 and not outer):
    best = minimize(likelihood, [0, 0], jac=likelihood_gradient, tol=1e-10).x
    print(f"  best die: tilt {best[0]:.4g}, bend {best[1]:.4g}")
else:
    print("  There is no best die: ever larger tilts and bends come ever closer to the throws.")
''')
