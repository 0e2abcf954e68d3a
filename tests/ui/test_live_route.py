"""The scripts of the live figure: compressed, kept under their version, and nothing else served."""

import asyncio
import gc
import gzip
import json

import pytest
from starlette.requests import Request

from pages.ui import live_route
from pages.ui.events import Event
from pages.ui.live import ASSETS, Wire, loader, version, wire_of
from pages.ui.payload import unpack
from pages.ui.regression.stage import STAGE
from pages.ui.regression.state import RegressionState
from pages.ui.session import Store


def ask(name, told_version=None, **headers):
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        "path_params": {"name": name, "version": told_version or version()},
    }
    return asyncio.run(live_route.serve(Request(scope)))


@pytest.mark.parametrize("name", ["plotly.min.js", "live_figure.js", "live_figure.css"])
def test_a_script_comes_compressed_and_is_kept_for_good(name):
    response = ask(name, accept_encoding="gzip, br")
    assert response.status_code == 200
    assert response.headers["content-encoding"] == "gzip"
    assert "immutable" in response.headers["cache-control"]
    assert gzip.decompress(response.body) == live_route.FILES[name].read_bytes()


def test_a_browser_without_compression_gets_it_plain():
    response = ask("channel.js")
    assert "content-encoding" not in response.headers
    assert response.body == (ASSETS / "channel.js").read_bytes()


def test_an_outdated_version_is_answered_but_not_kept():
    assert ask("channel.js", "0123").headers["cache-control"] == "no-cache"


def test_what_the_browser_has_is_not_sent_again():
    tag = ask("channel.js").headers["etag"]
    again = ask("channel.js", if_none_match=tag)
    assert (again.status_code, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["../app.py", "app.py", "", "nothing.js", "%2e%2e/secrets"])
def test_nothing_else_is_served(name):
    assert ask(name).status_code == 404


def test_every_script_that_another_imports_is_there():
    for path in ASSETS.glob("*.js"):
        for line in path.read_text().splitlines():
            if line.startswith("import "):
                name = line.split('"')[1].removeprefix("./")
                assert name in live_route.FILES, f"{path.name}: {name}"


def test_the_loader_asks_beside_streamlit_so_that_any_base_path_works():
    text = loader("live_figure.js")
    assert f"live/{version()}/live_figure.js" in text
    assert '"/' not in text
    assert len(text) < 700  # it travels with every message


# The short way -----------------------------------------------------------------------------------


def say(token, content, length=None):
    sent = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive():
        return sent.pop(0)

    told = str(len(content) if length is None else length).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"content-length", told)],
        "path_params": {"token": token},
    }
    return asyncio.run(live_route.talk(Request(scope, receive)))


MOVE = {"kind": "move", "seq": 1, "handle": "start", "phase": "move", "x": 1, "y": 2}


@pytest.fixture
def wire():
    return Wire(lambda event: f"{event.handle} {event.x}".encode())


def test_a_move_is_answered_by_its_session(wire):
    response = say(wire.token, json.dumps(MOVE).encode())
    assert (response.status_code, response.body) == (200, b"start 1.0")
    assert response.headers["cache-control"] == "no-store"


def test_a_token_nobody_holds_is_not_answered():
    token = Wire(lambda _: b"").token  # the wire itself is gone at once
    gc.collect()
    assert say(token, json.dumps(MOVE).encode()).status_code == 404
    assert say("../../etc", b"{}").status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"[]", b"{}", b"\xff\xfe", b'{"kind": "undo", "seq": 1}',
     json.dumps({**MOVE, "phase": "end"}).encode(),
     json.dumps({**MOVE, "kind": "remove"}).encode()],
)  # fmt: skip
def test_nothing_but_moves_is_heard(wire, content):
    assert say(wire.token, content).status_code == 400


def test_a_long_message_is_refused_before_it_is_read(wire):
    assert say(wire.token, json.dumps(MOVE).encode(), length=10**9).status_code == 400


def test_tokens_cannot_be_guessed(wire):
    assert len(wire.token) >= 24
    assert wire.token != Wire(lambda _: b"").token


def test_a_wire_does_not_keep_its_session_alive():
    store = Store(RegressionState(), RegressionState())
    token = STAGE._wire(store).token
    assert wire_of(token) is not None
    del store
    gc.collect()
    assert wire_of(token) is None


def test_an_answer_is_the_stage_after_the_move():
    store = Store(RegressionState(), RegressionState())
    event = Event("move", 9, "start", "move", x=0.25, y=-0.5)
    header, arrays = unpack(STAGE.answer(store, event))
    assert header["ack"] == 9
    assert store.now.start == (0.25, -0.5)
    landscape = next(item for item in header["items"] if item["key"] == "landscape")
    path = landscape["figure"]["data"][2]
    assert arrays[path["x"]["$array"]][0] == 0.25
    later, _ = unpack(STAGE.answer(store, event))
    assert later["serial"] > header["serial"]
