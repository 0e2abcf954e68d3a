"""The route that serves the browser its scripts: ours, and Plotly's from the installed package."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.ui.live import ASSETS, ROUTE, version

FILES = {path.name: path for path in ASSETS.iterdir()}
FILES["plotly.min.js"] = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def route() -> Route:
    """Return the route, below the base path of the server."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return Route(f"{'/' + base if base else ''}/{ROUTE}/{{version}}/{{name}}", serve)


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
