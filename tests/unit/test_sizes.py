"""A file with more of something than any policy has is refused at once."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from medsettle.policy.errors import Diagnostic
from medsettle.policy.load import examine, examine_text
from medsettle.policy.sizes import ADJUSTS_MAX, ENTRIES_MAX, SOURCES_MAX, VALUES_MAX, VERSIONS_MAX

HEAD = 'region = "999900"\nscheme = "employee"\ntitle = "示例"\n[source.rule]\ntitle = "示例办法"\n'
BODY = 'provenance = "unverified"\nbase = ["in_scope"]\nbands = [{ share_pct = 85 }]\n'


def day(number: int) -> dt.date:
    """Return one of the days on which versions begin."""
    return dt.date(2000, 1, 1) + dt.timedelta(number)


def benefit(number: int = 0, until: str = "") -> str:
    """Return a version of a benefit; with `until` it is in force for one day."""
    return f'[[benefit.inpatient]]\nfrom = {day(number)}\n{until}cite = "rule"\nlayers = ["main"]\n'


def layer(name: str = "main", number: int = 0, rest: str = BODY) -> str:
    """Return a version of a layer."""
    return f'[[layer.{name}]]\nfund = "pooled"\nfrom = {day(number)}\ncite = "rule"\n{rest}'


def wage(number: int) -> str:
    """Return a version of an indicator, in force for one day."""
    dates = f"from = {day(number)}\nuntil = {day(number + 1)}\n"
    return f'[[indicator.wage]]\n{dates}yuan = 1_000\ncite = "rule"\n'


def amending(name: str, number: int) -> str:
    """Return a version that changes nothing of the one before it."""
    dates = f"from = {day(number)}\namends = {day(number - 1)}\n"
    return f'[[layer.{name}]]\n{dates}cite = "rule"\n'


def found_in(text: str) -> list[Diagnostic]:
    """Return what is found in a policy, which must not take long."""
    begin = time.process_time()
    found = examine_text(text, "x.toml")[1]
    assert time.process_time() - begin < 4  # less than 2 s are meant; the machine may be busy
    return found


ROW = '  { when = { status = "retired" }, at_least_pct = 90 },\n'
#: What there is too much of: the text, how lines of it begin, how many there may be, what is said.
MANY = {
    "versions of a benefit": (
        HEAD + layer() + "".join(benefit(n, f"until = {day(n + 1)}\n") for n in range(5_000)),
        "[[benefit.inpatient]]",
        ENTRIES_MAX,
        "`benefit.inpatient` must have at most 400 entries, found 5,000",
    ),
    "versions of a layer": (
        HEAD + benefit() + "".join(layer("main", n) for n in range(5_000)),
        "[[layer.main]]",
        ENTRIES_MAX,
        "`layer.main` must have at most 400 entries, found 5,000",
    ),
    "versions of an indicator": (
        HEAD + benefit() + "".join(map(wage, range(3_000))) + layer(),
        "[[indicator.wage]]",
        ENTRIES_MAX,
        "`indicator.wage` must have at most 400 entries, found 3,000",
    ),
    "layers": (
        HEAD + benefit() + "".join(layer(f"l{n}") for n in range(2_000)),
        "[[layer.",
        ENTRIES_MAX,
        "`layer` must have at most 400 entries, found 2,000",
    ),
    "sources": (
        HEAD + "".join(f'[source.s{n}]\ntitle = "x"\n' for n in range(30_000)) + benefit(),
        "[source.",
        SOURCES_MAX,
        "`source` must have at most 2,000 entries, found 30,001",
    ),
    "adjustments": (
        HEAD + benefit() + layer(rest=f"{BODY}adjust = [\n{ROW * 30_000}]\n"),
        "  { when",
        ADJUSTS_MAX,
        "`layer.main.adjust` must have at most 64 entries, found 30,000",
    ),
    "own values": (
        HEAD + "[values.cohort]\n" + "".join(f'v{n} = "类"\n' for n in range(60_000)),
        "v",
        ENTRIES_MAX,
        "`values.cohort` must have at most 400 entries, found 60,000",
    ),
}


@pytest.mark.parametrize("name", MANY)
def test_too_many(name: str) -> None:
    text, word, most, message = MANY[name]
    (found,) = found_in(text)
    assert (found.code, found.message) == ("P104", message)
    lines = [n for n, line in enumerate(text.split("\n"), start=1) if line.startswith(word)]
    assert found.place.line == lines[most], "the first that is one too many"


def test_as_many_as_may_be() -> None:
    text = HEAD + layer() + "".join(benefit(n, f"until = {day(n + 1)}\n") for n in range(400))
    assert found_in(text) == []
    text = HEAD + benefit() + layer(rest=f"{BODY}adjust = [\n{ROW * ADJUSTS_MAX}]\n")
    assert found_in(text) == []
    text = HEAD + benefit() + layer() + "".join(amending("main", n) for n in range(1, ENTRIES_MAX))
    assert found_in(text) == []


def test_versions_of_all_layers_together() -> None:
    names = ("main", "a", "b", "c")
    text = HEAD + benefit() + "".join(layer(name, n) for name in names for n in range(300))
    (found,) = found_in(text)
    assert (
        found.message == f"`layer` must have at most {VERSIONS_MAX:,} versions in all, found more"
    )
    assert text.split("\n")[found.place.line - 1] == "[[layer.c]]"


def test_what_amending_versions_keep_counts_again() -> None:
    rows = f"{BODY}adjust = [\n{ROW * 60}]\n"
    text = HEAD + benefit() + layer(rest=rows) + "".join(amending("main", n) for n in range(1, 400))
    (found,) = found_in(text)
    assert found.message == f"`layer` must have at most {VALUES_MAX:,} values in all, found more"


def test_a_chain_of_a_thousand_amendments() -> None:
    text = HEAD + benefit() + layer() + "".join(amending("main", n) for n in range(1, 1_000))
    assert [found.code for found in found_in(text)] == ["P104"]


def test_of_a_policy_that_is_inherited(tmp_path: Path) -> None:
    """It is told where it stands, in the other file."""
    for folder in ("000000-nation", "999900-town"):
        (tmp_path / folder).mkdir()
    nation = HEAD.replace("999900", "000000") + layer("main", 0, f"{BODY}adjust = [\n{ROW * 65}]\n")
    (tmp_path / "000000-nation" / "employee.toml").write_text(nation, encoding="utf-8")
    town = tmp_path / "999900-town" / "employee.toml"
    town.write_text(f'inherits = "000000/employee"\n{HEAD}{benefit()}', encoding="utf-8")
    policy, found = examine(town)
    assert policy is None
    assert [one.place.file for one in found if one.code == "P104"] == [
        str(tmp_path / "000000-nation" / "employee.toml")
    ]


def test_thousands_of_wrong_names() -> None:
    """All are told, but after some hundred without a guess at what was meant."""
    own = "[values.cohort]\n" + "".join(f'cohort_number_{n} = "类"\n' for n in range(100))
    wrong = "".join(f'"kohort_nummer_{n}",\n' for n in range(300))
    layers = (layer(f"l{n}", 0, f"{BODY}serves = {{ cohort = [\n{wrong}] }}\n") for n in range(20))
    found = found_in(HEAD + own + benefit() + "".join(layers))
    assert len(found) >= 6_000
    assert found[0].hint
    assert not found[-1].hint
