"""The library page under a hand: in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROW = ("value-0", "gradient-0", "hessian-0")


@pytest.fixture
def open_library(open_screen):
    def opener(query="", **options):
        return open_screen(f"library{query}", figures=("value-0", "surrogates"), **options)

    return opener


def test_dragging_the_kink_turns_all_three_curves_the_slider_and_the_code(open_library):
    screen = open_library()
    before = {key: screen.digest(key) for key in ROW}
    number = screen.page.get_by_label("Huber: δ, as a number")

    def holding():
        for key in ROW:
            expect(screen.figure(key)).not_to_have_attribute("data-digest", before[key])

    screen.drag("value-0", (1.0, 5.0), (2.5, 5.0), hold=holding)
    expect(number).not_to_have_value("1")
    told = float(number.input_value())
    assert told == pytest.approx(2.5, abs=0.15)
    expect(screen.page.get_by_text(f"delta={told:g}")).to_be_visible()
    assert f"delta_{told:g}" in screen.query("losses")
    screen.page.get_by_role("button", name="Undo").click()
    expect(number).to_have_value("1")


def test_a_slider_turns_its_curve_while_it_moves(open_library):
    screen = open_library("?v=1&picked=Quantile")
    before = screen.trace("value-0", 0)["y"]
    screen.page.get_by_role("slider", name="Quantile: τ").first.focus()
    for _ in range(5):
        screen.page.keyboard.press("ArrowRight")
    screen.until(lambda: screen.trace("value-0", 0)["y"] != before)


def test_search_finds_and_the_list_compares(open_library):
    screen = open_library()
    search = screen.page.get_by_role("textbox", name="Search", exact=True)
    search.fill("pinball")
    search.press("Enter")
    expect(screen.page.get_by_text("Tick up to 6 to compare them").first).to_contain_text("1 of")
    picks = screen.page.get_by_role("combobox", name="Compared, up to 6")
    picks.click()
    picks.type("Quantile")
    screen.page.get_by_role("option", name="Quantile").click()
    screen.still()
    screen.until(lambda: "Quantile" in [
        screen.trace("value-0", i)["name"] for i in range(screen.count("value-0"))
    ])  # fmt: skip
    assert "Quantile" in screen.query("picked")


def test_a_cell_opens_its_evidence_and_a_tick_compares(open_library):
    screen = open_library("?v=1&view=properties")
    box = screen.page.get_by_test_id("stDataFrame").locator("canvas").first.bounding_box()

    def click(x, row):
        screen.page.mouse.click(box["x"] + x, box["y"] + 38 + 35 * row + 15)
        screen.still()

    click(190, 6)  # Cauchy, convex
    expect(screen.page.get_by_text("Convex: no.")).to_be_visible()
    assert screen.query("asked") == "Cauchy"
    click(18, 4)  # Quantile
    screen.until(lambda: "Quantile" in screen.query("picked"))


def test_losses_over_other_axes_get_a_row_of_their_own(open_library):
    screen = open_library("?v=1&picked=Huber~Hinge~KLDivergence")
    for row in range(3):
        expect(screen.figure(f"value-{row}")).to_have_attribute("data-state", "drawn")


def test_the_guide_leads_to_a_page_with_that_loss(open_library):
    screen = open_library()
    screen.page.get_by_text("Which loss should I use?").click()
    screen.page.get_by_role("radio", name="a few").click()
    expect(screen.page.get_by_text("Use Huber.")).to_be_visible()
    screen.page.get_by_role("link", name="Fit a line with Huber").click()
    screen.ready(("data", "landscape", "steps"))
    assert "Huber" in screen.slopes()
    assert screen.query("chosen") == "Huber"


def test_what_was_left_on_a_page_is_there_on_coming_back(open_library):
    screen = open_library("?v=1&picked=Tukey~Hinge")
    screen.page.get_by_role("link", name="Regression").click()
    screen.ready(("data", "landscape", "steps"))
    screen.page.get_by_role("link", name="Library").click()
    screen.ready(("value-0", "value-1", "surrogates"))
    assert screen.query("picked") == "Tukey~Hinge"


def test_a_phone_has_no_sideways_scroll(open_library):
    screen = open_library(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    wide = screen.page.evaluate(
        "[...document.querySelectorAll('.live-figure')]"
        ".every(f => f.scrollWidth <= f.clientWidth + 1)"
    )
    assert wide
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
