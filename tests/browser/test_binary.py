"""The page of two classes under a hand: in a real browser, on real data."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

POINTS = 1  # the trace of the points, above the backdrop


@pytest.fixture
def open_binary(open_screen):
    def opener(query="", **options):
        first = open_screen("binary" + query, **options)
        first.ready(("curve-value", "shares", "reliability", "expected"))
        return first

    return opener


def points(screen):
    told = screen.trace("data", POINTS)
    return list(zip(told["x"], told["y"], strict=True))


def test_dragging_a_point_turns_boundaries_and_landscape_while_the_finger_is_down(open_binary):
    screen = open_binary("?v=1&compared=LogisticLoss~Hinge~Focal")
    x, y = points(screen)[36]
    before = {key: screen.digest(key) for key in ("landscape", "steps", "shares")}

    def holding():
        for key, digest in before.items():
            expect(screen.figure(key)).not_to_have_attribute("data-digest", digest)

    screen.drag("data", (x, y), (x - 2.5, y - 1.5), hold=holding)
    assert points(screen)[36] == pytest.approx((x - 2.5, y - 1.5), abs=0.05)
    expect(screen.page.get_by_text("Moving point 37 turned the boundary")).to_be_visible()
    assert screen.query("points").startswith("36_")


def test_f_flips_the_chosen_point_and_the_link_carries_it(open_binary, open_screen):
    screen = open_binary()
    x, y = points(screen)[36]
    screen.drag("data", (x, y), (x, y + 0.1))
    screen.handle("data", "points").press("f")
    expect(screen.page.get_by_text("Giving point 37 another label")).to_be_visible()
    screen.until(lambda: "c36_0" in screen.query("points"))
    screen.still()
    other = open_screen(url=screen.page.url)
    assert other.digest("landscape") == screen.digest("landscape")
    assert points(other) == points(screen)


def test_dragging_the_truth_moves_where_the_losses_bottom_out(open_binary):
    screen = open_binary("?v=1&compared=LogisticLoss~Focal")
    line = screen.handle("expected", "truth")
    line.focus()
    for _ in range(3):
        line.press("PageDown")
    screen.until(lambda: screen.query("truth") == "0.6")
    legend = screen.figure("expected").locator(".live-legend")
    expect(legend).to_contain_text("Logistic0.6")
    expect(legend).to_contain_text("Focal0.538")


def test_a_number_of_the_sidebar_gives_separable_data_a_minimum(open_binary):
    screen = open_binary("?v=1&data=separable")
    expect(screen.page.get_by_text("No minimum: a line separates")).to_be_visible()
    box = screen.page.get_by_label("Penalty on large weights: λ, as a number")
    box.fill("0.01")
    box.press("Enter")
    expect(screen.page.get_by_text("Found: no other line costs as little")).to_be_visible()


def test_a_phone_has_no_sideways_scroll(open_binary):
    screen = open_binary(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
    x, y = points(screen)[36]
    screen.touch_drag("data", (x, y), (x - 1, y))
    assert points(screen)[36][0] == pytest.approx(x - 1, abs=0.1)
