"""Which loss should I use? A few questions, one answer, why, and what would change it."""

import dataclasses
from collections.abc import Mapping

from core.losses import (
    AbsolutePercentageError,
    BernoulliReconstruction,
    Brier,
    CategoricalCrossEntropy,
    Contrastive,
    Focal,
    GammaLoss,
    GaussianNLL,
    Hinge,
    Huber,
    InfoNCE,
    JensenShannon,
    KLDivergence,
    KMeans,
    LogisticLoss,
    Loss,
    MulticlassBrier,
    MulticlassFocal,
    PoissonLoss,
    Quantile,
    Reconstruction,
    ReverseKL,
    SparseCategoricalCrossEntropy,
    SquaredError,
    SquaredLogError,
    Triplet,
    Tukey,
    Wasserstein1,
    WeightedLogisticLoss,
)


@dataclasses.dataclass(frozen=True)
class Ask:
    """One question: its key, its words, and its options, the first of which is taken for granted.

    `tasks` are the answers to the first question under which it is asked.
    """

    key: str
    words: str
    options: Mapping[str, str]
    tasks: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Advice:
    """A loss, why it fits the answers, and what to keep in mind with it."""

    loss: Loss
    why: str
    mind: str


@dataclasses.dataclass(frozen=True)
class Turn:
    """Another answer to one question that would change the advice."""

    ask: Ask
    option: str
    loss: Loss


TASK = Ask(
    "task",
    "What is being predicted?",
    {
        "number": "a number",
        "two": "one of two classes",
        "several": "one of several classes",
        "count": "a count or a positive amount",
        "distribution": "a whole distribution",
        "likeness": "which things are alike",
        "structure": "nothing: there are no labels",
    },
)
ASKS = (
    TASK,
    Ask(
        "far",
        "Are some targets far off for no good reason: typing errors, broken sensors?",
        {"no": "no, each one counts", "some": "a few", "many": "gross ones, to be ignored"},
        ("number",),
    ),
    Ask(
        "side",
        "Does it matter on which side a miss lies?",
        {"same": "no", "low": "too low is dearer", "high": "too high is dearer"},
        ("number",),
    ),
    Ask(
        "unit",
        "Is a miss felt in units or in proportion?",
        {"units": "in units", "share": "in proportion to the target"},
        ("number",),
    ),
    Ask(
        "need",
        "Will someone read the probabilities?",
        {"probability": "yes, they must be right", "label": "no, only the label counts"},
        ("two",),
    ),
    Ask(
        "rare",
        "Is one class rare, or dearer to miss?",
        {
            "no": "no",
            "yes": "yes",
            "easy": "yes, and most of the others are easy",
        },
        ("two", "several"),
    ),
    Ask(
        "wrong",
        "Are some labels wrong?",
        {"no": "hardly any", "yes": "quite a few"},
        ("two", "several"),
    ),
    Ask(
        "order",
        "Do the classes have an order, so that a near miss is better than a far one?",
        {"no": "no, every mistake is alike", "yes": "yes, like grades or stars"},
        ("several",),
    ),
    Ask(
        "labels",
        "How do the labels come?",
        {"index": "one class number each", "shares": "shares of several classes"},
        ("several",),
    ),
    Ask(
        "amount",
        "What kind of amount?",
        {
            "count": "how often something happened",
            "positive": "positive, with a spread that grows with it",
            "spread": "a number whose own uncertainty is wanted too",
        },
        ("count",),
    ),
    Ask(
        "fit",
        "If the model cannot match the whole truth, what should it do?",
        {
            "cover": "cover all of it",
            "seek": "settle on one part and get that right",
            "even": "treat both alike, and stay bounded",
            "near": "put its share near the right places",
        },
        ("distribution",),
    ),
    Ask(
        "known",
        "What is known about likeness?",
        {
            "pairs": "pairs: same or different",
            "triplets": "this is more like that than like the other",
            "batch": "each thing has one partner in a batch",
        },
        ("likeness",),
    ),
    Ask(
        "aim",
        "What should be found?",
        {
            "groups": "groups of near points",
            "directions": "a few directions that hold most of the data",
            "switches": "a short code for on-off data",
        },
        ("structure",),
    ),
)


def asked(answers: Mapping[str, str]) -> tuple[Ask, ...]:
    """Return the questions that matter for this task, in order."""
    task = answers.get("task", "number")
    return tuple(ask for ask in ASKS if not ask.tasks or task in ask.tasks)


def completed(answers: Mapping[str, str]) -> dict[str, str]:
    """Return an answer to every question that matters: as given, or the first option."""
    return {
        ask.key: answers[ask.key]
        if answers.get(ask.key) in ask.options
        else next(iter(ask.options))
        for ask in asked(answers)
    }


def advise(answers: Mapping[str, str]) -> Advice:
    """Return the advice for these answers."""
    told = completed(answers)
    return _BY_TASK[told["task"]](told)


def turns(answers: Mapping[str, str]) -> list[Turn]:
    """Return each single other answer, the task aside, that would lead to another loss."""
    told, here = completed(answers), advise(answers).loss
    found = []
    for ask in asked(told)[1:]:
        for option in ask.options:
            loss = advise({**told, ask.key: option}).loss
            if loss != here:
                found.append(Turn(ask, option, loss))
    return found


def _number(told: Mapping[str, str]) -> Advice:
    if told["side"] != "same":
        tau = 0.8 if told["side"] == "low" else 0.2
        dear = "low" if told["side"] == "low" else "high"
        return Advice(
            Quantile(tau),
            f"A prediction too {dear} then costs four times as much as the same miss on the other "
            "side, so the fit moves to where that balances: a quantile of the target.",
            "Set τ to the cost of too low ÷ (cost of too low + cost of too high). Far targets pull "
            "no harder than near ones.",
        )
    if told["unit"] == "share" and told["far"] == "no":
        return Advice(
            SquaredLogError(),
            "It compares logarithms, so twice too much and half too little weigh nearly the same "
            "once targets are large.",
            "Targets must lie above −1, and it estimates a geometric mean, which is below the "
            "ordinary one.",
        )
    if told["unit"] == "share":
        return Advice(
            AbsolutePercentageError(),
            "It divides each miss by its target and does not square it, so no far target rules.",
            "It is undefined where a target is 0, and it prefers predictions that are too low.",
        )
    return _by_distance(told["far"])


def _by_distance(far: str) -> Advice:
    if far == "no":
        return Advice(
            SquaredError(),
            "It estimates the mean, uses every sample to the full, and its minimum is found in one "
            "step for a linear model.",
            "A miss ten times as large costs a hundred times as much: one bad target can rule.",
        )
    if far == "some":
        return Advice(
            Huber(),
            "It squares small misses and lets large ones pull no harder than δ, so a few bad "
            "targets cannot drag the fit far. It is convex: there is no false minimum.",
            "Set δ to the size of an ordinary miss.",
        )
    return Advice(
        Tukey(),
        "Targets farther off than c do not pull at all, as if they were not there.",
        "It is not convex: start from a good fit, such as Huber's, and look at the landscape.",
    )


def _two(told: Mapping[str, str]) -> Advice:
    if told["wrong"] == "yes":
        return Advice(
            Brier(),
            "No sample costs more than 1, and one whose label is far on the other side hardly "
            "pulls, so the wrong labels bend the boundary less.",
            "Its probabilities are those of the labels as they come, wrong ones included: with 30 "
            "% flipped, a true 0.9 is reported as 0.66. Where the flipped share f is known, "
            "(p − f) ÷ (1 − 2f) gives the true one back. As a function of the score it is not "
            "convex: descent can stall on its flat parts.",
        )
    if told["need"] == "probability":
        rare = told["rare"] != "no"
        return Advice(
            LogisticLoss(),
            "Its expected value is smallest exactly where the reported probability is the true one."
            + (
                " Weighing the classes would spoil that: move the threshold instead."
                if rare
                else ""
            ),
            "A confident wrong answer costs without limit, and on separable data the weights grow "
            "without end unless they are penalized.",
        )
    if told["rare"] == "easy":
        return Advice(
            Focal(2.0, 0.75),
            "Its γ turns down the many samples that are already right, so that the few hard ones "
            "carry the gradient, and its α makes a positive, the rare class, count three times as "
            "much as a negative.",
            "It is neither proper nor calibrated: a true 0.1 is reported as 0.4, and from 0.25 on "
            "the positive side is chosen. Do not read its probabilities, and set the threshold on "
            "labelled data. An α of 0.25, which is often seen, turns the positives down instead.",
        )
    if told["rare"] == "yes":
        return Advice(
            WeightedLogisticLoss(5.0),
            "A missed positive counts five times here, which moves the boundary towards the other "
            "class without changing the shape of the loss.",
            "Set the weight to the price ratio, or to negatives ÷ positives for equal shares. The "
            "probabilities no longer are the true ones.",
        )
    return Advice(
        Hinge(),
        "It asks for the right side with some room and then stops caring, so the boundary rests on "
        "the few samples near it.",
        "Its scores are not probabilities.",
    )


def _several(told: Mapping[str, str]) -> Advice:
    if told["order"] == "yes":
        return Advice(
            Wasserstein1(),
            "It charges for how far probability has to be carried along the order, so a near miss "
            "is cheaper than a far one.",
            "It is not proper: against labels the best report is the median class alone. Where "
            "three grades have chances 0.3, 0.3 and 0.4 that is (0, 1, 0). For probabilities that "
            "someone reads, square the differences of the cumulative probabilities instead of "
            "taking their sizes: that is the ranked probability score, which is strictly proper. "
            "Put a softmax before either.",
        )
    if told["wrong"] == "yes":
        return Advice(
            MulticlassBrier(),
            "No sample costs more than 2, and a label that the model has ruled out no longer pulls "
            "at its class, so wrong labels do less harm.",
            "Its probabilities are those of the labels as they come, wrong ones included. As a "
            "function of the logits it is not convex, and it learns slowly from a bad start.",
        )
    if told["rare"] == "easy":
        return Advice(
            MulticlassFocal(2.0),
            "It turns down what is already right, so that the hard samples carry the gradient.",
            "Its probabilities are drawn away from 0 and 1: do not read them as they are.",
        )
    weigh = " For a rare class, give its samples a larger weight." if told["rare"] == "yes" else ""
    if told["labels"] == "shares":
        return Advice(
            CategoricalCrossEntropy(),
            "It takes shares of several classes as they are, and is smallest where the predicted "
            "shares are the true ones." + weigh,
            "Give it logits rather than probabilities: it is finite for any logits.",
        )
    return Advice(
        SparseCategoricalCrossEntropy(),
        "It is the cross-entropy, smallest where the probabilities are the true ones, and needs "
        "one number per label instead of one per class." + weigh,
        "A confident wrong answer costs without limit.",
    )


def _count(told: Mapping[str, str]) -> Advice:
    if told["amount"] == "count":
        return Advice(
            PoissonLoss(),
            "It lets the spread grow with the mean, as counts do, and estimates the mean.",
            "The prediction is a rate and must be positive: predict its logarithm.",
        )
    if told["amount"] == "positive":
        return Advice(
            GammaLoss(),
            "It compares prediction and target by their ratio, and estimates the mean.",
            "Targets of 0 are outside it, and it is not convex in the prediction itself.",
        )
    return Advice(
        GaussianNLL(),
        "It learns a mean and a spread together: where it is unsure, misses cost less.",
        "Start with a wide spread: a narrow one on a bad mean gives enormous gradients.",
    )


def _distribution(told: Mapping[str, str]) -> Advice:
    return {
        "cover": Advice(
            KLDivergence(),
            "It is infinite where the model excludes what happens, so the model covers everything. "
            "Minimizing it is maximum likelihood.",
            "A simple model spreads over gaps where nothing happens.",
        ),
        "seek": Advice(
            ReverseKL(),
            "It is infinite where the model allows what never happens, so the model settles inside "
            "one part of the truth.",
            "It needs the truth's own density, not only samples of it.",
        ),
        "even": Advice(
            JensenShannon(),
            "It treats both sides alike and never exceeds log 2.",
            "Where the two hardly overlap it is nearly flat, and gradients vanish.",
        ),
        "near": Advice(
            Wasserstein1(),
            "It measures how far probability must be carried, so it still tells near from far when "
            "the two do not overlap.",
            "It needs an order, or distances, between the places.",
        ),
    }[told["fit"]]


def _likeness(told: Mapping[str, str]) -> Advice:
    return {
        "pairs": Advice(
            Contrastive(),
            "It pulls equal pairs together and pushes different ones apart up to the margin.",
            "Once all different pairs are beyond the margin they teach nothing more.",
        ),
        "triplets": Advice(
            Triplet(),
            "It asks only for an order: the positive nearer than the negative, by a margin.",
            "Most triplets soon cost nothing: choose semi-hard ones.",
        ),
        "batch": Advice(
            InfoNCE(),
            "It picks the partner out of the whole batch, so every other sample is a negative.",
            "It wants large batches, and its temperature decides how much the nearest count.",
        ),
    }[told["known"]]


def _structure(told: Mapping[str, str]) -> Advice:
    return {
        "groups": Advice(
            KMeans(),
            "Each point pays its squared distance to the nearest centre.",
            "It is not convex: try several starts, and compare units before distances.",
        ),
        "directions": Advice(
            Reconstruction(),
            "A linear code with tied weights that rebuilds the data best spans the directions of "
            "largest spread.",
            "Centre the data first; it finds the plane, not its axes.",
        ),
        "switches": Advice(
            BernoulliReconstruction(),
            "It compares each rebuilt value with a yes or no by cross-entropy.",
            "Values must lie between 0 and 1.",
        ),
    }[told["aim"]]


_BY_TASK = {
    "number": _number,
    "two": _two,
    "several": _several,
    "count": _count,
    "distribution": _distribution,
    "likeness": _likeness,
    "structure": _structure,
}
