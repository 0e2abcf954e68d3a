"""The application: `streamlit run app.py` serves the pages and the scripts they draw with."""

import gc
import gzip
import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ROOT = Path(__file__).parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from pages.ui.live import ASSETS, ROUTE, version  # noqa: E402

FILES = {path.name: path for path in ASSETS.iterdir()}
FILES["plotly.min.js"] = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@cache
def _compressed(name: str) -> tuple[bytes, str]:
    content = FILES[name].read_bytes()
    return gzip.compress(content, 6, mtime=0), hashlib.sha256(content).hexdigest()[:32]


async def serve(request: Request) -> Response:
    """Answer with one of the scripts, compressed, to be kept for good under its version."""
    name = request.path_params["name"]
    if name not in FILES:
        return Response("Not found.", 404)
    content, tag = _compressed(name)
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
    return Response(content, headers=headers, media_type=KINDS[Path(name).suffix])


def _rehearse() -> None:
    # Imported here: Streamlit's caches want a running server when they are declared.
    from pages.ui import stage
    from pages.ui.regression_state import RegressionState, points_of
    from pages.ui.session import Store

    store = Store(RegressionState(), RegressionState())
    points = points_of(store)
    stage.items(store, points, stage.computed(store, points))


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Make ready before the first reader asks: compress the scripts, compute one screen.

    What lives by then lives as long as the process, so the garbage collector may pass it over.
    """
    for name in FILES:
        _compressed(name)
    _rehearse()
    gc.collect()
    gc.freeze()
    yield


BASE = st.get_option("server.baseUrlPath").strip("/")
app = st.App(
    ROOT / "pages" / "navigation.py",
    routes=[Route(f"{'/' + BASE if BASE else ''}/{ROUTE}/{{version}}/{{name}}", serve)],
    lifespan=warm,
)
