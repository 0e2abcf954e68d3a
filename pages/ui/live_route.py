"""What the browser asks beside the pages: scripts, ours and Plotly's; and answers to moves."""

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path

import plotly
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.ui.events import Event, parse
from pages.ui.live import ASSETS, ROUTE, version, wire_of

FILES = {path.name: path for path in ASSETS.iterdir()}
FILES["plotly.min.js"] = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_LONGEST = 2000  # bytes of one move
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def routes() -> list[Route]:
    """Return the routes, below the base path of the server."""
    base = st.get_option("server.baseUrlPath").strip("/")
    below = f"{'/' + base if base else ''}/{ROUTE}"
    return [
        Route(f"{below}/wire/{{token}}", talk, methods=["POST"]),
        Route(f"{below}/{{version}}/{{name}}", serve),
    ]


async def talk(request: Request) -> Response:
    """Answer a move with the board as it then looks; nothing but moves is heard here."""
    wire = wire_of(request.path_params["token"])
    if wire is None:
        return Response("This session is over.", 404)
    event = await _moved(request)
    if event is None:
        return Response("Expected one move.", 400)
    content = await run_in_threadpool(wire.answer, event)
    # The encoding is named so that nobody compresses what changes thirty times a second.
    headers = {"Cache-Control": "no-store", "Content-Encoding": "identity"}
    return Response(content, headers=headers, media_type="application/octet-stream")


async def _moved(request: Request) -> Event | None:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _LONGEST:
        return None
    try:
        event = parse(json.loads(await request.body()))
    except ValueError:
        return None
    return event if event and event.kind == "move" and not event.finished else None


@cache
def compressed(name: str) -> tuple[bytes, str]:
    """Return a script, compressed, and a tag that changes with it."""
    content = FILES[name].read_bytes()
    return gzip.compress(content, 6, mtime=0), hashlib.sha256(content).hexdigest()[:32]


async def serve(request: Request) -> Response:
    """Answer with one of the scripts, compressed, to be kept for good under its version."""
    name = request.path_params["name"]
    if name not in FILES:
        return Response("Not found.", 404)
    content, tag = compressed(name)
    current = request.path_params["version"] == version()
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "ETag": f'"{tag}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, headers=headers, media_type=_KINDS[Path(name).suffix])
