"""A page without a browser: opened by its script and its link, and looked over for trouble."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.ui.payload import unpack

NAVIGATION = Path(__file__).parents[2] / "pages" / "navigation.py"
PATIENCE = 60  # s; a limit, not a time anyone waits for


def opened(script: str, **query: str) -> AppTest:
    """Return the page of that script, run once, with nothing wrong on it."""
    app = AppTest.from_file(NAVIGATION, default_timeout=PATIENCE)
    app.switch_page(script)
    for name, text in query.items():
        app.query_params[name] = text
    return healthy(app.run())


def healthy(app: AppTest) -> AppTest:
    assert not app.exception, [one.value for one in app.exception]
    assert not app.error, [one.value for one in app.error]
    told = " ".join(one.value for one in [*app.markdown, *app.caption, *app.latex]) + words(app)
    for word in (" nan", "inf ", "None."):
        assert word not in told, told
    return app


def words(app: AppTest) -> str:
    """Return the words that stand between the pictures of the stage."""
    boards = [unpack(one.proto.bytes)[0] for one in app.get("bidi_component") if one.proto.bytes]
    notes = [item for board in boards for item in board["items"] if item["kind"] == "note"]
    return " ".join(line for note in notes for line in note["lines"])
