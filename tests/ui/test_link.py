"""A screen, its link, and back; and links that nobody's screen wrote."""

import dataclasses

import numpy as np
import pytest

from core.losses import RESIDUAL_LOSSES, Barron, Huber
from core.optimizers import OPTIMIZERS, Adam
from pages.ui import link
from pages.ui.edits import MOST, Edits
from pages.ui.regression.state import RegressionState

START = RegressionState()


def with_loss(loss):
    losses = tuple(loss if type(one) is type(loss) else one for one in START.losses)
    return dataclasses.replace(START, losses=losses)


SCREENS = [
    START,
    dataclasses.replace(START, data="engel", steps=1, root=True, hide=True, large=True),
    dataclasses.replace(START, points=Edits(((3, 1.25, -0.1),), (0, 7), ((1e-9, 3.0),))),
    dataclasses.replace(START, compared=("Tukey", "Huber"), chosen="Tukey"),
    with_loss(Huber(0.1 + 0.2)),
    with_loss(Barron(alpha=-7.5, c=3.0)),
    dataclasses.replace(START, rules=(*START.rules[:2], Adam(learning_rate=0.3, epsilon=1e-10))),
    dataclasses.replace(START, start=(-1e-7, 12345.678), span=(-1.0, 1.0, -2.0, 2.5)),
    dataclasses.replace(START, view="surface", levels="plain", centre="off", selected=12),
]


@pytest.mark.parametrize("screen", SCREENS, ids=range(len(SCREENS)))
def test_a_link_restores_the_screen_exactly(screen):
    assert link.read(RegressionState, link.write(screen)) == screen


def test_the_page_as_it_starts_has_a_clean_address():
    assert link.write(START) == {}


def test_a_link_tells_its_version_and_only_what_differs():
    query = link.write(dataclasses.replace(START, steps=7))
    assert query == {"v": "1", "steps": "7"}


def test_a_link_is_made_of_characters_that_need_no_escape():
    kept = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~+")
    for screen in SCREENS:
        for text in link.write(screen).values():
            assert set(text) <= kept


@pytest.mark.parametrize("kind", [*RESIDUAL_LOSSES, *OPTIMIZERS])
def test_every_declared_class_travels(kind):
    codec = link.declared((kind,))
    assert codec.read(codec.write((kind(),))) == (kind(),)


def test_up_to_a_hundred_points_travel_and_more_do_not():
    points = tuple((float(i), 0.5) for i in range(MOST))
    full = dataclasses.replace(START, points=Edits(added=points))
    assert link.read(RegressionState, link.write(full)) == full
    over = dataclasses.replace(START, points=Edits(added=(*points, (0.0, 0.0))))
    assert "points" not in link.write(over)


HOSTILE = {
    "v": ["0", "2", "", "1; DROP TABLE"],
    "data": ["nothing", "../../etc/passwd", "<script>alert(1)</script>", "__class__", ""],
    "points": ["x", "1_2", "1_2_3_4", "1_nan_2", "1_inf_2", "a_1", "d", "d-1", "a_1e99_1", "1_2_3~",
               "~".join(["a_1_1"] * (MOST + 1)), "９_1_1"],
    "compared": ["", "Huber~Huber", "Nothing", "huber"],
    "chosen": ["", "Nothing"],
    "losses": ["Huber_delta", "Huber_delta_x", "Huber_delta_-1", "Huber_delta_nan", "Huber_gamma_1",
               "Loss_delta_1", "Huber___init___1", "Huber_delta_inf",
               "Barron_alpha_-inf", "Tukey_c_1e-300"],
    "root": ["2", "true"],
    "optimizer": ["SGD"],
    "rules": ["Adam_beta1_1", "Adam_beta1_1.5", "GradientDescent_learning-rate_0",
              "GradientDescent_learning-rate_1e300", "GradientDescent_learning_rate_1"],
    "start": ["1", "1_2_3", "nan_1", "1e300_0", "0x10_1", "1_000_0"],
    "steps": ["0", "501", "-1", "1e3", "1.5", "9" * 400, "٣"],
    "span": ["1_0_0_1", "0_1_1_0", "0_0_0_1", "0_1_0"],
    "selected": ["-1", "1.0", "x"],
    "hide": ["", "yes"],
    "view": ["below"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in HOSTILE.items() for text in texts]
)
def test_a_link_that_no_screen_wrote_is_refused(name, text):
    with pytest.raises(link.LinkError):
        link.read(RegressionState, {"v": "1", name: text})


def test_a_link_without_its_version_is_refused():
    with pytest.raises(link.LinkError):
        link.read(RegressionState, {"steps": "7"})


def test_words_of_others_in_the_address_are_left_alone():
    assert link.read(RegressionState, {"embed": "true", "utm_source": "mail"}) == START


def test_no_random_text_raises_anything_but_a_link_error():
    rng = np.random.default_rng(0)
    letters = np.array(list("0123456789._-~+aeinfdxHuber<>&\"'\\\0é∞ \n"))
    names = [field.name for field in dataclasses.fields(RegressionState)]
    for _ in range(3000):
        text = "".join(rng.choice(letters, rng.integers(0, 30)))
        try:
            link.read(RegressionState, {"v": "1", str(rng.choice(names)): text})
        except link.LinkError:
            continue


def test_a_very_long_value_is_refused_before_it_is_read():
    with pytest.raises(link.LinkError):
        link.read(RegressionState, {"v": "1", "points": "a_1_1~" * 100_000})


def test_classes_travel_with_the_points_that_have_them():
    changed = Edits(
        moved=((3, 0.5, -1.0),),
        removed=(1,),
        added=((1.0, 2.0), (0.1, 0.2)),
        relabelled=((2, 1), (7, 0)),
        classes=(2, 0),
    )
    codec = link.edits(3)
    assert codec.read(codec.write(changed)) == changed


@pytest.mark.parametrize("text", ["c2_3", "c2", "cx_1", "a_1_2", "a_1_2_3", "a_1_2_-1", "c_1"])
def test_a_class_that_is_none_of_them_is_refused(text):
    with pytest.raises(link.LinkError):
        link.edits(3).read(text)


def test_points_without_classes_take_none():
    for text in ("c2_1", "a_1_2_0"):
        with pytest.raises(link.LinkError):
            link.edits().read(text)
