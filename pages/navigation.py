"""The pages there are, in order."""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).parents[1] / "assets" / "images" / "icon.png"
st.set_page_config(page_title="Loss Landscapes", page_icon=str(ICON), layout="wide")

PAGES = [
    st.Page(
        "regression.py",
        title="Regression",
        icon=":material/show_chart:",
        url_path="regression",
        default=True,
        help="Drag a point and watch each fitted line, the landscape and the path follow.",
    ),
    st.Page(
        "binary.py",
        title="Two classes",
        icon=":material/scatter_plot:",
        url_path="binary",
        help="Drag or flip a point and watch each boundary, the landscape and the path follow.",
    ),
    st.Page(
        "multiclass.py",
        title="Several classes",
        icon=":material/bubble_chart:",
        url_path="multiclass",
        help="Drag a point, a prediction or a logit and watch softmax and its losses follow.",
    ),
    st.Page(
        "library.py",
        title="Library",
        icon=":material/menu_book:",
        url_path="library",
        help="Find, compare and take along every loss, with what shows its properties.",
    ),
]

st.navigation(PAGES, position="top").run()
