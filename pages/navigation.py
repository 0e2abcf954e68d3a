"""The pages there are, in order."""

import streamlit as st

st.set_page_config(page_title="Loss Landscapes", page_icon=":material/landscape:", layout="wide")

PAGES = [
    st.Page(
        "regression.py",
        title="Regression",
        icon=":material/show_chart:",
        url_path="regression",
        default=True,
        help="Drag a point and watch each fitted line, the landscape and the path follow.",
    ),
]

st.navigation(PAGES, position="top").run()
