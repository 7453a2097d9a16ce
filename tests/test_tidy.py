"""The house rules as a test: sizes, floats, tabs, links, and which way imports point."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "medsettle"
CODE = (".py", ".pyi", ".pyx", ".pxd", ".c", ".h")
GENERATED = SRC / "_core" / "engine.c"

FILE_LINES, FUNCTION_LINES, COLUMNS = 400, 70, 100
#: What may be longer, and how long; each is one thing that does not want to be two.
LONGER_FILES: dict[str, int] = {}
LONGER_FUNCTIONS = {"_core/layer.h:NAME(evaluate)": 90}

#: What the rooms of the package may import from it, besides themselves.
LEAVES = ("vocabulary", "money", "refusal", "model", "capacity", "fingerprint")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "vocabulary": (),
    "money": (),
    "capacity": (),
    "fingerprint": (),
    "refusal": (),
    "model": ("money", "refusal", "vocabulary"),
    "policy": LEAVES,
    "compile": (*LEAVES, "policy"),
    "reference": (*LEAVES, "bill", "policy"),
    "slip": (*LEAVES, "bill", "compile", "names", "settlement", "text"),
    "_core": (),
    "reconcile": ("money",),
    "cashier": ("money", "refusal"),
    "entitlement": (*LEAVES, "compile", "no_figure", "table"),
    "ledger": (*LEAVES, "compile", "names", "settlement", "table"),
}


def files_in(folder: Path, *suffixes: str) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.suffix in suffixes)
    hidden = (".venv", "build", "dist", "node_modules")
    return sorted(
        path
        for path in found
        if path != GENERATED
        and not any(part in hidden or part[0] == "." for part in path.relative_to(ROOT).parts)
    )


SOURCES = files_in(SRC, *CODE)
OTHERS = [*files_in(ROOT / "tests", ".py", ".c"), *files_in(ROOT / "bench", ".py")]
PAGES = files_in(ROOT, ".md")


def name_of(path: Path) -> str:
    return path.relative_to(SRC if path.is_relative_to(SRC) else ROOT).as_posix()


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 30
    assert len(PAGES) > 5


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_are_rooms_not_halls(path: Path) -> None:
    assert len(lines_of(path)) <= LONGER_FILES.get(name_of(path), FILE_LINES)


def python_functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def c_functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the functions of a C file: each begins and ends in the first column."""
    begun = (0, "")
    for number, line in enumerate(lines_of(path)):
        if line == "}":
            found = re.search(r"(NAME\(\w+\)|\w+)\(", begun[1].replace("__attribute__((", ""))
            yield found[1] if found else begun[1], number - begun[0] + 1
        elif line[:1] not in ("", " ", "}", "/", "#"):
            begun = (number, line)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_functions_fit_a_screen(path: Path) -> None:
    functions = {".py": python_functions, ".c": c_functions, ".h": c_functions}.get(path.suffix)
    for name, length in functions(path) if functions else ():
        allowed = LONGER_FUNCTIONS.get(f"{name_of(path)}:{name}", FUNCTION_LINES)
        assert length <= allowed, f"{name} has {length} lines"


def test_the_longest_c_function_is_seen() -> None:
    found = {f"{name_of(path)}:{name}" for path in SOURCES for name, _ in c_functions(path)}
    assert set(LONGER_FUNCTIONS) <= found
    assert {"_core/batch.c:ms_settle_batch", "_core/table.c:ms_table_open"} <= found


@pytest.mark.parametrize("path", [*SOURCES, *OTHERS], ids=name_of)
def test_lines_are_short_and_without_tabs(path: Path) -> None:
    for number, line in enumerate(lines_of(path), 1):
        assert "\t" not in line, f"a tab in line {number}"
        assert len(line) <= COLUMNS, f"line {number} has {len(line)} columns"
        assert line == line.rstrip(), f"line {number} ends in a space"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_money_meets_a_float(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        # `isinstance(value, float)` is how floats are refused
        assert re.findall(r"\bfloat\(|\bfloat(?:16|32|64)\b", text) == []
    else:
        code = re.sub(r"/\*.*?\*/|#.*|\"\"\".*?\"\"\"", "", text, flags=re.DOTALL)
        assert re.findall(r"\b(?:float|double)\b", code) == []


def imports_of(path: Path) -> set[str]:
    """Return the rooms of the package that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name.split(".")[1] for name in found if name.startswith("medsettle.")}


PYTHON = [path for path in SOURCES if path.suffix == ".py"]


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    room = path.relative_to(SRC).parts[0].removesuffix(".py")
    imported = imports_of(path) - {room}
    assert imported <= set(MAY_IMPORT.get(room, imported))
    assert "cli" not in imported, "only the command line imports the command line"
    told_apart = ("reference", "pins")  # what settles never asks the oracle
    assert room in told_apart or "reference" not in imported, "the oracle stands apart"


def test_kernel_knows_nothing_of_python() -> None:
    for path in files_in(SRC / "_core", ".c", ".h"):
        included = re.findall(r"#include [<\"](.+)[>\"]", path.read_text(encoding="utf-8"))
        own = {"kernel.h", "layer.h", "money.h"} | {
            one.name for one in files_in(SRC / "_core", ".h")
        }
        assert set(included) <= own | {"stddef.h", "stdint.h", "stdio.h", "string.h"}


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors_of(file), f"{target} has no such heading"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_pages_that_the_sources_name_are_there(path: Path) -> None:
    for page in re.findall(r"\bdocs/[\w-]+\.md", path.read_text(encoding="utf-8")):
        assert (ROOT / page).is_file(), f"{page} is not there"
