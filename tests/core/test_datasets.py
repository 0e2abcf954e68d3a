"""Laws of the data sets: what every one promises, and the published facts of each."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from core.datasets import DataSet, dataset, regression_datasets

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "datasets"

KEYS = [
    "outliers",
    "clean",
    "fan",
    "anscombe-1",
    "anscombe-2",
    "anscombe-3",
    "anscombe-4",
    "stars",
    "phones",
    "animals",
    "hills",
    "engel",
]
ALL = list(regression_datasets().values())
every_set = pytest.mark.parametrize("each", ALL, ids=[each.key for each in ALL])


def least_squares(x, y):
    slope, intercept = np.polyfit(x, y, 1)
    return slope, intercept


def quantile_line(x, y, level=0.5):
    """Solve quantile regression as a linear program: a reference that shares nothing with core."""
    n = x.size
    free = np.column_stack([x, np.ones(n)])
    costs = np.concatenate([np.zeros(4), np.full(n, level), np.full(n, 1.0 - level)])
    equal = np.hstack([free, -free, np.eye(n), -np.eye(n)])
    found = linprog(costs, A_eq=equal, b_eq=y, bounds=(0, None)).x
    return found[0] - found[2], found[1] - found[3]


def r_squared(x, y):
    return np.corrcoef(x, y)[0, 1] ** 2


# Every set ---------------------------------------------------------------------------------------


def test_order_on_screen_begins_with_the_line_with_outliers():
    assert list(regression_datasets()) == KEYS


@every_set
def test_key_fits_a_link_and_finds_the_set(each):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.key)
    assert dataset(each.key) is each


@every_set
def test_points_are_finite_floats_of_one_length(each):
    assert each.x.dtype == each.y.dtype == np.float64
    assert each.x.ndim == 1
    assert each.x.shape == each.y.shape
    assert np.isfinite(each.x).all()
    assert np.isfinite(each.y).all()
    assert len(each.names) in (0, each.x.size)


@every_set
def test_points_cannot_be_changed_by_one_session_for_another(each):
    for values in (each.x, each.y):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0
    with pytest.raises(AttributeError):
        each.x = each.y


def test_the_sets_cannot_be_changed_and_are_read_once():
    with pytest.raises(TypeError):
        regression_datasets()["clean"] = None
    assert regression_datasets() is regression_datasets()


@every_set
def test_the_point_to_drag_exists(each):
    assert each.drag is not None
    assert 0 <= each.drag < each.x.size


@every_set
def test_dragging_the_point_moves_the_least_squares_line(each):
    y = each.y.copy()
    y[each.drag] += np.ptp(y)
    before, after = (np.polyval(least_squares(each.x, v), each.x) for v in (each.y, y))
    assert np.abs(after - before).max() > 0.02 * np.ptp(each.y)


@every_set
def test_intercept_is_measured_at_the_mean_exactly_where_x_lies_far_from_zero(each):
    far = abs(each.x.mean()) > 4.0 * each.x.std()
    assert each.centre == far


@every_set
def test_words_are_there_short_and_plain(each):
    for words in (each.title, each.x_label, each.y_label, each.source, each.licence):
        assert words == words.strip() != ""
        assert "\n" not in words
    assert len(each.title) <= 40
    assert len(each.x_label) <= 50
    assert 20 <= len(each.story) <= 180
    assert each.story.endswith(".")


@every_set
def test_same_set_comes_out_of_another_reading(each):
    again = regression_datasets.__wrapped__()[each.key]
    assert again is not each
    np.testing.assert_array_equal(again.x, each.x)
    np.testing.assert_array_equal(again.y, each.y)


def test_titles_differ():
    assert len({each.title for each in ALL}) == len(ALL)


def test_unknown_key_is_named_with_the_keys_there_are():
    with pytest.raises(KeyError, match=r"'elephants'; expected one of outliers, clean"):
        dataset("elephants")


@pytest.mark.parametrize(
    ("x", "y", "names", "complaint"),
    [
        ([1.0, 2.0], [1.0], (), "length"),
        ([1.0, 2.0], [1.0, 2.0], ("one",), "length"),
        ([1.0, np.nan], [1.0, 2.0], (), "finite"),
        ([1.0, 2.0], [1.0, np.inf], (), "finite"),
    ],
)
def test_damaged_set_is_refused(x, y, names, complaint):
    with pytest.raises(ValueError, match=complaint):
        DataSet("key", "t", "x", "y", "s", "s", "l", np.array(x), np.array(y), names=names)


def test_callers_array_stays_writable_and_apart():
    x = np.array([1.0, 2.0])
    made = DataSet("key", "t", "x", "y", "s", "s", "l", x, np.array([3.0, 4.0]))
    x[0] = 9.0
    assert made.x[0] == 1.0


# Files -------------------------------------------------------------------------------------------

FILES = {
    "anscombe.csv": 11,
    "stars.csv": 47,
    "phones.csv": 24,
    "animals.csv": 28,
    "hills.csv": 35,
    "engel.csv": 235,
    "diabetes.csv": 442,
}


def test_every_file_is_known_and_has_its_source_stated():
    assert {path.name for path in ASSETS.glob("*.csv")} == set(FILES)
    sources = (ASSETS / "SOURCES.md").read_text(encoding="utf-8")
    for name, rows in FILES.items():
        assert f"| `{name}` | {rows} |" in sources


@pytest.mark.parametrize("name", FILES)
def test_file_is_a_plain_table(name):
    raw = (ASSETS / name).read_bytes()
    assert b"\r" not in raw
    assert b'"' not in raw
    assert raw.endswith(b"\n")
    header, *rows = csv.reader(raw.decode("utf-8").splitlines())
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in header)
    assert len(rows) == FILES[name]
    assert {len(row) for row in rows} == {len(header)}


# What each set tells -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["outliers", "clean", "fan"])
def test_made_sets_never_change_since_links_move_their_points(key):
    expected = {
        "outliers": [-1.87, -1.48, -1.15, -1.4, -1.47, -0.54],
        "clean": [-2.12, -2.4, -2.02, -2.06, -1.46, -2.02],
        "fan": [-1.25, -1.2, -1.26, -1.03, -0.91, -1.17],
    }
    assert dataset(key).y[:6].tolist() == expected[key]


def test_outliers_mislead_least_squares_and_not_the_absolute_loss():
    each = dataset("outliers")
    assert least_squares(each.x, each.y)[0] < 0.4
    assert quantile_line(each.x, each.y)[0] == pytest.approx(0.75, abs=0.1)


def test_the_point_to_drag_among_the_outliers_is_the_far_one():
    each = dataset("outliers")
    assert each.x.size == 30
    assert each.drag == np.argmax(each.x)
    assert each.y[each.drag] == each.y.min()
    assert np.abs([*each.x, *each.y]).max() <= 3.0

    repaired = each.y.copy()
    repaired[each.drag] = 2.8
    assert least_squares(each.x, repaired)[0] > 2.0 * least_squares(each.x, each.y)[0]


def test_on_the_clean_line_the_losses_agree():
    each = dataset("clean")
    slope, intercept = least_squares(each.x, each.y)
    median_slope, median_intercept = quantile_line(each.x, each.y)
    assert slope == pytest.approx(0.7, abs=0.02)
    assert median_slope == pytest.approx(slope, abs=0.02)
    assert median_intercept == pytest.approx(intercept, abs=0.05)


def test_in_the_fan_the_quantile_lines_part():
    each = dataset("fan")
    low, middle, high = (quantile_line(each.x, each.y, level)[0] for level in (0.1, 0.5, 0.9))
    assert middle - low > 0.15
    assert high - middle > 0.15
    residual = each.y - np.polyval(least_squares(each.x, each.y), each.x)
    left, right = np.abs(residual[:20]).mean(), np.abs(residual[-20:]).mean()
    assert right > 2.5 * left


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_anscombes_four_share_one_line(number):
    each = dataset(f"anscombe-{number}")
    slope, intercept = least_squares(each.x, each.y)
    assert each.x.size == 11
    assert each.x.mean() == pytest.approx(9.0)
    assert each.y.mean() == pytest.approx(7.50, abs=0.005)
    assert each.x.var(ddof=1) == pytest.approx(11.0)
    assert each.y.var(ddof=1) == pytest.approx(4.125, abs=0.005)
    assert slope == pytest.approx(0.500, abs=0.0005)
    assert intercept == pytest.approx(3.00, abs=0.005)
    assert r_squared(each.x, each.y) == pytest.approx(0.67, abs=0.005)


def test_anscombes_third_is_a_line_but_for_the_point_to_drag():
    each = dataset("anscombe-3")
    x, y = np.delete(each.x, each.drag), np.delete(each.y, each.drag)
    assert least_squares(x, y) == pytest.approx((0.345, 4.01), abs=0.01)
    assert r_squared(x, y) > 0.9999


def test_anscombes_fourth_has_no_slope_without_the_point_to_drag():
    each = dataset("anscombe-4")
    assert np.ptp(np.delete(each.x, each.drag)) == 0.0


def test_giant_stars_turn_the_line_over_even_under_the_absolute_loss():
    each = dataset("stars")
    giants = [10, 19, 29, 33]
    assert least_squares(each.x, each.y) == pytest.approx((-0.4133, 6.7935), abs=5e-5)
    assert quantile_line(each.x, each.y)[0] < 0.0
    assert least_squares(np.delete(each.x, giants), np.delete(each.y, giants))[0] > 2.0
    assert set(np.flatnonzero(each.x < 3.6)) == set(giants)
    assert each.drag in giants


def test_a_small_cauchy_scale_opens_a_valley_along_the_other_stars():
    each = dataset("stars")
    slopes, heights = np.meshgrid(np.linspace(-4, 8, 121), np.linspace(4, 6, 81))
    line = slopes[..., None] * (each.x - each.x.mean()) + heights[..., None]
    for scale, upright in ((0.2, True), (1.0, False)):
        cost = np.log1p(((each.y - line) / scale) ** 2).sum(axis=-1)
        assert (slopes.flat[cost.argmin()] > 2.0) == upright


def test_phone_calls_counted_in_minutes_tilt_least_squares_alone():
    each = dataset("phones")
    slope, intercept = least_squares(each.x - 1900.0, each.y)
    assert (slope, intercept) == pytest.approx((0.5041, -26.006), abs=5e-4)
    assert quantile_line(each.x - 1960.0, each.y)[0] < 0.2
    np.testing.assert_array_equal(each.x, np.arange(1950, 1974))
    np.testing.assert_array_equal(each.x[each.y > 10.0], np.arange(1964, 1970))
    assert each.x[each.drag] == 1969.0
    assert each.y[each.drag] == each.y.max()


def test_dinosaurs_pull_the_line_of_brains_down():
    each = dataset("animals")
    dinosaurs = [each.names.index(n) for n in ("Diplodocus", "Triceratops", "Brachiosaurus")]
    assert least_squares(each.x, each.y) == pytest.approx((0.4960, 1.1096), abs=5e-5)
    x, y = np.delete(each.x, dinosaurs), np.delete(each.y, dinosaurs)
    assert least_squares(x, y)[0] == pytest.approx(0.752, abs=5e-4)
    assert each.names[each.drag] == "Brachiosaurus"
    human = each.names.index("Human")
    assert (each.x[human], each.y[human]) == pytest.approx((np.log10(62), np.log10(1320)))


def test_absolute_loss_does_not_notice_knock_hill_brought_down():
    each = dataset("hills")
    assert least_squares(each.x, each.y) == pytest.approx((8.3305, -4.8407), abs=5e-5)
    assert each.names[each.drag] == "Knock Hill"
    assert (each.x[each.drag], each.y[each.drag]) == (3.0, 78.65)

    mended = each.y.copy()
    mended[each.drag] = 18.65
    before, after = quantile_line(each.x, each.y), quantile_line(each.x, mended)
    assert after == pytest.approx(before, abs=1e-6)
    assert least_squares(each.x, mended)[1] < least_squares(each.x, each.y)[1] - 3.0


def test_engels_lines_are_the_published_ones():
    each = dataset("engel")
    francs = 1000.0
    slope, intercept = least_squares(each.x, each.y)
    assert each.x.size == 235
    assert slope == pytest.approx(0.4852, abs=5e-5)
    assert intercept * francs == pytest.approx(147.475, abs=5e-4)
    slope, intercept = quantile_line(each.x, each.y)
    assert slope == pytest.approx(0.5602, abs=5e-5)
    assert intercept * francs == pytest.approx(81.482, abs=5e-4)


def test_engels_quantile_lines_part():
    each = dataset("engel")
    low, high = (quantile_line(each.x, each.y, level)[0] for level in (0.1, 0.9))
    assert (low, high) == pytest.approx((0.4018, 0.6863), abs=5e-5)
    assert each.drag == np.argmax(each.x)
