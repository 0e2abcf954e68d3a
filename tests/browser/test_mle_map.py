"""The page of likelihood, prior and posterior under a hand: in a real browser, on real data."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LANDSCAPES = ("likelihood", "prior-landscape", "posterior")
FIGURES = ("data", "noise", "prior", *LANDSCAPES, "over-number", "over-measure")
COIN = ("chance", "walk", "over-number", "over-measure")


@pytest.fixture
def open_mle_map(open_screen):
    def opener(query="", figures=FIGURES, **options):
        return open_screen("mle-map" + query, figures=figures, **options)

    return opener


def changed(screen, *keys):
    """Return a check that these pictures are others than now."""
    before = {key: screen.digest(key) for key in keys}

    def check():
        for key, digest in before.items():
            expect(screen.figure(key)).not_to_have_attribute("data-digest", digest)

    return check


def mark(screen, name, key="posterior"):
    """Return where an estimate is marked in a landscape."""
    for index in range(screen.count(key)):
        told = screen.trace(key, index)
        if told["name"] == name:
            return told["x"][0], told["y"][0]
    raise AssertionError(name)


def test_dragging_a_point_moves_the_estimates_while_the_finger_is_down(open_mle_map):
    screen = open_mle_map()
    before = mark(screen, "MAP")
    x, y = screen.points()[1]
    hold = changed(screen, "data", "noise", "likelihood", "posterior", "over-number")
    screen.drag("data", (x, y), (x, y + 2.5), hold=hold)
    assert screen.points()[1] == pytest.approx((x, y + 2.5), abs=0.05)
    after = mark(screen, "MAP")
    assert after[1] > before[1] + 0.1
    assert screen.query("points").startswith("1_")
    expect(screen.page.get_by_text("the largest relative deviation on this grid")).to_be_visible()


def test_dragging_sigma_moves_lambda_and_the_three_landscapes_follow(open_mle_map):
    screen = open_mle_map()
    before = mark(screen, "MAP")
    hold = changed(screen, "noise", "likelihood", "posterior", "data")
    screen.drag("noise", (1.0, 4.0), (2.0, 4.0), hold=hold)
    assert screen.query("noises").startswith("GaussianNoise_sigma_")
    sigma = float(screen.query("noises").rsplit("_", 1)[1])
    assert sigma == pytest.approx(2.0, abs=0.1)
    told = screen.page.get_by_label("Strength: λ, as a number").input_value()
    assert float(told) == pytest.approx(sigma**2, rel=1e-2)
    after = mark(screen, "MAP")
    assert abs(after[0]) < abs(before[0])


def test_lambda_slides_by_the_keyboard_and_keeps_sigma(open_mle_map):
    screen = open_mle_map()
    check = changed(screen, "prior-landscape", "posterior")
    screen.page.get_by_role("slider", name="Strength: λ").focus()
    for _ in range(8):
        screen.page.keyboard.press("ArrowRight")
    check()
    screen.still()
    screen.until(lambda: screen.query("priors").startswith("GaussianPrior_tau_0."))
    assert screen.query("noises") == ""
    assert mark(screen, "prior's peak") == (0.0, 0.0)
    tight = screen.query("priors")
    screen.page.get_by_role("button", name="Undo").click()
    screen.until(lambda: screen.query("priors") != tight)


def test_the_density_turns_into_the_loss_while_the_slider_slides(open_mle_map):
    screen = open_mle_map("?v=1&turn=0")
    upright = screen.trace("noise", 0)["y"]
    assert max(upright) == pytest.approx(0.399, abs=1e-3)
    assert upright.index(max(upright)) == len(upright) // 2
    box = screen.page.get_by_label("Density → loss: t, as a number")
    box.fill("1")
    box.press("Enter")
    screen.until(lambda: max(screen.trace("noise", 0)["y"]) > 5.0)
    assert "t_" not in screen.page.url


def test_more_tosses_by_the_handle_and_the_same_screen_elsewhere(open_mle_map, open_screen):
    screen = open_mle_map("?v=1&story=coin", figures=COIN)
    check = changed(screen, "chance", "over-number")
    screen.drag("walk", (10.0, 0.5), (30.0, 0.5), hold=check)
    assert 27 <= int(screen.query("tosses")) <= 33
    other = open_screen(url=screen.page.url, figures=COIN)
    assert other.trace("chance", 2)["y"] == screen.trace("chance", 2)["y"]


def test_the_tournament_runs_and_names_the_bound(open_mle_map):
    screen = open_mle_map("?v=1&each=10")
    screen.page.get_by_role("button", name="Run the tournament").click()
    expect(screen.figure("strips")).to_have_attribute("data-state", "drawn")
    expect(screen.page.get_by_text("Cramér–Rao.")).to_be_visible()
    screen.until(lambda: screen.query("ran") == "1")


def test_a_phone_has_no_sideways_scroll_and_a_finger_drags(open_mle_map):
    screen = open_mle_map(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
    x, y = screen.points()[1]
    screen.touch_drag("data", (x, y), (x, y + 2.0))
    screen.until(lambda: screen.query("points").startswith("1_"))
    assert screen.points()[1][1] == pytest.approx(y + 2.0, abs=0.3)
