"""The regression page under a hand: in a real browser, on real data."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

POINTS, HERE, START = 1, -2, -1
SURFACE = "?v=1&view=surface"
FILES = {
    "Data as CSV": "x,y",
    "Path as CSV": "step,slope",
    "Landscape as CSV": "slope,intercept,cost",
    "Python script": "import numpy",
}


def lowest(screen):
    points = screen.points()
    return min(range(len(points)), key=lambda i: points[i][1])


def start(screen):
    told = screen.trace("landscape", screen.count("landscape") - 1)
    return told["x"][0], told["y"][0]


def test_dragging_a_point_moves_lines_and_landscape_while_the_finger_is_down(open_screen):
    screen = open_screen()
    index = lowest(screen)
    before, slopes = screen.digest("landscape"), screen.slopes()

    def holding():
        expect(screen.figure("landscape")).not_to_have_attribute("data-digest", before)
        screen.until(lambda: screen.slopes() != slopes)

    x, y = screen.points()[index]
    screen.drag("data", (x, y), (x, y + 3), hold=holding)
    assert screen.points()[index] == pytest.approx((x, y + 3), abs=0.05)
    change = {name: abs(slope - slopes[name]) for name, slope in screen.slopes().items()}
    assert change["Squared error"] > change["Huber"]
    expect(screen.page.get_by_text(f"Moving point {index + 1} up by 3")).to_be_visible()


def test_the_last_position_of_a_drag_arrives_in_python(open_screen):
    screen = open_screen()
    index = lowest(screen)
    x, y = screen.points()[index]
    screen.drag("data", (x, y), (x - 0.5, y + 2))
    shown = screen.points()[index]
    assert f"{index}_{shown[0]:g}_{shown[1]:g}" in screen.query("points")


def test_a_prediction_is_asked_before_and_answered_after_the_drag(open_screen):
    screen = open_screen()
    screen.page.get_by_role("radio", name="Huber").first.click()
    screen.still()
    index = lowest(screen)
    x, y = screen.points()[index]
    screen.drag("data", (x, y), (x, y + 3))
    expect(screen.page.get_by_text("Not this time: the slope of squared error")).to_be_visible()


def test_undo_and_reset_bring_the_points_back(open_screen):
    screen = open_screen()
    before = screen.points()
    x, y = before[4]
    screen.drag("data", (x, y), (x, y + 1))
    assert screen.points() != before
    screen.page.get_by_role("button", name="Undo").click()
    screen.until(lambda: screen.points() == before)
    screen.page.get_by_role("button", name="Redo").click()
    screen.until(lambda: screen.points() != before)
    screen.page.get_by_role("button", name="Reset points").click()
    screen.until(lambda: screen.points() == before)


def test_a_double_click_adds_a_point_and_delete_removes_it(open_screen):
    screen = open_screen()
    before = screen.points()
    px, py = screen.pixel("data", 2.5, 2.5)
    screen.page.mouse.dblclick(px, py)
    screen.until(lambda: len(screen.points()) == len(before) + 1)
    assert screen.points()[-1] == pytest.approx((2.5, 2.5), abs=0.05)
    screen.still()
    screen.handle("data", "points").focus()
    screen.page.keyboard.press("Delete")
    screen.until(lambda: screen.points() == before)


def test_arrow_keys_move_a_point_and_the_lines_follow(open_screen):
    screen = open_screen()
    index = lowest(screen)
    before, slopes = screen.points(), screen.slopes()
    screen.handle("data", "points").focus()
    for _ in range(3):
        screen.page.keyboard.press("Shift+ArrowUp")
    screen.still()
    moved = screen.points()
    assert moved[index][0] == before[index][0]
    assert moved[index][1] > before[index][1]
    assert [p for i, p in enumerate(moved) if i != index] == [
        p for i, p in enumerate(before) if i != index
    ]
    assert screen.slopes()["Squared error"] > slopes["Squared error"]
    screen.page.keyboard.press("Control+z")
    screen.until(lambda: screen.points() == before)


def test_page_keys_choose_another_point(open_screen):
    screen = open_screen()
    handle = screen.handle("data", "points")
    handle.focus()
    screen.page.keyboard.press("Home")
    expect(handle).to_have_attribute("aria-label", re.compile("^Point 1,"))
    screen.page.keyboard.press("PageDown")
    expect(handle).to_have_attribute("aria-label", re.compile("^Point 2,"))


def test_dragging_the_start_takes_the_path_along(open_screen):
    screen = open_screen()
    before = start(screen)
    to = (before[0] + 0.8, before[1] - 1.0)
    screen.drag("landscape", before, to)
    assert start(screen) == pytest.approx(to, abs=0.05)
    assert screen.trace("landscape", 3)["x"][0] == pytest.approx(start(screen)[0])


def test_a_click_on_the_landscape_places_the_start(open_screen):
    screen = open_screen()
    px, py = screen.pixel("landscape", 1.2, -1.5)
    screen.page.mouse.click(px, py)
    screen.still()
    assert start(screen) == pytest.approx((1.2, -1.5), abs=0.05)


def test_dragging_delta_on_the_curve_turns_the_slider_and_the_line(open_screen):
    screen = open_screen()
    before = screen.slopes()
    number = screen.page.get_by_label("Huber: δ, as a number")
    screen.drag("curve-value", (1.0, 4.0), (2.5, 4.0))
    expect(number).not_to_have_value("1")
    assert float(number.input_value()) == pytest.approx(2.5, abs=0.1)
    after = screen.slopes()
    assert abs(after["Huber"] - before["Huber"]) > 0.01
    assert after["Squared error"] == before["Squared error"]


def test_a_slider_reports_while_it_moves_and_takes_a_number(open_screen):
    screen = open_screen()
    slider = screen.page.get_by_role("slider", name="Huber: δ").first
    before = screen.slopes()["Huber"]
    slider.focus()
    for _ in range(8):
        screen.page.keyboard.press("PageUp")
    screen.until(lambda: screen.slopes()["Huber"] != before)
    number = screen.page.get_by_label("Huber: δ, as a number")
    number.fill("nonsense")
    number.press("Enter")
    expect(screen.page.get_by_text("Expected a number above 0")).to_be_visible()
    number.fill("1")
    number.press("Enter")
    screen.until(lambda: screen.slopes()["Huber"] == before)


def test_the_player_steps_all_three_pictures_together(open_screen):
    screen = open_screen()
    expect(screen.figure("landscape").locator("output")).to_have_text("step 60 of 60")
    screen.page.get_by_role("button", name="First step").click()
    screen.still()
    path = screen.trace("landscape", 2)
    assert (path["x"], path["y"]) == ([start(screen)[0]], [start(screen)[1]])
    assert screen.trace("steps", 2)["x"] == [0]
    first = screen.trace("data", 2)["y"]
    screen.page.get_by_role("button", name="Step forward").click()
    screen.still()
    assert len(screen.trace("landscape", 2)["x"]) == 2
    assert screen.trace("steps", 2)["x"] == [1]
    assert screen.trace("data", 2)["y"] != first
    screen.page.get_by_role("button", name="Play", exact=True).click()
    expect(screen.figure("landscape").locator("output")).to_have_text("step 60 of 60")
    screen.still()
    assert screen.trace("steps", 2)["x"] == [60]


def test_a_link_restores_the_screen_in_a_fresh_browser(open_screen):
    screen = open_screen("?v=1&compared=SquaredError~Huber~Tukey&losses=Huber_delta_0.5")
    index = lowest(screen)
    x, y = screen.points()[index]
    screen.drag("data", (x, y), (x - 0.4, y + 2))
    screen.drag("landscape", start(screen), (0.5, 1.0))
    url = screen.page.url
    other = open_screen(url=url)
    assert other.points() == screen.points()
    assert other.slopes() == screen.slopes()
    assert start(other) == start(screen)
    assert set(other.slopes()) == {"Squared error", "Huber", "Tukey biweight"}


@pytest.mark.parametrize(
    "query",
    ["?v=1&data=nothing", "?v=99&data=clean", "?v=1&points=%3Cscript%3E", "?v=1&steps=1e9",
     "?v=1&losses=Huber_delta_-1", "?v=1&losses=__import__", "?v=1&start=inf_0"],
)  # fmt: skip
def test_a_malformed_link_gives_the_page_as_it_starts_and_one_calm_sentence(open_screen, query):
    screen = open_screen(query)
    expect(screen.page.get_by_text("This link could not be read")).to_be_visible()
    assert set(screen.slopes()) == {"Squared error", "Huber"}


def test_the_camera_is_kept_when_the_landscape_changes(open_screen):
    screen = open_screen(SURFACE)
    screen.figure("landscape").get_by_role("button", name="Zoom in").click()
    camera = screen.camera()
    index = lowest(screen)
    x, y = screen.points()[index]
    screen.drag("data", (x, y), (x, y + 2))
    assert screen.camera() == camera


def test_the_zoom_is_kept_when_the_landscape_changes(open_screen):
    screen = open_screen()
    screen.figure("landscape").get_by_role("button", name="Zoom in").click()
    span = screen.span("landscape")
    index = lowest(screen)
    x, y = screen.points()[index]
    screen.drag("data", (x, y), (x, y + 2))
    assert screen.span("landscape") == span
    screen.figure("landscape").get_by_role("button", name="Reset view").click()
    screen.until(lambda: screen.span("landscape") != span)


def test_a_bad_upload_says_what_and_where_and_keeps_the_former_data(open_screen):
    screen = open_screen("?v=1&data=own&points=a_0_0~a_1_1~a_2_2.5")
    before = screen.points()
    bad = {"name": "bad.csv", "mimeType": "text/csv", "buffer": b"x,y\n1,2\n3,many\n4,5\n"}
    screen.page.get_by_text("Your table", exact=True).click()
    screen.page.get_by_role("tab", name="Upload").click()
    screen.page.locator('input[type="file"]').set_input_files(bad)
    message = screen.page.get_by_text(re.compile("[Rr]ow 3.*many"))
    expect(message.first).to_be_visible()
    screen.still()
    assert screen.points() == before


def test_a_pasted_table_becomes_the_data(open_screen):
    screen = open_screen("?v=1&data=own&points=a_0_0~a_1_1~a_2_2.5")
    screen.page.get_by_text("Your table", exact=True).click()
    screen.page.get_by_label("Paste two columns").fill("x;y\n1,5;2\n3;4,25\n5;7\n")
    screen.page.get_by_role("button", name="Read the table").click()
    screen.until(lambda: screen.points() == [(1.5, 2), (3, 4.25), (5, 7)])
    screen.still()
    other = open_screen(url=screen.page.url)
    assert other.points() == [(1.5, 2), (3, 4.25), (5, 7)]


def test_dark_mode_draws_light_text_on_a_dark_page(open_screen):
    def text_color(screen):
        return screen.page.evaluate(
            "document.querySelector('.live-figure[data-key=\"data\"] .live-graph')"
            "._fullLayout.font.color"
        )

    assert text_color(open_screen()) != text_color(open_screen(color_scheme="dark"))


def test_a_phone_shows_everything_stacked_and_a_finger_drags(open_screen):
    screen = open_screen(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    width = screen.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    boxes = [screen.figure(key).bounding_box() for key in ("data", "landscape")]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    index = lowest(screen)
    before = screen.points()[index]
    screen.touch_drag("data", before, (before[0], before[1] + 2))
    assert screen.points()[index][1] == pytest.approx(before[1] + 2, abs=0.1)


def test_a_picture_and_the_numbers_can_be_taken_along(open_screen):
    screen = open_screen()
    for button, name in (("Save as PNG", "loss-landscapes-data.png"), ("Save as SVG", ".svg")):
        with screen.page.expect_download() as told:
            screen.figure("data").get_by_role("button", name=button).click()
        assert told.value.suggested_filename.endswith(name)
    for file, words in FILES.items():
        with screen.page.expect_download() as told:
            screen.page.get_by_role("button", name=file).click()
        assert words in told.value.path().read_text()


def test_controls_can_be_hidden_for_a_class(open_screen):
    screen = open_screen("?v=1&hide=1")
    expect(screen.page.get_by_text("Compared losses")).to_have_count(0)
    screen.page.get_by_role("button", name="Show controls").click()
    expect(screen.page.get_by_text("Compared losses")).to_be_visible()


def test_it_works_under_a_base_path_and_in_an_iframe(open_screen, tmp_path):
    server = Server(tmp_path, base="course/loss")
    try:
        screen = open_screen(url=server.url + "/?v=1&data=clean")
        assert len(screen.points()) > 5
        page = screen.page.context.new_page()
        page.set_content(f'<iframe src="{server.url}/?embed=true" width="1200" height="900">')
        inside = page.frame_locator("iframe")
        expect(inside.locator('.live-figure[data-key="landscape"]')).to_have_attribute(
            "data-state", "drawn"
        )
    finally:
        server.stop()


def test_where_the_short_way_is_closed_streamlit_hears_of_every_move(open_screen):
    screen = open_screen()
    screen.page.route("**/live/wire/*", lambda route: route.abort())
    index = lowest(screen)
    before = screen.slopes()
    x, y = screen.points()[index]
    screen.drag(
        "data", (x, y), (x, y + 3), hold=lambda: screen.until(lambda: screen.slopes() != before)
    )
    assert screen.points()[index] == pytest.approx((x, y + 3), abs=0.05)


def test_after_a_drag_the_landscape_is_the_one_that_a_fresh_page_draws(open_screen):
    """What was moved in place and what is drawn from the link must not differ."""
    screen = open_screen()
    index = lowest(screen)
    x, y = screen.points()[index]
    screen.drag("data", (x, y), (x - 1, y + 4))
    other = open_screen(url=screen.page.url)
    assert screen.digest("landscape") == other.digest("landscape")
    assert screen.heat() == other.heat()
    assert screen.slopes() == other.slopes()


def test_back_leads_to_the_screen_before(open_screen):
    screen = open_screen()
    before = screen.points()
    x, y = before[4]
    screen.drag("data", (x, y), (x, y + 1))
    screen.page.wait_for_function("location.search.includes('points')")
    screen.page.get_by_role("button", name="First step").click()
    screen.page.get_by_text("from step 0 to step 1").wait_for()  # by then the address is believed
    screen.page.go_back()
    screen.until(lambda: screen.points() == before)
