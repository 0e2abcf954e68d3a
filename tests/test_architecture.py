"""The walls of the house: who may import whom, and that names are not shared by accident."""

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
FIGURES = sorted((ROOT / "pages" / "ui" / "figures").glob("*.py"))
EVERY = [*CORE, *sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]


def imported(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            module = node.module or ""
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_core_imports_the_standard_library_numpy_scipy_and_core_alone(path: Path) -> None:
    assert roots(path) <= set(sys.stdlib_module_names) | {"numpy", "scipy", "core"}


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_core_imports_scipy_only_where_it_is_used(path: Path) -> None:
    """A page must not wait for SciPy unless something on it needs SciPy."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not [name for name in names if name.split(".")[0] == "scipy"]


@pytest.mark.parametrize("path", FIGURES, ids=relative)
def test_figures_know_no_streamlit(path: Path) -> None:
    assert not roots(path) & {"streamlit", "plotly"}


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_imports_no_plotly_and_no_other_page(path: Path) -> None:
    assert "plotly" not in roots(path)
    pages = {f"pages.{page.stem}" for page in PAGES}
    assert not imported(path) & pages


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 110


def test_class_names_in_core_are_unique() -> None:
    """Streamlit's cache tells dataclasses apart by name and fields: two of one name would mix."""
    names = Counter(
        node.name
        for path in CORE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_run_time_packages_are_the_four() -> None:
    lines = (ROOT / "requirements.txt").read_text().split()
    names = {line.split(">")[0].split("=")[0] for line in lines if line[0].isalpha()}
    assert names == {"streamlit", "numpy", "plotly", "scipy"}
    used = set().union(*map(roots, EVERY)) - set(sys.stdlib_module_names)
    assert used <= names | {"core", "pages", "starlette"}  # Starlette comes with Streamlit


def test_nothing_is_evaluated_or_shown_as_html() -> None:
    for path in EVERY:
        text = path.read_text(encoding="utf-8")
        for word in ("unsafe_allow_html", "eval(", "exec(", "pickle", "unsafe_allow_javascript"):
            assert word not in text, f"{path}: {word}"
    for path in sorted((ROOT / "assets" / "live_figure").glob("*.js")):
        text = path.read_text(encoding="utf-8")
        for word in ("innerHTML", "eval(", "new Function", "outerHTML", "insertAdjacentHTML"):
            assert word not in text, f"{path}: {word}"
