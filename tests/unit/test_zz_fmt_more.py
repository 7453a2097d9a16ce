"""`medsettle fmt`: one layout, every comment kept, nothing said otherwise, files whole."""

from __future__ import annotations

import random
import re
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from medsettle.cli import main
from medsettle.policy import format as layout
from medsettle.policy.format import ChangedError, format_text, formatted, grouped
from medsettle.policy.tokens import COMMENT, NEWLINE, tokens

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "policies").rglob("*.toml"))
PUBLISHED = sorted((ROOT / "tests" / "conformance").rglob("*.toml"))

UGLY = """\


region="320100"   # where
title   =   "示例"
[ source . doc ]
title="文件"  # what

                # on its own


[[layer.pool]]
# who pays
fund = "pooled"
first_share_pct=5
base=[ "in_scope" ,"first_step" ]
deductible = {per="visit",amount_yuan=[
{tertiary=1300,other={of="wage",times=1000}},
      650 ,   # later
] }
bands=[
{upto_yuan=30000,share_pct=85},
  # then


{share_pct=9.5}
]
ceilings = [{per="year",pay_yuan=-1234567.50},{per="year",cost_yuan=1_2_34}]
# ──── next ────
[[benefit.inpatient]]
from=2025-01-01
%s
""".replace("%s", " " * 3)
PRETTY = """\
region = "320100"  # where
title  = "示例"

[source.doc]
title = "文件"  # what

# on its own

[[layer.pool]]
# who pays
fund     = "pooled"
first_share_pct = 5
base     = ["in_scope", "first_step"]
deductible = { per = "visit", amount_yuan = [
  { tertiary = 1_300, other = { of = "wage", times = 1000 } },
  650,        # later
] }
bands = [
  { upto_yuan = 30_000, share_pct = 85 },
  # then

  {                     share_pct = 9.5 }
]
ceilings = [{ per = "year", pay_yuan = -1_234_567.50 }, { per = "year", cost_yuan = 1_234 }]


# ──── next ────
[[benefit.inpatient]]
from = 2025-01-01
"""


def test_an_ugly_file_becomes_a_pretty_one() -> None:
    assert formatted(UGLY) == PRETTY


@pytest.mark.parametrize("path", [*SHIPPED, *PUBLISHED], ids=lambda path: path.parent.name)
def test_whatever_is_written_is_laid_out_once_and_for_all(path: Path) -> None:
    once = formatted(path.read_text(encoding="utf-8"))
    assert formatted(once) == once


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_shipped_files_are_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text, f"run `medsettle fmt {path.relative_to(ROOT)}`"


@pytest.mark.parametrize("seed", range(20))
def test_blanks_between_marks_do_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    path = chance.choice(SHIPPED)
    text = format_text(path.read_text(encoding="utf-8"))
    assert format_text(respaced(without_comments(text), chance)) == format_text(
        without_comments(text)
    )


def without_comments(text: str) -> str:
    """Return the text with its comments gone, and the lines that held nothing else."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        found = [token for token in tokens(line) if token.kind == COMMENT] if "#" in line else []
        lines[number] = line[: found[0].column].rstrip() if found else line
    return "\n".join(lines)


def respaced(text: str, chance: random.Random) -> str:
    """Return the text with other blanks between its tokens."""
    return "".join(
        token.text if token.kind == NEWLINE else " " * chance.randrange(3) + token.text
        for token in tokens(text)
    )


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("999", "999"),
        ("1000", "1_000"),
        ("1_0_00", "1_000"),
        ("-12345.678", "-12_345.678"),
        ("+1000000", "+1_000_000"),
        ("1e6", "1e6"),
        ("0x1000", "0x1000"),
        ("2025-01-01", "2025-01-01"),
        ("inf", "inf"),
        ("123456789012345678901234567890", "123_456_789_012_345_678_901_234_567_890"),
    ],
)
def test_digits_stand_in_threes(number: str, found: str) -> None:
    assert grouped(number) == found


@pytest.mark.parametrize(
    ("pair", "found"),
    [
        ("pay_yuan = { a = 1000, b = { c = 2000 } }", "{ a = 1_000, b = { c = 2_000 } }"),
        ("pay_yuan = { of = 'x', times = 1000 }", "{ of = 'x', times = 1000 }"),
        ("amount_yuan = [1000, 2000]", "[1_000, 2_000]"),
        ("[bill_size_yuan]\nlarge = 1000", "1_000"),
        ("[[indicator.x]]\nyuan = 1000", "1_000"),
        ("days = 1000", "1000"),
        ("ytd = { 'a.pay_yuan' = 1000, 'a.visits' = 1000 }", "{ 'a.pay_yuan' = 1_000,"),
        ("expect = { pooled_yuan = 1000, ytd_after = { n = 1000 } }", "ytd_after = { n = 1000 }"),
        ("note_yuan = '1000'", "'1000'"),
    ],
)
def test_only_amounts_are_grouped(pair: str, found: str) -> None:
    assert found in formatted(pair)


@pytest.mark.parametrize(
    "text",
    [
        'a = """\n  1  \n#  no comment\n\n\n  """   # one',
        "a = '''\n x '' = [  1\t ]'''",
        'a = "# [ ] { } , = \\" \\\\"  # b',
        "'a b'.\"c # d\" . e = { x.y=1, 'z' = {} , w = [] }",
        "t = 2025-01-01 10:00:00\nl = 10:00:00\ni = [1,\n\n\n 2, # c\n]",
        "[a.'b ] # c']  # d\n[[e]]\n",
        "x = [[1,2],[ [ 3 ] ,]]",
        "a = true\r\nb = [\r\n1,\r\n]\r\n",
    ],
)
def test_odd_texts_say_the_same(text: str) -> None:
    once = formatted(text)
    assert formatted(once) == once
    assert "\r" not in once
    assert once.endswith("\n")


def test_comments_below_each_other_stay_so() -> None:
    text = "a =  1    # one\n          # two\n# three\nlonger_by_far = 2    # four\n"
    assert formatted(text).split("\n")[:3] == [
        "a             = 1  # one",
        "                   # two",
        "# three",
    ]


BLANK = st.sampled_from(["", " ", "\t", "   "])
#: Inside a list a line may end, with a comment or without.
GAP = st.sampled_from(["", " ", "\n", '  # one, ] } "\n', "\n\n\n", "\n# two\n  "])
KEY = st.sampled_from(["a", "pay_yuan", "b-1", '"c # d"', "'e ]'", "f . g", 'h."i.j"', "bands"])
PLAIN = st.sampled_from(
    ["1", "12345", "-1234.5", "1_2.5", "true", '"x # ]"', "'y \"'", "2025-01-01", "10:00:00",
     "2025-01-01 10:00:00Z", "1e4", "nan", '""', "''", '"\\" }"', '"""q\n  "r""""', "'''s\n 't'''"]
)  # fmt: skip


@st.composite
def value(draw: st.DrawFn, depth: int = 0) -> str:
    """Return a value as somebody careless might write it."""
    kind = draw(st.sampled_from(["plain", "plain", "list", "table"] if depth < 3 else ["plain"]))
    if kind == "plain":
        return draw(PLAIN)
    if kind == "list":
        inner = draw(st.lists(value(depth + 1), max_size=3))
        written = "".join(f"{draw(GAP)}{one}{draw(GAP)}," for one in inner)
        return f"[{written[: draw(st.sampled_from([-1, len(written)]))]}{draw(GAP)}]"
    keys = draw(st.lists(KEY, max_size=3, unique=True))
    pairs = (
        f"{draw(BLANK)}{key}{draw(BLANK)}={draw(value(depth + 1))}{draw(BLANK)}" for key in keys
    )
    return f"{{{','.join(pairs)}}}"


@st.composite
def careless(draw: st.DrawFn) -> str:
    """Return a text of several tables."""
    lines = []
    for number in range(draw(st.integers(0, 3))):
        for key in draw(st.lists(KEY, max_size=4, unique=True)):
            end = draw(st.sampled_from(["", "  ", "# three", "\t# four  ", "\n\n\n", "\n  # five"]))
            pair = f"{draw(BLANK)}{key}{draw(BLANK)}={draw(BLANK)}{draw(value())}"
            lines.append(f"{pair}{draw(BLANK)}{end}")
        header = draw(
            st.sampled_from([f"[t{number}]", f"[[ t{number} . 'u ]' ]]", f"[t{number} .u]#"])
        )
        lines.append(header)
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@given(careless())
@settings(deadline=None, max_examples=6000)
def test_whatever_is_toml_says_the_same(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    once = formatted(text)
    assert formatted(once) == once
    outside = re.sub(r'"""[\s\S]*?""""?|\'\'\'[\s\S]*?\'\'\'\'?', "text", once)
    assert not re.search(r"[ \t]$", outside, re.MULTILINE)


def test_a_changed_meaning_is_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "grouped", lambda number: number.replace("1", "2"))
    with pytest.raises(ChangedError):
        formatted("pay_yuan = 1000")
    for wrong in ("##", "# #", "x"):
        monkeypatch.setattr(layout, "format_text", lambda text, to=wrong: text.replace("#", to))
        with pytest.raises(ChangedError):
            formatted("a = 1  # b")


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_files_are_laid_out_in_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "employee.toml", UGLY)
    file.chmod(0o640)
    assert main(["fmt", "--check", str(tmp_path)]) == 1
    assert capsys.readouterr().out == f"would change {file}\n1 file, 1 would change\n"
    assert file.read_text(encoding="utf-8") == UGLY
    assert main(["fmt", str(file)]) == 0
    assert capsys.readouterr().out == f"changed {file}\n1 file, 1 changed\n"
    assert file.read_text(encoding="utf-8") == formatted(UGLY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert main(["fmt", "--check", str(tmp_path)]) == 0
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_is_right_is_not_touched(tmp_path: Path) -> None:
    file = write(tmp_path / "employee.toml", formatted(UGLY))
    before = file.stat()
    assert main(["fmt", str(file)]) == 0
    after = file.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_what_is_no_toml_is_told_and_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path / "b.toml", "region='1'")
    bad = write(tmp_path / "a.toml", "region = 1 2")
    assert main(["fmt", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "P101" in told.err
    assert told.out.endswith("1 file, 1 changed, 1 cannot be laid out\n")
    assert bad.read_text(encoding="utf-8") == "region = 1 2"
    assert good.read_text(encoding="utf-8") == "region = '1'\n"


def test_other_toml_in_a_folder_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write(tmp_path / "pyproject.toml", "[project]\nname='x'\n")
    assert main(["fmt", str(tmp_path)]) == 1
    assert "no policy" in capsys.readouterr().err
    assert main(["fmt", str(other)]) == 1
    assert "neither a policy" in capsys.readouterr().err
    assert other.read_text(encoding="utf-8") == "[project]\nname='x'\n"


def test_tokens_lose_nothing_but_blanks() -> None:
    for path in PUBLISHED:
        text = format_text(path.read_text(encoding="utf-8"))
        found = "".join(token.text for token in tokens(text))
        assert found.replace(" ", "") == text.replace(" ", "")
