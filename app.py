"""The application: `streamlit run app.py` serves the pages and the scripts they draw with."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from pages.ui import live_route  # noqa: E402


def _rehearse() -> None:
    # Imported here: Streamlit's caches want a running server when they are declared.
    from pages.ui.regression import stage
    from pages.ui.regression.state import RegressionState
    from pages.ui.session import Store

    stage.pictures(Store(RegressionState(), RegressionState()))


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Make ready before the first reader asks: compress the scripts, compute one screen.

    What lives by then lives as long as the process, so the garbage collector may pass it over.
    """
    for name in live_route.FILES:
        live_route.compressed(name)
    _rehearse()
    gc.collect()
    gc.freeze()
    yield


app = st.App(ROOT / "pages" / "navigation.py", routes=live_route.routes(), lifespan=warm)
