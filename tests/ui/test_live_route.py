"""The scripts of the live figure: compressed, kept under their version, and nothing else served."""

import asyncio
import gzip

import pytest
from starlette.requests import Request

from pages.ui import live_route
from pages.ui.live import ASSETS, loader, version


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
