"""The library page under a hand: in a real browser."""

import itertools

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROW = ("value-0", "gradient-0", "hessian-0")
SIX = ("SquaredError", "AbsoluteError", "Huber", "LogCosh", "Quantile", "Cauchy")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def open_library(open_screen):
    def opener(query="", **options):
        return open_screen(f"library{query}", figures=("value-0", "surrogates"), **options)

    return opener


def click_cell(screen, table, x, row):
    """Click a row of a table, so many pixels from its left."""
    canvas = screen.page.locator(f".st-key-{table} canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    screen.page.mouse.click(box["x"] + x, box["y"] + 38 + 35 * row + 15)
    screen.still()


def ticked(screen):
    """Return the first rows that the table shows as ticked."""
    rows = screen.page.locator(".st-key-table-wide [role=row][aria-selected=true]")
    return rows.evaluate_all("(all) => all.map((row) => row.getAttribute('aria-rowindex') - 2)")


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
    screen.until(lambda: "Quantile" in screen.query("picked"))


def test_a_cell_opens_its_evidence_and_a_tick_compares(open_library):
    screen = open_library("?v=1&view=properties")
    click_cell(screen, "matrix-wide", 220, 6)  # Cauchy, convex
    expect(screen.page.get_by_text("Convex: no.")).to_be_visible()
    screen.until(lambda: screen.query("asked") == "Cauchy")
    click_cell(screen, "matrix-wide", 18, 4)  # Quantile
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
    screen.until(lambda: screen.query("chosen") == "Huber")


def test_what_was_left_on_a_page_is_there_on_coming_back(open_library):
    screen = open_library("?v=1&picked=Tukey~Hinge")
    screen.page.get_by_role("link", name="Regression").click()
    screen.ready(("data", "landscape", "steps"))
    screen.page.get_by_role("link", name="Library").click()
    screen.ready(("value-0", "value-1", "surrogates"))
    screen.until(lambda: screen.query("picked") == "Tukey~Hinge")


def test_a_seventh_tick_goes_and_is_explained_above_the_table(open_library):
    screen = open_library(f"?v=1&picked={'~'.join(SIX)}&focus=Huber")
    screen.until(lambda: ticked(screen) == [0, 1, 2, 3, 4, 6])
    for row, name in ((7, "Tukey biweight"), (5, "epsilon-insensitive")):
        click_cell(screen, "table-wide", 18, row)
        warning = screen.page.get_by_test_id("stAlert")
        expect(warning).to_contain_text(f"untick one before you add {name}")
        expect(warning).to_be_in_viewport()
        screen.until(lambda: ticked(screen) == [0, 1, 2, 3, 4, 6])
    click_cell(screen, "table-wide", 18, 6)
    screen.until(lambda: ticked(screen) == [0, 1, 2, 3, 4])
    screen.until(lambda: screen.query("picked") == "~".join(SIX[:5]))


def test_the_guide_leads_back_to_the_curves(open_library):
    screen = open_library("?v=1&guide=task-distribution")
    screen.page.get_by_text("Which loss should I use?").click()
    screen.page.get_by_role("button", name="Compare KL divergence with others").click()
    screen.ready(("value-1",))
    screen.page.get_by_role("link", name="at the top of this page").first.click()
    expect(screen.figure("value-0")).to_be_in_viewport()
    screen.until(lambda: "KLDivergence" in screen.query("picked"))


@pytest.mark.parametrize(
    ("guide", "name", "title"),
    [("task-number~far-some", "Fit a line with Huber", "Regression"),
     ("task-two~need-label", "Draw a boundary with hinge", "Two classes")],
)  # fmt: skip
def test_a_link_of_the_guide_opens_its_page_in_a_new_tab_too(
    open_library, server, guide, name, title
):
    screen = open_library(f"?v=1&guide={guide}")
    screen.page.get_by_text("Which loss should I use?").click()
    link = screen.page.get_by_role("link", name=name)
    address = link.evaluate("(node) => node.href")
    assert address.startswith(server.url)
    other = screen.page.context.new_page()
    other.goto(address)
    expect(other.get_by_role("heading", level=1)).to_contain_text(title)
    expect(other.get_by_role("dialog")).to_have_count(0)


def labels(screen, key="value-0"):
    """Return the labels of a picture's handles by what they say: left, top, right, bottom."""
    return {
        one.inner_text(): one.evaluate(
            "(node) => { const { left, top, right, bottom } = node.getBoundingClientRect();"
            "return [left, top, right, bottom]; }"
        )
        for one in screen.figure(key).locator(".live-line span").all()
    }


def test_a_label_stays_inside_the_picture_whole(open_library):
    screen = open_library("?v=1&losses=Huber_delta_100000")
    box = screen.figure("value-0").locator(".live-box").bounding_box()
    ((text, (left, _, right, _)),) = labels(screen).items()
    assert text == "δ = 100000"
    assert box["x"] <= left
    assert right <= box["x"] + box["width"]


def test_handles_that_meet_are_named_and_each_is_grabbed_by_its_label(open_library):
    screen = open_library("?v=1&picked=Huber~Cauchy~Barron&focus=Huber")
    told = labels(screen)
    assert set(told) == {"Huber δ = 1", "Cauchy s = 1", "Barron general c = 1"}
    heights = sorted((top, bottom) for _, top, _, bottom in told.values())
    assert all(a[1] <= b[0] + 1 for a, b in itertools.pairwise(heights))
    colors = {
        one.evaluate("(node) => getComputedStyle(node).borderLeftColor")
        for one in screen.figure("value-0").locator(".live-line").all()
    }
    assert len(colors) == 3
    left, top, _, bottom = told["Cauchy s = 1"]
    mouse = screen.page.mouse
    mouse.move(left + 20, (top + bottom) / 2)
    mouse.down()
    mouse.move(left + 60, (top + bottom) / 2, steps=8)
    mouse.up()
    screen.still()
    expect(screen.page.get_by_label("Cauchy: s, as a number")).not_to_have_value("1")
    expect(screen.page.get_by_label("Huber: δ, as a number")).to_have_value("1")


def test_two_steps_of_a_handle_are_two_steps_of_its_slider(open_library):
    screen = open_library()
    screen.handle("value-0", "Huber.delta").focus()
    for _ in range(2):
        screen.page.keyboard.press("ArrowRight")
    screen.still()
    number = screen.page.get_by_label("Huber: δ, as a number")
    expect(number).to_have_value("1.1")
    slider = screen.page.locator('.live-slider[data-key="Huber.delta"] input[type=range]')
    expect(slider).to_have_value("1.1")
    number.fill("1.04")
    number.press("Enter")
    screen.still()
    expect(slider).to_have_value("1.04")


def test_undo_on_a_slider_undoes_and_leaves_the_box_alone(open_library):
    screen = open_library()
    number = screen.page.get_by_label("Huber: δ, as a number")
    number.fill("2.5")
    number.press("Enter")
    screen.still()
    slider = screen.page.locator('.live-slider[data-key="Huber.delta"] input[type=range]')
    slider.focus()
    screen.page.keyboard.press("ArrowRight")
    screen.still()
    expect(number).to_have_value("2.55")
    for value in ("2.5", "1"):
        screen.page.keyboard.press("Control+z")
        expect(number).to_have_value(value)
        screen.still()
    screen.page.keyboard.press("Control+Shift+z")
    expect(number).to_have_value("2.5")


def test_a_number_that_cannot_be_is_refused_in_a_sentence_beside_it(open_library):
    screen = open_library()
    number = screen.page.get_by_label("Huber: δ, as a number")
    hint = screen.page.locator('.live-slider[data-key="Huber.delta"] .live-slider-hint')
    assert number.get_attribute("aria-describedby") == hint.get_attribute("id")
    for wrong in ("0", "-1", "abc", "1e400"):
        number.fill(wrong)
        number.press("Tab")
        expect(hint).to_have_text(f"Expected a number above 0 and finite, not “{wrong}”: 1 stays.")
        expect(number).to_have_value("1")


def test_the_buttons_of_each_picture_say_whose_they_are(open_library):
    screen = open_library()
    told = [
        one.get_attribute("aria-label")
        for one in screen.page.locator(".live-tools button, .live-tools [role=toolbar]").all()
    ]
    assert "Zoom in: Gradient" in told
    assert len(set(told)) == len(told)


def test_the_curves_are_seen_without_scrolling(open_library):
    for options in ({"viewport": {"width": 1400, "height": 900}}, PHONE):
        screen = open_library(**options)
        expect(screen.figure("value-0")).to_be_in_viewport(ratio=0.99)


def test_a_phone_shows_a_table_that_is_not_cut(open_library):
    for view, table in (("overview", "table"), ("properties", "matrix")):
        screen = open_library(f"?v=1&view={view}", **PHONE)
        expect(screen.page.locator(f".st-key-{table}-wide")).to_be_hidden()
        shown = screen.page.locator(f".st-key-{table}-narrow canvas").first
        expect(shown).to_be_visible()
        scrolled = screen.page.locator(f".st-key-{table}-narrow .dvn-scroller")
        assert scrolled.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")


def test_a_phone_has_no_sideways_scroll(open_library):
    screen = open_library(**PHONE)
    wide = screen.page.evaluate(
        "[...document.querySelectorAll('.live-figure')]"
        ".every(f => f.scrollWidth <= f.clientWidth + 1)"
    )
    assert wide
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 391
