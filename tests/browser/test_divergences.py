"""The page of divergences under a hand: in a real browser, on real numbers."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FIGURES = (
    "bars", "terms", "readings", "stack", "humps", "forward", "reverse", "throws", "likeness",
    "likelihood", "divergence",
)  # fmt: skip
OUTCOMES = 4


@pytest.fixture
def open_divergences(open_screen):
    def opener(query="", **options):
        return open_screen("divergences" + query, figures=FIGURES, **options)

    return opener


def heights(screen, letter):
    """Return how high the bars of p or q are drawn."""
    told = screen.trace("bars", "pq".index(letter))["y"]
    return [told[5 * k + 1] for k in range(OUTCOMES)]


def top(screen, letter, k):
    """Return the place by which a bar is grabbed."""
    told = screen.trace("bars", 2 + OUTCOMES * "pq".index(letter) + k)
    return told["x"][0], told["y"][0]


def end(screen, key):
    """Return where a path ends on a landscape."""
    told = screen.trace(key, 2)
    return told["x"][-1], told["y"][-1]


def start(screen, key):
    told = screen.trace(key, 2)
    return told["x"][0], told["y"][0]


def changed(screen, *keys):
    """Return a check that these pictures are others than now."""
    before = {key: screen.digest(key) for key in keys}

    def check():
        for key, digest in before.items():
            expect(screen.figure(key)).not_to_have_attribute("data-digest", digest)

    return check


def test_dragging_a_bar_to_nothing_makes_one_divergence_infinite_and_no_number_undefined(
    open_divergences,
):
    screen = open_divergences()
    screen.page.get_by_role("radio", name="KL(q‖p)", exact=True).first.click()
    screen.still()
    rest = screen.digest("forward")
    before = heights(screen, "q")
    x, y = top(screen, "q", 1)
    hold = changed(screen, "bars", "terms", "readings", "stack")
    screen.drag("bars", (x, y), (x + 0.4, -0.02), hold=hold)
    after = heights(screen, "q")
    assert after[1] == 0
    others = [0, 2, 3]
    assert [after[k] for k in others] == pytest.approx([before[k] / 0.7 for k in others], abs=1e-9)
    assert top(screen, "q", 1) == pytest.approx((x, 0), abs=1e-4)
    expect(screen.page.get_by_text("KL(p‖q) is ∞").first).to_be_visible()
    expect(screen.page.get_by_text("Not this time:").first).to_be_visible()
    assert screen.digest("forward") == rest
    assert not re.search(r"\bNaN\b|undefined", screen.page.locator("body").inner_text())
    screen.page.get_by_role("button", name="Undo").click()
    screen.until(lambda: heights(screen, "q") == pytest.approx(before))


def test_a_start_on_either_landscape_moves_both_paths_and_another_end_is_found(open_divergences):
    screen = open_divergences()
    assert end(screen, "reverse")[0] == pytest.approx(-2.25, abs=0.05)
    hold = changed(screen, "forward", "reverse", "humps")
    screen.drag("reverse", start(screen, "reverse"), (2.5, 2.5), hold=hold)
    assert start(screen, "forward") == pytest.approx((2.5, 2.5), abs=0.05)
    assert end(screen, "reverse") == pytest.approx((2.24, 0.81), abs=0.05)
    assert end(screen, "forward") == pytest.approx((0.45, 2.32), abs=0.05)
    expect(screen.page.get_by_text("q has taken the right hump")).to_be_visible()
    screen.drag("forward", start(screen, "forward"), (-3.0, 1.0))
    assert end(screen, "reverse")[0] == pytest.approx(-2.25, abs=0.05)
    assert screen.query("start").startswith("-3") or screen.query("start").startswith("-2.9")


def test_a_hump_dragged_by_its_top_and_its_slider_move_the_landscapes(open_divergences):
    screen = open_divergences()
    tops = [(t["x"][0], t["y"][0]) for t in (screen.trace("humps", k) for k in (3, 4))]
    hold = changed(screen, "humps", "forward", "reverse")
    screen.drag("humps", tops[1], (1.5, 0.4), hold=hold)
    (left,) = screen.trace("humps", 3)["x"]
    assert left == pytest.approx(-1.5, abs=0.03)
    assert "separation" in screen.query("humps")
    slide(screen, "Two humps: s₂", changed(screen, "humps", "forward", "reverse"))
    assert "right" in screen.query("humps")


def slide(screen, name, check):
    """Pull a slider to the right, and check before letting go."""
    slider, mouse = screen.page.get_by_role("slider", name=name, exact=True), screen.page.mouse
    before = slider.get_attribute("aria-valuetext")

    def caught():
        """Pull once; a page that was still opening moves away under the hand."""
        mouse.up()
        slider.hover()
        box = slider.bounding_box()
        middle = box["y"] + box["height"] / 2
        mouse.down()
        for share in (0.55, 0.6, 0.65):
            mouse.move(box["x"] + share * box["width"], middle)
        return slider.get_attribute("aria-valuetext") != before

    screen.until(caught)
    check()
    mouse.up()
    screen.still()


def test_sliders_move_the_pictures_they_belong_to_before_they_are_let_go(open_divergences):
    screen = open_divergences()
    slide(screen, "Adam: η", changed(screen, "forward", "reverse", "likelihood", "divergence"))
    screen.page.get_by_text("Every bar as a number").click()
    slide(screen, "q of rain", changed(screen, "bars", "terms", "readings"))
    assert heights(screen, "q")[2] > 0.4
    slide(screen, "Throws of 2", changed(screen, "throws", "likelihood", "likeness"))


def test_keys_move_bars_throws_and_starts(open_divergences):
    screen = open_divergences()
    was = heights(screen, "p")
    screen.handle("bars", "p-3").focus()
    screen.page.keyboard.press("ArrowUp")
    screen.until(lambda: heights(screen, "p")[3] == pytest.approx(was[3] + 0.01))
    screen.handle("throws", "n-0").focus()
    check = changed(screen, "likelihood", "divergence", "likeness")
    screen.page.keyboard.press("ArrowUp")
    check()
    screen.until(lambda: screen.query("counts") == "5_9_14_15_11_7")
    at = start(screen, "likelihood")
    screen.handle("divergence", "start-divergence").focus()
    screen.page.keyboard.press("ArrowLeft")
    screen.until(lambda: start(screen, "likelihood")[0] == pytest.approx(at[0] - 0.12))


def test_the_link_opened_elsewhere_shows_the_same_screen(open_divergences, open_screen):
    screen = open_divergences("?v=1&bits=1&p=0.5_0.5_0_0")
    x, y = top(screen, "p", 2)
    screen.drag("bars", (x, y), (x, 0.5))
    other = open_screen(url=screen.page.url, figures=FIGURES)
    for letter in "pq":
        assert heights(other, letter) == pytest.approx(heights(screen, letter), abs=1e-12)
    for key in FIGURES:
        assert other.digest(key) == screen.digest(key)
    expect(other.page.get_by_text("bits").first).to_be_visible()


def test_both_paths_are_played_in_step_with_the_gaussians(open_divergences):
    screen = open_divergences()
    before = screen.trace("humps", 2)["y"]
    screen.figure("forward").get_by_label("First step").click()
    for key in ("forward", "reverse", "humps"):
        expect(screen.figure(key)).to_have_attribute("data-step", "0")
    assert screen.trace("humps", 2)["y"] != before
    assert screen.figure("likelihood").get_attribute("data-step") in (None, "200")


def test_a_phone_has_no_sideways_scroll_and_a_finger_drags(open_divergences):
    screen = open_divergences(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
    x, y = top(screen, "q", 0)
    screen.touch_drag("bars", (x, y), (x, 0.8))
    assert heights(screen, "q")[0] == pytest.approx(0.8, abs=0.03)
    assert sum(heights(screen, "q")) == pytest.approx(1.0)


def sizes(screen):
    """Return the size in px of every type of each kind beside and in the pictures."""
    kinds = [".live-words p", ".live-legend span", ".live-note", ".live-title", ".live-bar span",
             ".xtick text", ".ytick text", ".xtitle", ".ytitle"]  # fmt: skip
    return screen.page.evaluate(
        """(kinds) => Object.fromEntries(kinds.map((kind) => [
          kind,
          [...document.querySelectorAll(`.live-board ${kind}`)]
            .map((one) => parseFloat(getComputedStyle(one).fontSize)),
        ]))""",
        kinds,
    )


# Boxes of lines touch where letters do not: what counts is a fifth of the smaller one.
CROSSINGS = """() => [...document.querySelectorAll(".live-figure")].flatMap((figure) => {
  const boxes = (kind) => [...figure.querySelectorAll(kind)]
    .map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0);
  const outer = figure.querySelector(".live-box").getBoundingClientRect();
  const found = [];
  const shared = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
  for (const title of boxes(".xtitle, .ytitle")) {
    for (const tick of boxes(".xtick text, .ytick text")) {
      const wide = shared(title, tick, "left", "right") / Math.min(title.width, tick.width);
      const high = shared(title, tick, "top", "bottom") / Math.min(title.height, tick.height);
      if (wide > 0.2 && high > 0.2) found.push(`${figure.dataset.key}: a title on a tick`);
    }
    if (title.bottom > outer.bottom + 2 || title.left < outer.left - 2) {
      found.push(`${figure.dataset.key}: a title cut`);
    }
  }
  return found;
})"""


@pytest.mark.parametrize("large", ["", "&large=1"], ids=["usual", "large"])
def test_no_axis_title_runs_into_the_numbers_of_its_axis(open_divergences, large):
    screen = open_divergences(f"?v=1{large}")
    assert screen.page.evaluate(CROSSINGS) == []


def test_all_type_beside_and_in_the_pictures_grows_for_a_projector(open_divergences):
    usual, large = (sizes(open_divergences(query)) for query in ("", "?v=1&large=1"))
    for kind, small in usual.items():
        growth = [b / a for a, b in zip(small, large[kind], strict=False)]
        assert growth, kind
        assert all(1.2 < one < 1.4 for one in growth), (kind, growth)
