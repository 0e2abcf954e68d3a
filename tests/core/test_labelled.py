"""Laws of the classification sets: what every one promises, and whether its story is true."""

import csv
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog, minimize
from scipy.special import expit, log_softmax, softmax

from core.data.labelled import LabelledSet, binary_datasets, dial, labelled, multiclass_datasets
from core.datasets import regression_datasets

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "datasets"

TWO = [
    "overlapping",
    "separable",
    "far",
    "mislabeled",
    "rare-5",
    "rare-1",
    "dial",
    "xor",
    "iris",
    "challenger",
    "breast",
]
THREE = ["three", "three-separable", "ring", "iris-3"]
MADE = [*TWO[:8], *THREE[:3]]
ALL = [*binary_datasets().values(), *multiclass_datasets().values()]
every_set = pytest.mark.parametrize("each", ALL, ids=[each.key for each in ALL])


# References that share nothing with core ---------------------------------------------------------


def design(x):
    return np.column_stack([x, np.ones(len(x))])


def signs(each):
    return np.where(each.label == 1, 1.0, -1.0)


def newton(x, sign, loss, weight=1.0):
    """Minimise a smooth convex margin loss, given as its value and two slopes; halve long steps."""
    rows = design(x) * sign[:, None]
    worth = np.where(sign > 0, weight, 1.0)
    theta = np.zeros(rows.shape[1])
    for _ in range(100):
        value, slope, bend = (worth * part for part in loss(rows @ theta))
        step = np.linalg.solve(rows.T @ (bend[:, None] * rows), rows.T @ slope)
        while (worth * loss(rows @ (theta - step))[0]).sum() > value.sum() + 1e-12:
            step = step / 2.0
        theta = theta - step
        if np.abs(step).max() < 1e-11:
            return theta
    raise AssertionError("Newton's method found no minimum.")


def logistic(m):
    return np.logaddexp(0.0, -m), -expit(-m), expit(-m) * expit(m)


def exponential(m):
    with np.errstate(over="ignore"):  # a long trial step may leave float64: it is then halved
        return np.exp(-m), -np.exp(-m), np.exp(-m)


def squared_fit(x, sign):
    return np.linalg.lstsq(design(x), sign, rcond=None)[0]


def hinge_fit(x, sign):
    rows = design(x) * sign[:, None]
    n, k = rows.shape
    found = linprog(
        np.r_[np.zeros(k), np.ones(n)],
        A_ub=np.hstack([-rows, -np.eye(n)]),
        b_ub=-np.ones(n),
        bounds=[(None, None)] * k + [(0, None)] * n,
    )
    return found.x[:k]


def softmax_fit(x, label):
    rows, k = design(x), label.max() + 1
    wanted = np.eye(k)[label]

    def cost(theta):
        scores = rows @ theta.reshape(k, -1).T
        slope = (softmax(scores, axis=1) - wanted).T @ rows
        return -(wanted * log_softmax(scores, axis=1)).sum(), slope.ravel()

    return minimize(cost, np.zeros(k * rows.shape[1]), jac=True, tol=1e-7).x.reshape(k, -1)


def turned(before, after):
    """Return the degrees between two lines, each given as (slope, slope, intercept)."""
    one, two = before[:2], after[:2]
    cosine = one @ two / np.linalg.norm(one) / np.linalg.norm(two)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def wrong(theta, x, sign):
    return design(x) @ theta * sign <= 0.0


def gap(margins):
    """Return the largest margin that every row can have at once, with parameters in [-1, 1]."""
    n, k = margins.shape
    found = linprog(
        np.r_[np.zeros(k), -1.0],
        A_ub=np.hstack([-margins, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        bounds=[(-1, 1)] * k + [(None, None)],
    )
    return -found.fun


def way_out(margins, counted=None):
    """Return how far margins can grow with none below 0: 0 exactly where a minimum exists.

    With `counted`, only the growth of those rows counts, while no other may fall.
    """
    counted = np.ones(len(margins), bool) if counted is None else counted
    found = linprog(
        -margins[counted].sum(axis=0),
        A_ub=-margins,
        b_ub=np.zeros(len(margins)),
        bounds=[(-1, 1)] * margins.shape[1],
    )
    return -found.fun


def margins_of_two(x, sign):
    return design(x) * sign[:, None]


def margins_of_three(x, label):
    """Return a row for each point and each wrong class: its own score less that class's."""
    rows = []
    for point, own in zip(design(x), label, strict=True):
        for other in {0, 1, 2} - {own}:
            row = np.zeros((3, point.size))
            row[own], row[other] = point, -point
            rows.append(row.ravel())
    return np.array(rows)


def fewest_wrong(x, sign, decimals):
    """Return how many points the best of all lines gets wrong, exactly: numbers become whole.

    Any line can be moved, without passing a point, until it touches two; what it says of points
    it touches is then a cut of the line itself into two halves.
    """
    points = np.rint(x * 10**decimals).astype(np.int64)
    best = min(np.count_nonzero(sign > 0), np.count_nonzero(sign < 0))
    for one, two in itertools.combinations(np.unique(points, axis=0), 2):
        along, apart = two - one, points - one
        side = np.sign(along[0] * apart[:, 1] - along[1] * apart[:, 0])
        off = side != 0
        for facing in (1, -1):
            missed = np.count_nonzero(facing * side[off] != sign[off])
            if missed < best:
                best = min(best, missed + _best_cut(apart[~off] @ along, sign[~off]))
    return best


def _best_cut(place, sign):
    cuts = [*np.unique(place), np.inf]
    wrong_below = [np.count_nonzero(np.where(place < cut, 1, -1) != sign) for cut in cuts]
    return min(min(wrong_below), sign.size - max(wrong_below))


def moved(each, to):
    x = each.x.copy()
    x[each.drag] = to
    return x


# Every set ---------------------------------------------------------------------------------------


def test_order_on_screen_begins_with_overlapping_classes():
    assert list(binary_datasets()) == TWO
    assert list(multiclass_datasets()) == THREE


def test_no_key_is_used_twice():
    keys = [*regression_datasets(), *binary_datasets(), *multiclass_datasets()]
    assert len(set(keys)) == len(keys)


@every_set
def test_key_fits_a_link_and_finds_the_set(each):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.key)
    assert labelled(each.key) is each


def test_unknown_key_is_named_with_the_keys_there_are():
    with pytest.raises(KeyError, match=r"'elephants'; expected one of overlapping, .*, iris-3\."):
        labelled("elephants")


@every_set
def test_points_are_finite_floats_with_a_label_for_each_feature(each):
    assert each.x.dtype == np.float64
    assert each.x.ndim == 2
    assert each.x.shape[1] == len(each.feature_labels) in (1, 2)
    assert np.isfinite(each.x).all()
    assert len(each.names) in (0, len(each.x))


@every_set
def test_labels_count_the_classes_and_cover_them(each):
    assert each.label.dtype == np.int64
    assert each.label.shape == each.x.shape[:1]
    assert set(each.label) == set(range(len(each.class_names)))
    assert len(each.class_names) == (2 if each.key in TWO else 3)


@every_set
def test_points_cannot_be_changed_by_one_session_for_another(each):
    for values in (each.x, each.label):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0
    with pytest.raises(AttributeError):
        each.x = each.x


@pytest.mark.parametrize("sets", [binary_datasets, multiclass_datasets])
def test_the_sets_cannot_be_changed_and_are_read_once(sets):
    with pytest.raises(TypeError):
        sets()["three"] = None
    assert sets() is sets()


@every_set
def test_the_point_to_drag_exists(each):
    assert isinstance(each.drag, int)
    assert 0 <= each.drag < len(each.x)


@every_set
def test_words_are_there_short_and_plain(each):
    single = (*each.feature_labels, *each.class_names, *each.names)
    for words in (each.title, each.source, each.licence, *single):
        assert words == words.strip() != ""
        assert "\n" not in words
    assert len(each.title) <= 40
    assert max(map(len, single)) <= 30
    assert 20 <= len(each.story) <= 180
    assert 1 <= len(re.findall(r"\.(?= |$)", each.story)) <= 2
    assert each.story.endswith(".")
    assert "  " not in each.story
    assert len(set(each.class_names)) == len(each.class_names)


def test_stories_give_the_numbers_that_are_proven_below():
    told = {each.key: [int(number) for number in re.findall(r"\d+", each.story)] for each in ALL}
    assert {key: numbers for key, numbers in told.items() if numbers} == {
        "overlapping": [4, 40],
        "far": [20],
        "rare-5": [10, 200],
        "rare-1": [4, 400, 99, 100],
        "dial": [85, 100, 2, 100, 98, 100],
        "iris": [100],
        "challenger": [7, 23, 31],
        "breast": [39, 212, 10, 87, 23],
        "three": [45],
        "three-separable": [45],
    }


def test_titles_differ():
    assert len({each.title for each in ALL}) == len(ALL)


@pytest.mark.parametrize("key", MADE)
def test_made_sets_are_small_plain_numbers_and_no_two_points_hide_each_other(key):
    each = labelled(key)
    assert np.array_equal(each.x, each.x.round(2))
    assert len(np.unique(each.x, axis=0)) == len(each.x)
    nearby = np.delete(each.x, 40, axis=0) if key == "far" else each.x
    assert np.abs(nearby).max() <= 3.1
    assert each.source.startswith("Made for these pages")
    assert "MIT" in each.licence


@every_set
def test_same_set_comes_out_of_another_reading(each):
    sets = binary_datasets if each.key in TWO else multiclass_datasets
    again = sets.__wrapped__()[each.key]
    assert again is not each
    np.testing.assert_array_equal(again.x, each.x)
    np.testing.assert_array_equal(again.label, each.label)


@pytest.mark.parametrize("key", MADE)
def test_made_sets_never_change_since_links_move_their_points(key):
    each = labelled(key)
    by_place = np.arange(1, len(each.x) + 1) @ each.x
    assert [*each.x[0], *each.x[-1], *by_place.round(2)] == FINGERPRINTS[key]


FINGERPRINTS = {
    "overlapping": [-0.29, 0.48, 0.64, 0.34, 337.62, 205.43],
    "separable": [-1.47, -0.35, 0.02, 1.36, 442.38, 318.05],
    "far": [0.01, -0.92, 6.0, 3.0, 607.83, 134.53],
    "mislabeled": [-0.96, -0.18, 0.35, 0.36, 430.94, 126.64],
    "rare-5": [-0.01, 1.43, 1.88, 0.58, 2474.99, 2427.88],
    "rare-1": [-1.1, -0.05, 2.49, 1.39, 1915.87, 1600.39],
    "dial": [0.81, -0.69, 0.58, 1.78, 4839.3, 4461.15],
    "xor": [1.0, -0.56, -1.24, -1.36, -260.0, -0.0],
    "three": [-0.31, -0.21, 0.77, 0.48, 232.62, 431.1],
    "three-separable": [-0.46, -0.56, 0.09, 1.17, 337.77, 567.61],
    "ring": [-0.2, -0.61, 2.29, -0.62, -1.84, -154.24],
}


# Damaged sets ------------------------------------------------------------------------------------

GOOD = {
    "key": "key",
    "title": "t",
    "feature_labels": ("a", "b"),
    "class_names": ("no", "yes"),
    "story": "s",
    "source": "s",
    "licence": "l",
    "x": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "label": [0, 1, 1],
    "drag": 2,
}


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ({"x": [1.0, 2.0, 3.0]}, "one or two features"),
        ({"x": [[1.0, 2.0, 3.0]] * 3, "feature_labels": ("a", "b", "c")}, "one or two features"),
        ({"x": np.zeros((3, 0)), "feature_labels": ()}, "one or two features"),
        ({"feature_labels": ("a",)}, "one label for each feature"),
        ({"x": [[0.0], [2.0], [4.0]]}, "one label for each feature"),
        ({"x": [[0.0, 1.0], [np.nan, 3.0], [4.0, 5.0]]}, "finite"),
        ({"x": [[0.0, 1.0], [2.0, 3.0], [4.0, -np.inf]]}, "finite"),
        ({"label": [0, 1]}, "one label for each point"),
        ({"label": [[0, 1, 1]]}, "one label for each point"),
        ({"label": [0, 0, 0], "class_names": ("only",)}, "at least two classes"),
        ({"label": [1, 1, 1]}, "each label from 0 to 1 at least once"),
        ({"label": [0, 1, 2]}, "each label from 0 to 1 at least once, and no others"),
        ({"label": [-1, 0, 1]}, "no others"),
        ({"label": [0.0, 0.5, 1.0]}, "no others"),
        ({"label": [0.0, np.nan, 1.0]}, "no others"),
        ({"label": ["no", "yes", "yes"]}, "no others"),
        ({"drag": 3}, "no point 3 to drag among 3"),
        ({"drag": -1}, "no point -1 to drag among 3"),
        ({"names": ("one", "two")}, "expected 3 names or none, not 2"),
    ],
)
def test_damaged_set_is_refused_in_a_sentence(damage, complaint):
    with pytest.raises(ValueError, match=complaint) as refusal:
        LabelledSet(**{**GOOD, **damage})
    assert str(refusal.value).startswith("key: ")
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("label", [[0, 1, 1], [0.0, 1.0, 1.0], np.array([0, 1, 1], np.uint8)])
def test_whole_labels_of_any_kind_are_welcome(label):
    made = LabelledSet(**{**GOOD, "label": label, "drag": 0})
    assert made.label.dtype == np.int64
    assert made.label.tolist() == [0, 1, 1]


def test_callers_arrays_stay_writable_and_apart():
    x, label = np.array(GOOD["x"]), np.array(GOOD["label"])
    made = LabelledSet(**{**GOOD, "x": x, "label": label, "names": ("one", "two", "three")})
    x[0], label[0] = 9.0, 1
    assert made.x[0].tolist() == [0.0, 1.0]
    assert made.label.tolist() == [0, 1, 1]


# Files -------------------------------------------------------------------------------------------

FILES = {"breast.csv": 569, "challenger.csv": 23, "iris.csv": 150}


def test_every_file_is_known_and_has_its_source_stated():
    assert {path.name for path in (ASSETS / "labelled").iterdir()} == set(FILES)
    sources = (ASSETS / "SOURCES.md").read_text(encoding="utf-8")
    for name, rows in FILES.items():
        assert f"| `labelled/{name}` | {rows} |" in sources


@pytest.mark.parametrize("name", FILES)
def test_file_is_a_plain_table(name):
    raw = (ASSETS / "labelled" / name).read_bytes()
    assert b"\r" not in raw
    assert b'"' not in raw
    assert raw.endswith(b"\n")
    header, *rows = csv.reader(raw.decode("utf-8").splitlines())
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in header)
    assert len(rows) == FILES[name]
    assert {len(row) for row in rows} == {len(header)}


WORDS = {
    "iris": (("Petal length (cm)", "Petal width (cm)"), ("versicolor", "virginica")),
    "challenger": (("Temperature at launch (°F)",), ("undamaged", "heat damage")),
    "breast": (
        ("Mean radius of the nuclei", "Mean texture (spread of grey)"),
        ("benign", "malignant"),
    ),
    "ring": (("x₁", "x₂"), ("inner", "middle", "outer")),
    "iris-3": (
        ("Petal length (cm)", "Petal width (cm)"),
        ("setosa", "versicolor", "virginica"),
    ),
}


@every_set
def test_features_and_classes_are_called_what_they_are(each):
    classes = ("negative", "positive") if each.key in TWO else ("A", "B", "C")
    expected = WORDS.get(each.key, (("x₁", "x₂"), classes))
    assert (each.feature_labels, each.class_names) == expected


def test_what_others_collected_says_under_which_licence():
    for key in ("iris", "iris-3", "breast"):
        assert "CC BY 4.0" in labelled(key).licence
        assert "BSD-3" in labelled(key).licence
    assert "1936" in labelled("iris").source
    assert "1989" in labelled("challenger").source
    assert "1993" in labelled("breast").source


# What the sets of two classes tell ---------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key in TWO[:8] if key != "separable"])
def test_overlapping_classes_give_the_logistic_loss_a_minimum(key):
    each = labelled(key)
    assert way_out(margins_of_two(each.x, signs(each))) == pytest.approx(0.0, abs=1e-9)


def test_best_line_gets_four_of_the_overlapping_points_wrong():
    each = labelled("overlapping")
    assert np.bincount(each.label).tolist() == [20, 20]
    assert fewest_wrong(each.x, signs(each), 2) == 4


def test_losses_agree_on_overlapping_classes_until_a_point_is_dragged_far_across():
    each, sign = labelled("overlapping"), signs(labelled("overlapping"))
    assert each.drag == each.x[:, 0].argmax()
    assert each.label[each.drag] == 1
    across = moved(each, each.x[each.drag] * [-1.0, 1.0])
    fits = (
        squared_fit,
        hinge_fit,
        lambda *data: newton(*data, logistic),
        lambda *data: newton(*data, exponential),
    )
    for x, agreed in ((each.x, True), (across, False)):
        lines = [fit(x, sign) for fit in fits]
        assert [wrong(line, x, sign)[each.drag] for line in lines] == [not agreed] * 4
        apart = max(turned(one, two) for one, two in itertools.combinations(lines, 2))
        assert apart < 5.0 if agreed else apart > 10.0


def test_separable_classes_leave_the_logistic_loss_without_a_minimum():
    each, sign = labelled("separable"), signs(labelled("separable"))
    rows = margins_of_two(each.x, sign)
    assert gap(rows) > 0.3
    parting = np.linalg.lstsq(design(each.x), sign, rcond=None)[0]
    assert (rows @ parting).min() > 0.0
    costs = [logistic(scale * rows @ parting)[0].sum() for scale in (1.0, 10.0, 100.0, 1000.0)]
    assert (np.diff(costs) < 0.0).all()
    assert costs[-1] < 1e-12


def test_a_point_dragged_into_the_other_cloud_gives_the_logistic_loss_its_minimum():
    each, sign = labelled("separable"), signs(labelled("separable"))
    other = each.x[each.label == 0].mean(axis=0)
    across = moved(each, other)
    assert way_out(margins_of_two(across, sign)) == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(newton(across, sign, logistic)).all()
    distance = np.linalg.norm(each.x - other, axis=1)
    assert each.drag == np.flatnonzero(each.label == 1)[distance[each.label == 1].argmin()]


def test_a_point_far_on_its_own_side_turns_the_squared_loss_alone():
    each, sign = labelled("far"), signs(labelled("far"))
    near, label = np.delete(each.x, each.drag, axis=0), np.delete(sign, each.drag)
    assert each.drag == np.linalg.norm(each.x, axis=1).argmax()
    assert each.label[each.drag] == 1

    before, after = squared_fit(near, label), squared_fit(each.x, sign)
    assert not wrong(before, each.x, sign)[each.drag]
    assert (design(each.x) @ before)[each.drag] > 3.0  # too right: the squared loss wants 1
    assert 20.0 < turned(before, after) < 25.0
    assert wrong(after, near, label).sum() == wrong(before, near, label).sum() + 2

    for fit in (hinge_fit, lambda *data: newton(*data, logistic)):
        before, after = fit(near, label), fit(each.x, sign)
        assert turned(before, after) < 0.1
        assert after == pytest.approx(before, rel=0.01)


def test_one_wrong_label_turns_the_exponential_loss_most_and_the_hinge_hardly():
    each, sign = labelled("mislabeled"), signs(labelled("mislabeled"))
    near, label = np.delete(each.x, each.drag, axis=0), np.delete(sign, each.drag)
    assert each.label[each.drag] == 0
    among = (each.label == 1) | (np.arange(41) == each.drag)
    assert gap(margins_of_two(each.x[among], sign[among])) == pytest.approx(0.0, abs=1e-9)
    assert wrong(newton(near, label, logistic), each.x, sign)[each.drag]

    most = turned(newton(near, label, exponential), newton(each.x, sign, exponential))
    less = turned(newton(near, label, logistic), newton(each.x, sign, logistic))
    hardly = turned(hinge_fit(near, label), hinge_fit(each.x, sign))
    assert most > 30.0
    assert 15.0 < less < 25.0
    assert hardly < 0.5


def test_five_in_a_hundred_are_mostly_missed_until_they_weigh_more():
    each, sign = labelled("rare-5"), signs(labelled("rare-5"))
    assert np.bincount(each.label).tolist() == [190, 10]
    plain, heavy = (newton(each.x, sign, logistic, weight) for weight in (1.0, 10.0))
    rare = each.label == 1
    assert wrong(plain, each.x, sign)[rare].sum() == 6
    assert wrong(heavy, each.x, sign)[rare].sum() == 0
    farthest = np.linalg.norm(each.x[rare], axis=1).argmax()
    assert each.drag == np.flatnonzero(rare)[farthest]


def found(each, weight=1.0):
    """Return the share of positives that the logistic line finds, and that of all called right."""
    score = design(each.x) @ newton(each.x, signs(each), logistic, weight)
    right = (score > 0.0) == (each.label == 1)
    return right[each.label == 1].mean(), right.mean()


def test_the_rarer_the_positives_the_fewer_are_found_unless_they_count_more():
    assert found(dial(50))[0] == 0.85
    assert found(dial(98)) == (0.0, 0.98)
    assert found(dial(98), 49.0)[0] == 1.0
    recalls = [found(dial(majority))[0] for majority in (50, 60, 70, 80, 90, 98)]
    assert recalls == sorted(recalls, reverse=True)


@pytest.mark.parametrize("majority", range(50, 99))
def test_one_more_in_a_hundred_changes_two_points_of_either_class(majority):
    fewer, more = dial(majority), dial(majority + 1)
    assert np.bincount(fewer.label).tolist() == [2 * majority, 200 - 2 * majority]
    for kind in (0, 1):
        one, other = (each.x[each.label == kind] for each in (fewer, more))
        shared = min(len(one), len(other))
        np.testing.assert_array_equal(one[:shared], other[:shared])


@pytest.mark.parametrize("majority", [0, 49, 100])
def test_a_share_that_cannot_be_dealt_is_refused(majority):
    with pytest.raises(ValueError, match="expected 50 to 99"):
        dial(majority)


def test_one_in_a_hundred_is_never_found():
    each, sign = labelled("rare-1"), signs(labelled("rare-1"))
    assert np.bincount(each.label).tolist() == [396, 4]
    score = design(each.x) @ newton(each.x, sign, logistic)
    assert (score < 0.0).all()
    assert np.mean((score > 0.0) == (each.label == 1)) == 0.99
    assert each.drag == np.flatnonzero(each.label == 1)[score[each.label == 1].argmax()]


def test_no_line_gets_more_than_three_opposite_corners_right():
    each, sign = labelled("xor"), signs(labelled("xor"))
    corners, counts = np.unique(np.sign(each.x), axis=0, return_counts=True)
    assert counts.tolist() == [10, 10, 10, 10]
    assert set(corners.ravel()) == {-1.0, 1.0}
    np.testing.assert_array_equal(np.sign(each.x).prod(axis=1), sign)
    assert gap(margins_of_two(each.x, sign)) == pytest.approx(0.0, abs=1e-9)
    assert fewest_wrong(each.x, sign, 2) == 10


def test_logistic_loss_on_opposite_corners_is_an_even_bet_everywhere():
    each, sign = labelled("xor"), signs(labelled("xor"))
    assert newton(each.x, sign, logistic) == pytest.approx(np.zeros(3), abs=1e-12)
    centre = moved(each, -each.x[each.drag] * [1.0, -1.0])
    assert np.abs(newton(centre, sign, logistic)).max() > 0.05
    assert each.label[each.drag] == 1
    assert each.drag == np.where(each.label == 1, each.x.sum(axis=1), -np.inf).argmax()


def test_irises_have_fishers_means():
    each = labelled("iris-3")
    assert np.bincount(each.label).tolist() == [50, 50, 50]
    means = [each.x[each.label == k].mean(axis=0) for k in range(3)]
    np.testing.assert_allclose(means, [[1.462, 0.246], [4.260, 1.326], [5.552, 2.026]], rtol=1e-12)
    assert each.x.min(axis=0).tolist() == [1.0, 0.1]
    assert each.x.max(axis=0).tolist() == [6.9, 2.5]


def test_irises_are_as_fisher_printed_them_where_the_archive_is_not():
    each = labelled("iris-3")
    assert each.x[34].tolist() == [1.5, 0.2]
    assert each.x[37].tolist() == [1.4, 0.1]


def test_two_irises_are_the_last_two_of_the_three():
    two, three = labelled("iris"), labelled("iris-3")
    np.testing.assert_array_equal(two.x, three.x[50:])
    np.testing.assert_array_equal(two.label, three.label[50:] - 1)
    assert two.class_names == three.class_names[1:] == ("versicolor", "virginica")
    assert two.drag == three.drag - 50


def test_best_line_gets_three_irises_wrong():
    each, sign = labelled("iris"), signs(labelled("iris"))
    assert gap(margins_of_two(each.x, sign)) == pytest.approx(0.0, abs=1e-9)
    assert fewest_wrong(each.x, sign, 1) == 3


def test_the_virginica_with_the_small_petals_turns_the_line():
    each, sign = labelled("iris"), signs(labelled("iris"))
    virginica = each.x[each.label == 1]
    assert each.label[each.drag] == 1
    assert each.x[each.drag, 0] == virginica[:, 0].min()
    before = newton(each.x, sign, logistic)
    assert wrong(before, each.x, sign)[each.drag]
    after = newton(moved(each, virginica.mean(axis=0)), sign, logistic)
    assert turned(before, after) > 10.0


# The same flights as the commission that inquired into the accident tells of them, by temperature.
COMMISSION = {
    1: [53, 57, 58, 63, 70, 70, 75],
    0: [66, 67, 67, 67, 68, 69, 70, 70, 72, 73, 75, 76, 76, 78, 79, 81],
}


def test_flights_are_those_of_the_commission():
    each = labelled("challenger")
    assert each.x.shape == (23, 1)
    for damaged, temperatures in COMMISSION.items():
        assert sorted(each.x[each.label == damaged, 0]) == temperatures
    flights = dict(zip(each.names, each.x[:, 0], strict=True))
    assert len(flights) == 23
    assert "STS-4" not in flights  # its rockets were lost at sea
    assert each.names[:3] == ("STS-1", "STS-2", "STS-3")
    assert each.names[-4:] == ("51-J", "61-A", "61-B", "61-C")
    assert (flights["51-C"], flights["61-A"], flights["61-B"], flights["61-C"]) == (53, 75, 76, 58)


def test_flights_have_the_published_logistic_curve():
    each, sign = labelled("challenger"), signs(labelled("challenger"))
    slope, height = theta = newton(each.x, sign, logistic)
    assert slope == pytest.approx(-0.2322, abs=5e-5)
    assert height == pytest.approx(15.0429, abs=5e-5)
    margins = margins_of_two(each.x, sign) @ theta
    assert 2.0 * logistic(margins)[0].sum() == pytest.approx(20.315, abs=5e-4)
    assert expit(31.0 * slope + height) > 0.999


def test_the_coldest_flights_all_had_damage_and_the_warm_one_flattens_the_curve():
    each, sign = labelled("challenger"), signs(labelled("challenger"))
    assert np.bincount(each.label).tolist() == [16, 7]
    coldest = np.argsort(each.x[:, 0])[:4]
    assert each.label[coldest].tolist() == [1, 1, 1, 1]
    assert each.names[each.drag] == "61-A"
    assert each.x[each.drag] == each.x[each.label == 1].max()
    colder = newton(moved(each, 60.0), sign, logistic)
    assert colder[0] < 1.2 * newton(each.x, sign, logistic)[0]


def test_tumours_are_the_published_ones():
    each = labelled("breast")
    assert np.bincount(each.label).tolist() == [357, 212]
    assert each.class_names == ("benign", "malignant")
    assert each.x.mean(axis=0) == pytest.approx([14.127292, 19.289649], abs=5e-7)
    assert each.x.min(axis=0).tolist() == [6.981, 9.71]
    assert each.x.max(axis=0).tolist() == [28.11, 39.28]
    assert each.x[each.label == 1].mean(axis=0) == pytest.approx([17.46283, 21.60491], abs=5e-6)
    assert each.x[0].tolist() == [17.99, 10.38]
    assert each.label[0] == 1


def test_malignant_tumours_that_count_five_times_are_missed_less():
    each, sign = labelled("breast"), signs(labelled("breast"))
    ill = each.label == 1
    for weight, missed, alarms in ((1.0, 39, 23), (5.0, 10, 87)):
        failed = wrong(newton(each.x, sign, logistic, weight), each.x, sign)
        assert (failed[ill].sum(), failed[~ill].sum()) == (missed, alarms)
    assert each.drag == np.where(ill, 0.0, each.x[:, 0]).argmax()


# What the sets of three classes tell -------------------------------------------------------------


def test_straight_boundaries_cannot_part_three_overlapping_clouds():
    each = labelled("three")
    assert np.bincount(each.label).tolist() == [15, 15, 15]
    margins = margins_of_three(each.x, each.label)
    assert gap(margins) == pytest.approx(0.0, abs=1e-9)
    assert way_out(margins) == pytest.approx(0.0, abs=1e-9)


def test_a_point_dragged_into_another_cloud_pulls_the_boundaries_along():
    each = labelled("three")
    before = softmax_fit(each.x, each.label)
    assert ((design(each.x) @ before.T).argmax(axis=1) != each.label).sum() == 6
    assert each.label[each.drag] == 2
    assert each.x[each.drag, 1] == each.x[:, 1].max()
    square = np.stack(np.meshgrid(*[np.linspace(-2.5, 2.5, 51)] * 2), axis=-1).reshape(-1, 2)
    for other in (0, 1):
        there = each.x[each.label == other].mean(axis=0)
        after = softmax_fit(moved(each, there), each.label)
        chance = [softmax(fit @ [*there, 1.0])[2] for fit in (before, after)]
        assert chance[1] > 1.5 * chance[0]
        winners = [(design(square) @ fit.T).argmax(axis=1) for fit in (before, after)]
        assert np.mean(winners[0] != winners[1]) > 0.03


def test_softmax_on_clouds_apart_grows_certain_without_end():
    each = labelled("three-separable")
    assert np.bincount(each.label).tolist() == [15, 15, 15]
    assert gap(margins_of_three(each.x, each.label)) > 0.5
    parting = each.x.T @ (np.eye(3)[each.label] - 1.0 / 3.0) / 15.0
    scores = each.x @ parting
    assert (scores.argmax(axis=1) == each.label).all()
    own = np.arange(45), each.label
    costs = [-log_softmax(scale * scores, axis=1)[own].sum() for scale in (1.0, 10.0, 100.0)]
    assert (np.diff(costs) < 0.0).all()
    assert costs[-1] < 1e-9


def test_the_point_to_drag_of_the_clouds_apart_is_the_nearest_to_the_middle():
    each = labelled("three-separable")
    top = np.linalg.norm(each.x[each.label == 2], axis=1)
    assert each.drag == np.flatnonzero(each.label == 2)[top.argmin()]


def test_rings_surround_one_another():
    each = labelled("ring")
    assert np.bincount(each.label).tolist() == [16, 16, 16]
    radius = [np.linalg.norm(each.x[each.label == k], axis=1) for k in range(3)]
    assert radius[0].max() < radius[1].min() - 0.3
    assert radius[1].max() < radius[2].min() - 0.3
    for k in (1, 2):
        angle = np.sort(np.arctan2(*each.x[each.label == k].T))
        assert np.diff([*angle, angle[0] + 2.0 * np.pi]).max() < np.radians(40.0)
    assert each.drag == np.linalg.norm(each.x, axis=1).argmax()


def test_cross_entropy_on_rings_is_at_its_minimum_without_any_slope():
    each = labelled("ring")
    even = np.full((48, 3), 1.0 / 3.0)
    slope = (even - np.eye(3)[each.label]).T @ design(each.x)
    np.testing.assert_allclose(slope, 0.0, atol=1e-12)
    assert gap(margins_of_three(each.x, each.label)) == pytest.approx(0.0, abs=1e-9)


def test_setosa_stands_apart_and_the_other_irises_do_not():
    each = labelled("iris-3")
    assert gap(margins_of_two(each.x, np.where(each.label == 0, 1.0, -1.0))) > 0.1
    margins = margins_of_three(each.x, each.label)
    own = np.repeat(each.label, 2)
    against_setosa = np.abs(margins.reshape(-1, 3, 3)[:, 0]).max(axis=1) > 0.0
    assert way_out(margins, against_setosa) > 1.0
    assert way_out(margins, ~against_setosa) == pytest.approx(0.0, abs=1e-9)
    assert set(own[~against_setosa]) == {1, 2}
