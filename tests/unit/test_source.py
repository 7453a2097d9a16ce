"""Positions in TOML text, and text that is no TOML."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsettle.policy.load import examine, examine_text
from medsettle.policy.positions import Path, Positions
from medsettle.policy.source import FILE_MAX, parse_bytes, parse_text

SAMPLE = r'''# 注释 [not.a.table]
top = "层 # no comment"   # a comment
'quoted key' = 1_300
"esc\u0041ped" = { a.b = 'x = 1', "c d" = [1, 2] } # inline

[one.two]  # header
three.four = 2025-06-01
when = 2025-06-01 07:32:00
list = [ # begin
  "a]", # first
  """two ""quoted"" lines
  here""""",
  THREEit's ""THREE,
  { x = true },
]

[[rows]]
name = "一"
[rows.inner]
deep = inf
[[rows.more]]
a = 1
[[rows.more]]
a = 2
[[rows]]
name = "二"
[[rows.more]]
a = 3
'''.replace("THREE", "'" * 3)


def paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every path below `value` with what stands there."""
    steps: Any = ()
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    for step, inner in steps:
        yield (*path, step), inner
        yield from paths(inner, (*path, step))


def check_positions(text: str) -> None:
    """Assert that every key and value of `text` is found, and stands where it is said to."""
    data = tomllib.loads(text, parse_float=Decimal)
    found = Positions(text, "x.toml")
    lines = text.split("\n")

    def at(places: dict[Path, Any], path: Path) -> str:
        place = places[path]
        shown: str = lines[place.line - 1][place.column - 1 :][: place.width]
        return shown

    every = list(paths(data))
    assert {path for path, _ in every} == set(found.values) == set(found.keys)
    for path, value in every:
        shown = at(found.values, path)
        if isinstance(path[-1], str):
            assert tomllib.loads(f"{at(found.keys, path)} = 1") == {path[-1]: 1}
        if shown[:3] in {'"""', "'''"} or shown[:1] in {"[", "{"}:
            continue  # may go on in the next line
        if isinstance(value, dict | list):
            last = [step for step in path if isinstance(step, str)][-1]
            assert last in [path[-1] for path, _ in paths(tomllib.loads(f"[{shown}]"))]
        else:
            assert tomllib.loads(f"x = {shown}", parse_float=Decimal)["x"] == value


def test_every_key_and_value_of_a_sample() -> None:
    check_positions(SAMPLE)


def test_some_places_by_hand() -> None:
    found = Positions(SAMPLE, "x.toml")
    place = found.values["esc\u0041ped", "c d", 1]
    column = SAMPLE.split("\n")[3].index("2]") + 1
    assert (place.line, place.column, place.width) == (4, column, 1)
    place = found.values["one", "two", "list", 1]
    assert (place.line, place.column, place.width) == (11, 3, 23)
    place = found.keys["rows", 1, "more", 0, "a"]
    assert SAMPLE.split("\n")[place.line - 1] == "a = 3"
    place = found.values["rows", 0]
    assert (place.column, place.width) == (3, 4)


BARE = st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True)
QUOTED = st.text(
    st.characters(codec="utf-8", exclude_characters='\\"', min_codepoint=32), max_size=4
)
KEY = BARE | QUOTED.filter(lambda key: "\x7f" not in key).map(lambda key: f'"{key}"')
GAP = st.sampled_from(["", " ", "\n", " # ] } 注\n", "\n\t"])
BLANK = st.sampled_from(["", " ", "\t "])
SCALAR = st.sampled_from(
    [
        *("1", "-1_000", "0x1F", "2.5", "-inf", "true", "2025-06-01", "07:32:00"),
        *("1979-05-27 07:32:00", "1979-05-27T07:32:00Z", '""', "''", '"a#b"', '"\\"]"', "'\\'"),
        *('"""\na\n\\"""b"""', "'''\n#'''", '""""x"""', '"""x"""""', "'''x'''''", '"药费"'),
    ]
)


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return lists of values, over several lines, with comments."""
    entry = st.tuples(GAP, values, GAP).map("".join)
    return st.tuples(st.lists(entry, max_size=3), st.booleans(), GAP).map(
        lambda t: f"[{','.join(t[0])}{',' if t[0] and t[1] else ''}{t[2]}]"
    )


def inline_tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return inline tables with dotted keys."""
    pair = st.tuples(BLANK, DOTTED, BLANK, values, BLANK).map(
        lambda t: f"{t[0]}{t[1]} ={t[2]}{t[3]}{t[4]}"
    )
    return st.lists(pair, max_size=3).map(lambda pairs: f"{{{','.join(pairs)}}}")


DOTTED = st.lists(KEY, min_size=1, max_size=3).flatmap(
    lambda keys: st.sampled_from([".", " . ", ". "]).map(lambda dot: dot.join(keys))
)
VALUE = st.recursive(SCALAR, lambda inner: lists(inner) | inline_tables(inner), max_leaves=5)
LINE = st.one_of(
    st.tuples(BLANK, DOTTED, BLANK, VALUE, BLANK).map(
        lambda t: f"{t[0]}{t[1]}{t[2]}= {t[3]}{t[4]}"
    ),
    st.tuples(BLANK, DOTTED, BLANK).map(lambda t: f"[{''.join(t)}] # header"),
    st.tuples(BLANK, DOTTED, BLANK).map(lambda t: f"[[{''.join(t)}]]"),
    st.sampled_from(["", "# note", "[[rows]]", "[rows.a]", "[[rows.b]]"]),
)


def is_toml(text: str) -> bool:
    """Tell whether tomllib takes the text."""
    try:
        tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(st.lists(LINE, max_size=12))
def test_every_position_of_random_toml(lines: list[str]) -> None:
    kept = ""  # a line that does not fit the lines before is left out
    for line in lines:
        kept = f"{kept}{line}\n" if is_toml(f"{kept}{line}\n") else kept
    check_positions(kept)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.text("[]{}=\"'#.,\n \\a1-:", max_size=60))
def test_random_text_gives_a_diagnostic(text: str) -> None:
    policy, found = examine_text(text, "x.toml")
    assert policy is None
    assert found[0].render().startswith("x.toml:")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_random_bytes_give_a_diagnostic_or_toml(content: bytes) -> None:
    source, report = parse_bytes(content, "x.toml")
    assert (source is None) == report.has_errors


POLICY = """region = "999900"
scheme = "employee"
title = "示例"
[source.rule]
title = "示例办法"
[[benefit.inpatient]]
from = 2020-01-01
cite = "rule#1"
layers = ["main"]
[[layer.main]]
fund = "pooled"
from = 2020-01-01
cite = ["rule#2"]
provenance = "unverified"
base = ["in_scope"]
serves = { status = ["active", "retired"] }
deductible = { per = "visit", amount_yuan = [1_300, 650], inside_first_band = true }
bands = [{ upto_yuan = 30_000, share_pct = { tertiary = 85, other = 90 } }, { share_pct = 97.5 }]
adjust = [{ when = { status = "retired" }, person_share_times = 0.6 }]
ceilings = [{ per = "year", pay_yuan = 100_000 }]
"""
TOKENS = [
    *POLICY.split(),
    *POLICY.split("\n"),
    "{}",
    "[]",
    "true",
    "-1",
    "1e400",
    "0.001",
    '"x"',
    "1",
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_policy_with_any_word_replaced_gives_no_traceback(data: st.DataObject) -> None:
    text = POLICY
    for _ in range(data.draw(st.integers(1, 3))):
        old, new = data.draw(st.sampled_from(TOKENS)), data.draw(st.sampled_from(TOKENS))
        text = text.replace(old, new, 1)
    policy, found = examine_text(text, "x.toml")
    assert policy is not None or found


@pytest.mark.parametrize("path", ["", "\0", "no/such/file.toml"])
def test_a_file_that_cannot_be_read(path: str) -> None:
    assert [found.code for found in examine(path)[1]] == ["P102"]


def test_a_folder_is_no_policy(tmp_path: FilePath) -> None:
    assert [found.code for found in examine(tmp_path)[1]] == ["P102"]


def test_a_huge_file_is_refused(tmp_path: FilePath) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"#" * (FILE_MAX + 1))
    assert examine(path)[1][0].message == "the file must have at most 1 MiB, found more"


@pytest.mark.parametrize("text", ["[a{}]\n", "a{} = 1\n", "[[a{}]]\nb = 1\n"])
def test_a_name_of_endless_dots(text: str) -> None:
    (found,) = examine_text(text.format(".a" * 1_900), "x.toml")[1]
    assert found.code == "P105"


def test_what_is_borrowed_a_thousand_times_over_is_found() -> None:
    """In either order, and without a word of it read again at every step."""
    for steps in (range(1, 3_000), range(2_999, 0, -1)):
        source = parse_text("".join("[[x]]\na = 1\n" for _ in range(3_000)), "x.toml")[0]
        assert source is not None
        for index in steps:
            source.borrow(("x", index, "a"), source, ("x", index - 1, "a"))
        assert source.value_place(("x", 2_999, "a")).line == 2
        assert source.key_place(("x", 2_999, "a", "inside")).line == 2


def test_a_number_of_endless_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        source, report = parse_text("a = 1\nb = " + "9" * 700, "x.toml")
    finally:
        sys.set_int_max_str_digits(before)
    assert source is None
    assert report.diagnostics()[0].place.line == 2


def test_carets_stand_below_chinese() -> None:
    found = examine_text('title = "北京" 1', "x.toml")[1][0]
    line, carets = found.render().split("\n")[1:]
    assert line == '  1 | title = "北京" 1'
    assert carets == "    | " + " " * (len('title = "" ') + 2 * 2) + "^"
