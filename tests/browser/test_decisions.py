"""The page of decisions under a hand: in a real browser, on real data."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FIGURES = ("outcomes", "slope", "newsvendor", "threshold", "three-words")


@pytest.fixture
def open_decisions(open_screen):
    def opener(query="", **options):
        return open_screen("decisions" + query, figures=FIGURES, **options)

    return opener


def dots(screen, key="outcomes"):
    told = screen.trace(key, 0)
    return list(zip(told["x"], told["y"], strict=True))


def legend(screen, key="outcomes"):
    return " | ".join(screen.figure(key).locator(".live-legend > span").all_inner_texts())


def changed(screen, *keys):
    """Return a check that these pictures are others than now."""
    before = {key: screen.digest(key) for key in keys}

    def check():
        for key, digest in before.items():
            expect(screen.figure(key)).not_to_have_attribute("data-digest", digest)

    return check


def test_dragging_an_outcome_moves_the_mean_and_leaves_the_median(open_decisions):
    screen = open_decisions()
    assert "6.073" in legend(screen)
    quiet = screen.digest("threshold")
    screen.page.get_by_role("radio", name="Squared error").first.click()
    screen.still()
    moving = changed(screen, "outcomes", "slope", "newsvendor")
    x, y = dots(screen)[14]
    screen.drag("outcomes", (x, y), (18.0, y + 2.0), hold=moving)
    # However the hand wavers, an outcome stays on its line.
    assert dots(screen)[14] == pytest.approx((18.0, y), abs=0.05)
    assert "4.9" in legend(screen)
    assert "6.073" not in legend(screen)
    assert screen.digest("threshold") == quiet
    expect(screen.page.get_by_text("Right:").first).to_be_visible()
    expect(screen.page.get_by_text("Those that stayed: absolute error")).to_be_visible()
    assert screen.query("points").startswith("14_18")


def test_a_link_opens_the_same_screen_elsewhere(open_decisions, open_screen):
    screen = open_decisions("?v=1&data=camps&compared=Cauchy~Tukey&chosen=Tukey&shift=1")
    x, y = dots(screen)[5]
    screen.drag("outcomes", (x, y), (7.0, y))
    other = open_screen(url=screen.page.url, figures=FIGURES)
    assert dots(other) == dots(screen)
    assert legend(other) == legend(screen)
    for key in FIGURES[1:]:
        assert other.trace(key, 0)["y"] == pytest.approx(screen.trace(key, 0)["y"])


def test_keys_move_add_and_remove_outcomes(open_decisions):
    screen = open_decisions()
    handle = screen.handle("outcomes", "outcomes")
    handle.focus()
    before = dots(screen)
    screen.page.keyboard.press("Shift+ArrowRight")
    screen.page.keyboard.press("ArrowUp")
    screen.until(lambda: dots(screen)[14][0] > before[14][0] + 0.5)
    screen.still()
    assert dots(screen)[14][1] == before[14][1]
    screen.page.keyboard.press("a")
    screen.until(lambda: len(dots(screen)) == 16)
    screen.still()
    screen.page.keyboard.press("Delete")
    screen.until(lambda: len(dots(screen)) == 15)
    screen.still()
    screen.page.keyboard.press("Control+z")
    screen.until(lambda: len(dots(screen)) == 16)


def slide(screen, key, handle, by, hold=None):
    """Drag a line across its axis by so many pixels."""
    line = screen.handle(key, handle)
    line.scroll_into_view_if_needed()
    box, mouse = line.bounding_box(), screen.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    for i in range(1, 6):
        mouse.move(x + by[0] * i / 5, y + by[1] * i / 5)
    if hold:
        hold()
    mouse.up()
    screen.still()


def test_the_order_the_ratio_and_the_sliders_of_prices_are_one(open_decisions):
    screen = open_decisions()
    slide(screen, "newsvendor", "order", (80, 0), hold=changed(screen, "newsvendor"))
    assert float(screen.query("order")) > 6.5
    slide(screen, "newsvendor", "ratio", (0, 40), hold=changed(screen, "newsvendor"))
    told = screen.query("shops")
    assert told.startswith("Newsvendor_cost_")
    cost = screen.page.get_by_label("Cost: c, as a number")
    assert float(cost.input_value()) == pytest.approx(float(told.split("_")[2]), abs=0.01)
    cost.fill("99")
    cost.press("Enter")
    expect(screen.page.get_by_text("A unit short forgoes p − c = 0.01")).to_be_visible()
    expect(cost).to_have_value("2.99")
    expect(screen.page.get_by_text("A unit must cost at least 0.01 less")).to_be_visible()


def typed(screen, label, text):
    box = screen.page.get_by_label(f"{label}, as a number")
    box.fill(text)
    box.press("Enter")
    return box


def test_a_refused_price_is_told_and_its_box_shows_the_one_in_force(open_decisions):
    screen = open_decisions("?v=1&prices=Prices_gain_2")
    typed(screen, "Cost of a miss", "0")
    screen.until(lambda: "miss_0" in screen.query("prices"))
    typed(screen, "Cost of a false alarm", "0")
    screen.until(lambda: "alarm_0" in screen.query("prices"))
    gain = typed(screen, "Gain of a hit", "0")
    expect(gain).to_be_focused()
    expect(screen.page.get_by_text("a hit stays at 2.")).to_be_visible()
    expect(gain).to_have_value("2")
    # What is being typed when the answer comes is the reader's.
    gain.fill("0")
    gain.press("Enter")
    gain.fill("3.5")
    screen.still()
    expect(gain).to_have_value("3.5")
    gain.press("Escape")
    expect(gain).to_have_value("2")


def test_a_typed_number_that_leaves_no_room_for_another_is_told_beside_its_slider(open_decisions):
    screen = open_decisions()
    hint = screen.page.locator('.live-slider[data-key="Newsvendor.cost"] .live-slider-hint')
    assert hint.get_attribute("aria-live") == "polite"
    meaning = hint.inner_text()
    cost = typed(screen, "Cost: c", "103")
    expect(hint).to_have_text("“103” does not fit here: it is 2.99.")
    expect(cost).to_have_value("2.99")
    typed(screen, "Cost: c", "-1e9")
    expect(hint).to_have_text(
        "Expected a number at least −1000000 and at most 1000000, not “-1e9”: 2.99 stays."
    )
    expect(cost).to_have_value("2.99")
    typed(screen, "Cost: c", "1")
    screen.until(lambda: "cost_1" in screen.query("shops"))
    expect(hint).to_have_text(meaning)
    # Beyond the slider, and valid: it is taken, and the slider stands at its end.
    typed(screen, "Price: p", "103")
    screen.until(lambda: "price_103" in screen.query("shops"))
    price = screen.page.get_by_role("slider", name="Price: p", exact=True)
    assert price.get_attribute("aria-valuetext") == "103"
    assert price.input_value() == price.get_attribute("max")


def test_a_handle_promises_the_keys_that_work_and_tells_the_axis_it_moves_along(open_decisions):
    screen = open_decisions()
    for key, handle, start, keys in (
        ("outcomes", "outcomes", "Outcome 15, 15. ", ", Delete removes it, A adds one"),
        ("threshold", "cases", "Case 8, 0.38. ",
         ", Delete removes it, A adds one, F puts it in the next class"),
        ("three-words", "scores", "Score 3, −0.4. ", ""),
    ):  # fmt: skip
        expect(screen.handle(key, handle)).to_have_attribute(
            "aria-label", f"{start}Arrow keys move it, page keys choose another{keys}."
        )


def test_a_handle_tells_numbers_that_lie_near_each_other_apart(open_decisions):
    screen = open_decisions("?v=1&data=own&own=10021_10023_10026.5")
    handle = screen.handle("outcomes", "outcomes")
    handle.focus()
    for key, told in (("Home", "Outcome 1, 10021."), ("PageDown", "Outcome 2, 10023.")):
        screen.page.keyboard.press(key)
        expect(handle).to_have_attribute("aria-label", re.compile(told))
    expect(screen.handle("outcomes", "number").locator("span")).to_have_text("a = 10024.3")


def test_a_threshold_a_case_and_a_flip_change_what_is_counted(open_decisions):
    screen = open_decisions()
    slide(screen, "threshold", "threshold", (-150, 0), hold=changed(screen, "threshold"))
    assert float(screen.query("threshold")) < 0.4
    x, y = dots(screen, "threshold")[13]
    screen.drag("threshold", (x, y), (0.1, y), hold=changed(screen, "threshold"))
    assert dots(screen, "threshold")[13][0] == pytest.approx(0.1, abs=0.01)
    screen.handle("threshold", "cases").focus()
    screen.page.keyboard.press("f")
    screen.until(lambda: dots(screen, "threshold")[13][1] < 0.5)
    screen.still()
    assert "c13_0" in screen.query("cases")


def test_a_dragged_score_moves_one_bar_and_the_cost(open_decisions):
    screen = open_decisions()
    x, y = dots(screen, "three-words")[5]
    bars = screen.trace("three-words", 1)["x"]
    cost = screen.trace("three-words", 3)["x"][1]
    screen.drag("three-words", (x, y), (-1.5, y), hold=changed(screen, "three-words"))
    after = screen.trace("three-words", 1)["x"]
    assert after[16] < bars[16]
    assert after[1] == bars[1]
    assert screen.trace("three-words", 3)["x"][1] == pytest.approx(
        cost + (after[16] - bars[16]) / 6, abs=1e-6
    )
    expect(screen.page.get_by_text("accuracy, 5 of 6 right")).to_be_visible()


def test_a_phone_has_no_sideways_scroll_and_a_finger_drags(open_decisions):
    screen = open_decisions(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
    for option in screen.page.get_by_role("radio", name="Hit or miss").all():
        box = option.bounding_box()
        assert box["x"] + box["width"] <= 390
    x, y = dots(screen)[14]
    screen.touch_drag("outcomes", (x, y), (17.0, y))
    assert dots(screen)[14] == pytest.approx((17.0, y), abs=0.2)
