"""Rules files: what a good one says, and every mistake at its place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from medsettle.bill.faults import CatalogueFileError
from medsettle.bill.items import LocalCode, Share
from medsettle.bill.rules_file import examine_rules_text, is_rules, load_rules
from medsettle.bill.words import STEPS
from medsettle.vocabulary import DATE_MAX

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "examples" / "catalogue" / "sample.rules.toml"

HEAD = """region = "990000"
title = "样例"
[source.list]
title = "目录"
"""
RULES = """[[rules]]
from = 2024-01-01
over_quantity = "over_limit"
cite = "list#一"
provenance = "verified"
"""
GROUP = """[[group]]
name = "bed"
from = 2024-01-01
cite = "list"
provenance = "verified"
"""


def told(text: str) -> list[str]:
    """Return the diagnostics of rules as `line:column code message`."""
    return [
        f"{one.place.line}:{one.place.column} {one.code} {one.message}"
        for one in examine_rules_text(text, "x.rules.toml")[1]
    ]


def test_the_sample_says_what_it_says() -> None:
    rules = load_rules(SAMPLE)
    assert is_rules(SAMPLE)
    assert (rules.region, rules.cite, rules.warnings) == ("990000", "list", ())
    assert [one.discharge_days for one in rules.rules] == [15, 30]
    assert rules.rules[0].until == rules.rules[1].from_ == dt.date(2025, 1, 1)
    assert {one.order for one in rules.rules} == {tuple(STEPS)}
    blood, material = rules.groups
    assert blood.shares == (Share({(None, None): 200_000}),)
    assert [share.upto_e6 for share in material.shares] == [2_000_000_000, 20_000_000_000, None]
    assert material.shares[2].ppm == {
        ("employee", "tertiary"): 250_000,
        ("employee", None): 200_000,
        (None, None): 300_000,
    }
    assert rules.group_titles["blood"] == "血液及血液制品"
    assert rules.local_codes == (LocalCode("YS", 8, "样例市自编项目"),)
    assert rules.sources["list"]["number"] == "样例"


def test_what_is_left_out_is_the_usual() -> None:
    rules, found = examine_rules_text(HEAD + RULES, "x.rules.toml")
    assert found == []
    assert rules is not None
    (one,) = rules.rules
    assert (one.order, one.discharge_days, one.until) == (tuple(STEPS), None, DATE_MAX)
    assert rules.national.areas == {"990000"}
    assert rules.national.levels["01"] == ("community", "primary")


MISTAKES = {
    HEAD: ["1:1 P111 the rules must have `rules`"],
    HEAD.replace("990000", "99") + RULES: [
        '1:10 P201 `region` must be six digits of GB/T 2260, found `"99"`'
    ],
    HEAD + 'colour = 1\n' + RULES: ["5:1 P110 unknown key `colour` in source `list`"],
    HEAD + RULES + 'order = ["first_step", "not_covered"]\n': [
        "10:9 K101 `order` must name every step once; left out: `restriction`, `quantity`, "
        "`price_ceiling`"
    ],
    HEAD + RULES.replace("over_limit", "hospital"): [
        "7:17 P210 `over_quantity` must be one of `full_self_pay`, `over_limit`, "
        'found `"hospital"`'
    ],
    HEAD + RULES.replace("list#", "lists#"): [
        "8:8 P301 `cite` must name a source of the head, found `lists`"
    ],
    HEAD + RULES + "discharge_days = 0\n": [
        "10:18 P220 `discharge_days` must be whole, from 1 to 366, found `0`"
    ],
    HEAD + RULES + "until = 2024-01-01\n": [
        "10:9 P402 `until` must be after `from` 2024-01-01, found `2024-01-01`"
    ],
    HEAD + RULES + RULES.replace("2024", "2025"): [
        "10:3 K102 there must be one version of the rules on a day, found two from 2025-01-01"
    ],
    HEAD + RULES + "until = 2025-01-01\n" + RULES.replace("2024", "2026"): [
        "11:3 K103 there are no rules from 2025-01-01 until 2026-01-01: lines of these days are "
        "refused"
    ],
    HEAD + RULES + GROUP: [
        "10:3 P117 a group must have exactly one of `first_share_pct`, `by_price`, found none"
    ],
    HEAD + RULES + GROUP.replace("bed", "beds") + "first_share_pct = 5\n": [
        "11:8 P210 `name` must be one of `class_a`, `class_b`, `large_equipment`, "
        "`consultation_fee`, `negotiated_drug`, `special_material`, `bed`, found `\"beds\"`"
    ],
    HEAD + RULES + GROUP + "first_share_pct = { resident = 20, tertiary = 10 }\n": [
        "15:36 K109 a table of shares must go by persons or by levels, found `resident` beside "
        "`tertiary`"
    ],
    HEAD + RULES + GROUP + "first_share_pct = { residents = 20 }\n": [
        "15:21 P212 the keys of `first_share_pct` must be values of an axis, found `residents`"
    ],
    HEAD + RULES + GROUP + "first_share_pct = { other = 20 }\n": [
        "15:1 P213 `first_share_pct` must name a value of an axis, found only `other`"
    ],
    HEAD + RULES + GROUP + "first_share_pct = { resident = { resident = 5, other = 1 } }\n": [
        "15:34 P214 `first_share_pct` must ask for an axis once, found `insured` inside `insured`"
    ],
    HEAD + RULES + GROUP + "first_share_pct = 100.1\n": [
        "15:19 P207 `first_share_pct` must be from 0 to 100, found `100.1`"
    ],
    HEAD + RULES + GROUP + "by_price = [{ upto_yuan = 9, first_share_pct = 1 }]\n": [
        "15:27 K110 the last range of prices must have no `upto_yuan`, found `9`"
    ],
    HEAD
    + RULES
    + GROUP
    + "by_price = [{ upto_yuan = 9, first_share_pct = 1 }, { upto_yuan = 9, "
    + "first_share_pct = 1 }, { first_share_pct = 2 }]\n": [
        "15:67 K106 `upto_yuan` must be above the range before, 9, found `9`"
    ],
    HEAD
    + RULES
    + GROUP
    + "by_price = [{ upto_yuan = 0.0000001, first_share_pct = 1 }, { first_share_pct = 2 }]\n": [
        "15:27 K107 `upto_yuan` must be yuan above 0, at most ten billion, at most six decimals, "
        "found `0.0000001`",
    ],
    HEAD + RULES + 2 * (GROUP + "first_share_pct = 5\n"): [
        "16:3 K104 group `bed` must have one version on a day, found two from 2024-01-01"
    ],
    HEAD + RULES + GROUP + "first_share_pct = 5\nuntil = 2024-02-01\n" + GROUP.replace(
        "2024-01", "2024-03"
    ) + "first_share_pct = 5\n": [
        "17:3 K105 group `bed` has no share from 2024-02-01 until 2024-03-01: then the items' own "
        "hold"
    ],
    HEAD + '[values.item]\nbed = "床"\n' + RULES: [
        "6:1 P119 `bed` is a name of the vocabulary and cannot name an item group"
    ],
    HEAD + '[values.level]\nspecial = "特等"\n' + RULES: [
        "5:9 P110 unknown key `level` in `values`"
    ],
    HEAD + '[codes]\nlocal = [{ prefix = "市", length = 3, title = "x" }]\n' + RULES: [
        "6:21 K108 `prefix` must be letters, digits, `.`, `_` or `-`, no longer than `length`, "
        'found `"市"`'
    ],
    HEAD + '[national]\noverlmt_dspo_way = { "1" = "excesses" }\n' + RULES: [
        '6:28 P210 `1` must be one of `excess`, `all`, found `"excesses"`'
    ],
    HEAD + "[national]\nno_ceiling_yuan = [-1]\n" + RULES: [
        "6:20 K107 `no_ceiling_yuan` must be yuan above 0, at most ten billion, at most six "
        "decimals, found `-1`"
    ],
    HEAD.replace('title = "样例"\n', 'title = "样例"\ncite = "lists"\n') + RULES: [
        "3:8 P301 `cite` must name a source of the head, found `lists`"
    ],
    "region = [": ["1:11 P101 invalid value"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_mistake_is_told_at_its_place(text: str, expected: list[str]) -> None:
    found = told(text)
    if "P101" in expected[0]:
        assert found[0].startswith("1:11 P101")
    else:
        assert found == expected


def test_shares_may_go_by_levels_first() -> None:
    text = HEAD + RULES + GROUP + "first_share_pct = { tertiary = { resident = 9, other = 8 } }\n"
    rules, found = examine_rules_text(text, "x.rules.toml")
    assert found == []
    assert rules is not None
    assert rules.groups[0].shares[0].ppm == {
        ("resident", "tertiary"): 90_000,
        (None, "tertiary"): 80_000,
    }


def test_a_message_has_the_line_and_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "x.rules.toml"
    path.write_text(HEAD + RULES + 'order = ["first_step"]\n', encoding="utf-8")
    with pytest.raises(CatalogueFileError) as error:
        load_rules(path)
    assert str(error.value) == (
        f"{path}:10:9: error[K101]: `order` must name every step once; left out: `not_covered`, "
        "`restriction`, `quantity`, `price_ceiling`\n"
        '  10 | order = ["first_step"]\n'
        "     |         ^^^^^^^^^^^^^^\n"
        "  hint: a step that takes nothing does no harm: add it where the document has it"
    )
