"""The page of several classes under a hand: in a real browser, on real data."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

POINTS = 3  # the trace of the points, above a shade for each class
HERE = 7  # the trace of the prediction in the triangle
FIGURES = ("data", "landscape", "steps", "confusion", "triangle", "logits", "probabilities")


@pytest.fixture
def open_multiclass(open_screen):
    def opener(query="", **options):
        return open_screen("multiclass" + query, figures=FIGURES, **options)

    return opener


def points(screen):
    told = screen.trace("data", POINTS)
    return list(zip(told["x"], told["y"], strict=True))


def prediction(screen):
    told = screen.trace("triangle", HERE)
    return told["x"][0], told["y"][0]


def changed(screen, *keys):
    """Return a check that these pictures are others than now."""
    before = {key: screen.digest(key) for key in keys}

    def check():
        for key, digest in before.items():
            expect(screen.figure(key)).not_to_have_attribute("data-digest", digest)

    return check


def test_dragging_a_point_moves_borders_and_landscape_while_the_finger_is_down(open_multiclass):
    screen = open_multiclass()
    x, y = points(screen)[37]
    shades = screen.figure("data").locator(".heatmaplayer image")
    expect(shades).to_have_count(3)
    screen.drag(
        "data", (x, y), (-1.5, -1.0), hold=changed(screen, "data", "landscape", "class-losses")
    )
    assert points(screen)[37] == pytest.approx((-1.5, -1.0), abs=0.05)
    assert len({node.evaluate("(n) => n.href.baseVal") for node in shades.all()}) == 3
    expect(screen.page.get_by_text("Moving point 38 gave another class")).to_be_visible()
    assert screen.query("points").startswith("37_")


def test_dragging_the_prediction_turns_the_logits_and_it_stays_in_the_triangle(open_multiclass):
    screen = open_multiclass()
    hold = changed(screen, "triangle", "logits", "probabilities")
    screen.drag("triangle", prediction(screen), (1.05, 0.8), hold=hold)
    x, y = prediction(screen)
    assert (x, y) == pytest.approx((0.64, 0.62), abs=0.1)
    assert y <= 3**0.5 * (1 - x) + 1e-9
    shares = [screen.trace("probabilities", k)["y"][1] for k in range(3)]
    assert shares[0] == pytest.approx(0.002, abs=0.001)
    assert shares[1] + shares[2] == pytest.approx(1.0, abs=0.003)
    logits = [float(one) for one in screen.query("logits").split("_")]
    assert sum(logits) == pytest.approx(1.5)


def test_dragging_a_logit_moves_the_prediction_and_the_link_opens_it(open_multiclass, open_screen):
    screen = open_multiclass("?v=1&judge=MulticlassBrier&truth=1")
    before, check = prediction(screen), changed(screen, "triangle", "probabilities")
    line = screen.handle("logits", "logit-1")
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    mouse = screen.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"])
    mouse.down()
    for up in (20, 40, 60):
        mouse.move(box["x"] + box["width"] / 2, box["y"] - up)
    check()
    mouse.up()
    screen.still()
    assert prediction(screen)[0] > before[0] + 0.1
    other = open_screen(url=screen.page.url, figures=FIGURES)
    assert prediction(other) == pytest.approx(prediction(screen), abs=1e-6)
    assert other.figure("triangle").locator(".live-title").inner_text().startswith(
        "Multiclass Brier where B is true"
    )  # fmt: skip


def test_a_slider_of_the_temperature_moves_the_prediction_while_it_slides(open_multiclass):
    screen = open_multiclass()
    before = prediction(screen)
    screen.page.get_by_role("slider", name="Temperature: T").focus()
    for _ in range(10):
        screen.page.keyboard.press("ArrowLeft")
    screen.until(lambda: prediction(screen)[0] < before[0])
    box = screen.page.get_by_label("Added to all logits: c, as a number")
    box.fill("1000")
    box.press("Enter")
    expect(screen.page.get_by_text("infinity over infinity").first).to_be_visible()


def test_the_pointer_is_told_every_probability(open_multiclass):
    screen = open_multiclass()
    x, y = screen.pixel("data", -1.0, -1.5)
    screen.page.mouse.move(x, y)
    readout = screen.figure("data").locator(".live-readout")
    expect(readout).to_contain_text("%")
    shares = [float(one.split()[1]) for one in readout.inner_text().split(",")]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert shares[0] > 70


def test_a_phone_has_no_sideways_scroll_and_a_finger_drags(open_multiclass):
    screen = open_multiclass(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
    x, y = prediction(screen)
    screen.touch_drag("triangle", (x, y), (0.5, 0.3))
    assert prediction(screen) == pytest.approx((0.5, 0.3), abs=0.03)
