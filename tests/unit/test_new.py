"""`medsettle new`: what it writes says what is missing, and is right once that is filled in."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from medsettle.cases import run_file
from medsettle.cli import main
from medsettle.policy.format import formatted
from medsettle.policy.load import examine
from medsettle.policy.skeleton import cases_skeleton, policy_skeleton
from medsettle.vocabulary import SCHEMES

#: Keys that a newcomer must have seen, as code or behind `#`.
SHOWN = (
    "[source.rules]", "[values.level]", "[values.item]", "[age]", "[[indicator.average_wage]]",
    "[[benefit.inpatient]]", "[[benefit.outpatient]]", "[[layer.inpatient_pooled]]",
    "[[layer.serious_illness]]", "[[layer.assistance]]", "deductible", "bands", "upto_yuan",
    "share_pct", "adjust", "ceilings", "serves", "amends", "provenance", "bands_per", "until",
    "inside_first_band", "[[layer.large_amount]]", "later_pct", "each_later_minus_yuan",
    "at_least_yuan", 'place = "referred"', "[[layer.serious_illness.adjust]]", "#number", "#note",
)  # fmt: skip


def filled(text: str) -> str:
    """Return the text with every placeholder replaced by the examples at the end of its line."""
    return "\n".join(map(filled_line, text.split("\n")))


def filled_line(line: str) -> str:
    code, marked, examples = line.partition("# 例：")
    pieces = re.split(r'"\?"|""', code)
    n = len(pieces) - 1
    if not marked:
        assert n == 0 or line.startswith("# "), line
        return line
    given = examples.split("；") if n > 1 else [examples]
    assert len(given) == n, line
    return "".join(one + two for one, two in zip(pieces, [*given, ""], strict=True)).rstrip()


def with_options(text: str) -> str:
    """Return the text with its optional sections."""
    return re.sub(r"^#(?=[^\s#])", "", text, flags=re.MULTILINE)


def new(folder: Path, scheme: str, *more: str) -> Path:
    """Run the command; return the policy."""
    assert main(["new", f"320100/{scheme}", "-o", str(folder), "--name", "nanjing", *more]) == 0
    return folder / "320100-nanjing" / f"{scheme}.toml"


def fill(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_filled_in_it_passes_check_and_test(
    tmp_path: Path, scheme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = new(tmp_path, scheme)
    cases = policy.with_name(f"{scheme}.cases.toml")
    for file in (policy, cases):
        fill(file, filled(file.read_text(encoding="utf-8")))
    capsys.readouterr()
    assert main(["check", str(policy), str(cases)]) == 0
    assert capsys.readouterr().out == "2 files, 0 errors, 0 warnings\n"
    assert main(["test", str(policy)]) == 0
    assert capsys.readouterr().out == "3 passed, 0 failed\n"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_with_all_that_is_optional_it_passes_too(tmp_path: Path, scheme: str) -> None:
    policy = new(tmp_path, scheme)
    text = filled(with_options(policy.read_text(encoding="utf-8")))
    further = '"inpatient_pooled", "large_amount", "serious_illness", "assistance"'
    text = text.replace('"inpatient_pooled", "serious_illness"', further)
    elsewhere = '{ place = ["local", "referred", "unfiled"] }'
    fill(policy, text.replace('{ place = "local" }', elsewhere))
    found, told = examine(policy)
    assert {one.code for one in told} == {"P316", "P515"}  # own names that nothing asks for
    assert found is not None
    assert len(found.layers["inpatient_pooled"]) == 2
    assert {"large_amount", "assistance"} <= set(found.layers)
    assert len(found.layers["serious_illness"][0].adjust) == 2
    assert found.indicators
    assert found.values["item"]
    cases = policy.with_name(f"{scheme}.cases.toml")
    fill(cases, filled(cases.read_text(encoding="utf-8")))
    results, _ = run_file(cases)
    assert [result.passed for result in results] == [True, True, True]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_check_points_at_every_placeholder_from_above(tmp_path: Path, scheme: str) -> None:
    policy = new(tmp_path, scheme)
    lines = policy.read_text(encoding="utf-8").split("\n")
    codes = [line.partition("# ")[0] for line in lines]
    wanted = [
        (number, found.start() + 1)
        for number, code in enumerate(codes, 1)
        if not code.startswith("#")
        for found in re.finditer(r'"\?"|""', code)
    ]
    _, told = examine(policy)
    assert [(one.place.line, one.place.column) for one in told] == wanted
    assert 10 < len(wanted) <= 20


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_written_is_well_laid_out(scheme: str) -> None:
    for text in (policy_skeleton("320100", scheme, "题目"), cases_skeleton(scheme)):
        assert formatted(text) == text
        tomllib.loads(text)
        tomllib.loads(with_options(text))
        assert all(len(line) <= 130 for line in text.split("\n"))


def test_a_newcomer_sees_every_section() -> None:
    text = policy_skeleton("320100", "employee")
    assert [name for name in SHOWN if name not in text] == []


@pytest.mark.parametrize("title", ["南京市职工基本医疗保险", 'a "b" \\ c\x7f\x01'])
def test_a_title_is_written_as_given(tmp_path: Path, title: str) -> None:
    policy = new(tmp_path, "employee", "--title", title)
    data = tomllib.loads(policy.read_text(encoding="utf-8"))
    assert (data["region"], data["scheme"], data["title"]) == ("320100", "employee", title)


def test_the_folder_of_a_region_is_used_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new(tmp_path, "employee")
    assert main(["new", "320100/resident", "-o", str(tmp_path)]) == 0
    (folder,) = tmp_path.iterdir()
    assert sorted(path.name for path in folder.iterdir()) == [
        "employee.cases.toml", "employee.toml", "resident.cases.toml", "resident.toml",
    ]  # fmt: skip
    capsys.readouterr()
    assert main(["new", "320100/resident", "-o", str(tmp_path), "--name", "suzhou"]) == 1
    assert "320100-nanjing: is the region's folder already" in capsys.readouterr().err


def test_without_a_name_the_folder_says_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "320100/employee"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "policies/320100-region/employee.toml"
    assert Path(told[0]).is_file()
    assert Path(told[1]).is_file()
    assert f"`medsettle check {told[0]}`" in told[2]


@pytest.mark.parametrize("there", ["employee.toml", "employee.cases.toml"])
def test_nothing_is_overwritten(
    tmp_path: Path, there: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "320100-nanjing"
    folder.mkdir()
    fill(folder / there, "mine")
    assert main(["new", "320100/employee", "-o", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"medsettle: {folder / there}: exists already, and is left as it is\n"
    )
    assert [path.name for path in folder.iterdir()] == [there]
    assert (folder / there).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "policy",
    ["32010/employee", "3201000/employee", "020100/employee", "abcdef/employee", "٣٢٠١٠٠/employee",
     "320100", "320100/", "320100/worker", "320100/employee/x", "/employee", "nanjing/employee"],
)  # fmt: skip
def test_what_is_no_policy(tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", policy, "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("medsettle: expected ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "Nanjing", "nan jing", "../x", "南京", "a/b"])
def test_what_is_no_name(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "320100/employee", "-o", str(tmp_path), "--name", name]) == 2
    assert "--name" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
