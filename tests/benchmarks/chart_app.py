"""Serves chart_page.py: what drag.py compares with."""

import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from pages.ui import live_route  # noqa: E402

app = st.App(HERE / "chart_page.py", routes=live_route.routes())
