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
        "mle_map.py",
        title="MLE and MAP",
        icon=":material/balance:",
        url_path="mle-map",
        help="Choose a noise and a prior: their densities become the loss and its penalty.",
    ),
    st.Page(
        "regularization.py",
        title="Regularization",
        icon=":material/compress:",
        url_path="regularization",
        help="Drag a penalty's ball and watch weights shrink, and some of them become 0.",
    ),
    st.Page(
        "divergences.py",
        title="Divergences",
        icon=":material/compare_arrows:",
        url_path="divergences",
        help="Drag two distributions apart and see what each way of measuring makes of it.",
    ),
    st.Page(
        "decisions.py",
        title="Decisions",
        icon=":material/call_split:",
        url_path="decisions",
        help="Drag outcomes, prices and thresholds, and see which number to decide for.",
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
