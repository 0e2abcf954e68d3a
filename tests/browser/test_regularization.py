"""The page of regularization under a hand: in a real browser, on real data."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FIGURES = ("ball", "landscape", "path", "shrink", "gaps", "targets-1", "wave", "ten", "bars")
FREE, BEST, GRIP = 5, 6, 7  # traces of the ball's picture
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def open_page(open_screen):
    def opener(query="", **options):
        return open_screen("regularization" + query, figures=FIGURES, **options)

    return opener


def spot(screen, key, trace):
    told = screen.trace(key, trace)
    return told["x"][0], told["y"][0]


def changed(screen, *keys):
    """Return a check that these pictures are others than now."""
    before = {key: screen.digest(key) for key in keys}

    def check():
        for key, digest in before.items():
            expect(screen.figure(key)).not_to_have_attribute("data-digest", digest)

    return check


def slide(screen, key, handle, by):
    """Drag an upright line so many pixels aside, and check what else moves while it is held."""
    line = screen.handle(key, handle)
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    mouse, x, y = screen.page.mouse, box["x"], box["y"] + 0.6 * box["height"]
    mouse.move(x, y)
    mouse.down()
    for share in (0.25, 0.5, 0.75, 1.0):
        mouse.move(x + share * by, y)


def test_dragging_the_edge_of_the_ball_slides_the_optimum_into_its_corner(open_page):
    screen = open_page("?v=1&strength=0.4")
    assert min(spot(screen, "ball", BEST)) > 0.1
    hold = changed(screen, "ball", "landscape", "path", "shrink", "gaps", "targets-2")
    screen.drag("ball", spot(screen, "ball", GRIP), (0.3, -0.3), hold=hold)
    x, y = spot(screen, "ball", BEST)
    assert y == 0.0
    assert x == pytest.approx(0.6, abs=0.03)
    expect(screen.page.get_by_text("w₂ is exactly 0").first).to_be_visible()
    strength = float(screen.query("strength"))
    assert strength == pytest.approx(3.6 - 2 * x, abs=1e-6)


def test_the_free_optimum_and_the_start_can_be_dragged_and_the_link_opens_them(
    open_page, open_screen
):
    screen = open_page()
    hold = changed(screen, "ball", "landscape", "path", "targets-1")
    screen.drag("ball", spot(screen, "ball", FREE), (1.0, 1.2), hold=hold)
    assert spot(screen, "ball", FREE) == pytest.approx((1.0, 1.2), abs=0.03)
    start = screen.handle("landscape", "start")
    start.focus()
    for _ in range(5):
        screen.page.keyboard.press("Shift+ArrowRight")
    screen.until(lambda: screen.query("start") != "")
    screen.still()
    other = open_screen(url=screen.page.url, figures=FIGURES)
    assert spot(other, "ball", BEST) == pytest.approx(spot(screen, "ball", BEST), abs=1e-9)
    last = len(screen.trace("landscape", 2)["x"])
    assert len(other.trace("landscape", 2)["x"]) == last == 41
    assert other.query("start") == screen.query("start")


def test_a_line_moves_the_ball_and_so_does_the_threshold(open_page):
    screen = open_page("?v=1&strength=2")
    check = changed(screen, "ball", "landscape", "shrink")
    slide(screen, "path", "strength", -120)
    check()
    screen.page.mouse.up()
    screen.still()
    weaker = float(screen.query("strength"))
    assert weaker < 1.6
    assert spot(screen, "ball", BEST)[1] > 0.0
    threshold = screen.handle("shrink", "threshold")
    threshold.focus()
    for _ in range(3):
        screen.page.keyboard.press("PageUp")
    screen.until(lambda: float(screen.query("strength") or weaker) > weaker)


def test_a_lifted_target_moves_up_and_down_alone(open_page):
    screen = open_page()
    x, y = (screen.trace("targets-1", 0)[name][20] for name in ("x", "y"))
    check = changed(screen, "ball", "targets-2")
    screen.drag("targets-1", (x, y), (x + 0.8, y - 3.0), hold=check)
    after = screen.trace("targets-1", 0)
    assert after["x"][20] == pytest.approx(x)
    assert after["y"][20] == pytest.approx(y - 3.0, abs=0.2)
    assert screen.trace("targets-2", 0)["y"][20] == pytest.approx(after["y"][20])


def test_degree_points_and_strength_of_the_polynomial_follow_the_hand(open_page):
    screen = open_page("?v=1&degree=10")
    ball = screen.digest("ball")
    check = changed(screen, "wave", "smoothing")
    slide(screen, "degree", "degree", -90)
    check()
    screen.page.mouse.up()
    screen.still()
    assert int(screen.query("degree")) < 8
    told = screen.trace("wave", 2)
    hold = changed(screen, "wave", "degree", "smoothing")
    screen.drag("wave", (told["x"][7], told["y"][7]), (0.5, 1.5), hold=hold)
    after = screen.trace("wave", 2)
    assert (after["x"][7], after["y"][7]) == pytest.approx((0.5, 1.5), abs=0.03)
    assert screen.digest("ball") == ball


def test_a_slider_is_answered_by_the_board_that_follows_it(open_page):
    screen = open_page("?v=1&degree=10")
    screen.page.get_by_text("The polynomial", exact=True).click()
    slider = screen.page.get_by_role("slider", name="Degree", exact=True)
    ball = screen.digest("ball")
    slider.focus()
    title = screen.figure("wave").locator(".live-title")
    for degree in (9, 8, 7):
        screen.page.keyboard.press("ArrowLeft")
        expect(title).to_have_text(f"A polynomial of degree {degree}")
    assert screen.digest("ball") == ball
    screen.still()
    assert screen.query("degree") == "7"


def test_a_strength_for_ten_features_drops_them_one_by_one(open_page):
    screen = open_page()
    title = screen.figure("bars").locator(".live-title")
    assert title.inner_text() == "4 features remain"
    slide(screen, "ten", "ten-log", -150)
    expect(title).not_to_have_text("4 features remain")
    screen.page.mouse.up()
    screen.still()
    assert int(title.inner_text().split()[0]) > 6
    screen.page.get_by_role("button", name="One standard error").click()
    expect(title).to_have_text("4 features remain")


def test_a_line_among_powers_of_ten_says_the_strength_itself(open_page):
    screen = open_page("?v=1&ten=20")
    line = screen.handle("ten", "ten-log")
    expect(line).to_have_text("λ = 20")
    expect(line).to_have_attribute("aria-valuenow", "20")
    line.focus()
    screen.page.keyboard.press("ArrowRight")
    expect(line).to_have_text("λ = 22.44")
    expect(line).to_have_attribute("aria-valuenow", "22.44")
    voice = screen.figure("ten").locator(".live-voice")
    expect(voice).to_have_text("22.44")
    screen.still()
    assert screen.query("ten") == "22.44"
    expect(screen.handle("validation", "ten-log")).to_have_text("λ = 22.44")


def test_both_racers_play_together(open_page):
    screen = open_page()
    figure = screen.figure("landscape")
    figure.get_by_role("button", name="First step").click()
    screen.still()
    for trace in (7, 8):
        assert spot(screen, "landscape", trace) == spot(screen, "landscape", 9)
    figure.get_by_role("button", name="Step forward").click()
    screen.until(lambda: spot(screen, "landscape", 7) != spot(screen, "landscape", 9))
    expect(screen.page.get_by_text("step 1 of 40").first).to_be_visible()


def test_a_phone_has_no_sideways_scroll_and_a_finger_drags_the_ball(open_page):
    screen = open_page(**PHONE)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
    screen.touch_drag("ball", spot(screen, "ball", GRIP), (0.2, -0.2))
    assert spot(screen, "ball", BEST) == pytest.approx((0.4, 0.0), abs=0.04)
