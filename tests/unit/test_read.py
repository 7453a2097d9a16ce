"""Reading a policy: every part of the language arrives in the model as it is written."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from medsettle.policy.codes import CODES
from medsettle.policy.document import Adjust, Cite, Layer, Policy, Source, Switch, When
from medsettle.policy.errors import PolicyError
from medsettle.policy.read import read_policy, read_policy_text

TEXT = """
region = "110000"
scheme = "employee"
title  = " 示例 "

[source.order158]
number = "第158号"
title  = "规定"
issued = 2005-06-06
url    = "https://example.cn"
note   = "注"

[age]
under_70  = 0
age_70_up = 70

[[benefit.inpatient]]
from   = 2020-01-01
cite   = "order158"
layers = ["main", "top"]

[[benefit.inpatient]]
from   = 2005-06-06
until  = 2020-01-01
cite   = ["order158#一", "order158#二"]
layers = ["main"]

[[layer.main]]
fund       = "pooled"
from       = 2005-06-06
cite       = "order158#第三十六条"
provenance = "verified"
note       = "…"
base       = ["in_scope", "first_step"]
serves     = { status = ["active", "retired"], age = "age_70_up" }
deductible = { per = "year", amount_yuan = [1_300, { tertiary = 650.5, other = 0 }] }
bands_per  = "year"
bands = [
  { upto_yuan = 3e4, share_pct = { community = 90, other = { under_70 = 85.25, age_70_up = 90 } } },
  { share_pct = 97 },
]
adjust = [
  { when = { status = "retired" }, person_share_times = 0.6 },
  { when = { level = "tertiary" }, add_points_pct = -5, cite = "order158#五" },
  { when = { level = "tertiary" }, deductible_plus_yuan = -100.5 },
]
ceilings   = [{ per = "year", pay_yuan = 100_000 }, { per = "visit", cost_yuan = 1, }]
hands_over = "payment"
rounding   = "band"

[[layer.top]]
fund       = "large_amount"
from       = 2020-01-01
cite       = "order158"
provenance = "unverified"
base       = ["main.over_ceiling"]
tops_up    = ["main"]
deductible = { per = "month", amount_yuan = [10, 5], visits = "stays.visits", used = "top.borne" }
bands_per  = "month"
measured   = "top_cost"
bands      = [{ share_pct = 80 }]
ceilings   = [{ per = "year", pay_yuan = 100_000, used = "main.pay" }]
""".replace("1, }", "1 }")


def read(text: str = TEXT) -> Policy:
    """Read a text that must be well written."""
    policy, found = read_policy_text(text, "x.toml")
    assert found == []
    assert policy is not None
    return policy


def version(name: str) -> Layer:
    """Return the only version of a layer of TEXT."""
    return read().layers[name][0]


def test_head() -> None:
    policy = read()
    assert (policy.region, policy.scheme, policy.title) == ("110000", "employee", "示例")
    assert (policy.name, policy.file) == ("110000/employee", "x.toml")
    assert policy.age_bands == {"under_70": 0, "age_70_up": 70}
    day = dt.date(2005, 6, 6)
    source = Source("order158", "规定", "第158号", day, "https://example.cn", "注")
    assert policy.sources == {"order158": source}


def test_versions_of_a_benefit_ascend_whatever_their_order_in_the_file() -> None:
    older, newer = read().benefits["inpatient"]
    assert (older.from_, older.until) == (dt.date(2005, 6, 6), dt.date(2020, 1, 1))
    assert older.cite == (Cite("order158", "一"), Cite("order158", "二"))
    assert (newer.until, newer.layers, newer.cite) == (None, ("main", "top"), (Cite("order158"),))
    assert (newer.place.line, newer.place.column, newer.place.width) == (17, 3, 17)


def test_amounts_are_fen_and_shares_are_fractions_of_one() -> None:
    layer = version("main")
    assert layer.deductible is not None
    zero_or_more = Switch("level", {"tertiary": Fraction(65_050)}, Fraction(0))
    assert layer.deductible.amounts == (Fraction(130_000), zero_or_more)
    assert layer.bands[0].upto == Fraction(3_000_000)
    ages = Switch("age", {"under_70": Fraction(8525, 10_000), "age_70_up": Fraction(9, 10)})
    assert layer.bands[0].share == Switch("level", {"community": Fraction(9, 10)}, ages)
    assert layer.bands[1].upto is None
    assert [ceiling.limit for ceiling in layer.ceilings] == [10_000_000, 100]


def test_adjustments() -> None:
    layer = version("main")
    retired = When({"status": frozenset(["retired"])})
    tertiary = When({"level": frozenset(["tertiary"])})
    own, places = Cite("order158", "第三十六条"), [adjust.place for adjust in layer.adjust]
    assert layer.adjust == (
        Adjust(retired, "person_share_times", Fraction(3, 5), own, places[0]),
        Adjust(tertiary, "add_points", Fraction(-1, 20), Cite("order158", "五"), places[1]),
        Adjust(tertiary, "deductible_plus", Fraction(-10_050), own, places[2]),
    )


def test_condition_on_several_axes() -> None:
    served = {"status": frozenset(["active", "retired"]), "age": frozenset(["age_70_up"])}
    assert version("main").serves == When(served)
    assert version("top").serves == When()


def test_counters_have_default_names() -> None:
    main, top = version("main"), version("top")
    assert main.deductible is not None
    assert top.deductible is not None
    assert (main.deductible.visits, main.deductible.used) == ("main.visits", "main.deductible")
    assert [ceiling.used for ceiling in main.ceilings] == ["main.pay", "main.cost"]
    assert main.measured == "main.measured"
    assert (top.deductible.visits, top.deductible.used) == ("stays.visits", "top.borne")
    assert (top.measured, top.ceilings[0].used) == ("top_cost", "main.pay")


def test_defaults_of_a_layer() -> None:
    main, top = version("main"), version("top")
    assert (main.hands_over, main.rounding, main.bands_per) == ("payment", "band", "year")
    assert (top.hands_over, top.rounding, top.note) == ("cost", "layer", "")
    assert top.tops_up == ("main",)


def test_all_mistakes_are_told_at_once_and_in_order() -> None:
    text = TEXT.replace('"110000"', "110000").replace("97", "970").replace('"band"', '"bands"')
    policy, found = read_policy_text(text, "x.toml")
    assert policy is None
    assert [diagnostic.code for diagnostic in found] == ["P201", "P207", "P210"]


def test_lines_may_end_as_on_windows() -> None:
    assert read(TEXT.replace("\n", "\r\n")) == read()


def test_every_hint_of_the_registry_can_be_filled() -> None:
    for entry in CODES.values():
        assert entry.severity in {"error", "warning"}
        assert entry.message == entry.message.strip()


def test_read_policy_raises_with_all_diagnostics(tmp_path: Path) -> None:
    path = tmp_path / "employee.toml"
    path.write_text(TEXT.replace('"110000"', '"11"').replace("97", "-1"), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"employee\.toml:2:10: error\[P201\]") as caught:
        read_policy(path)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["P201", "P207"]


def test_read_policy_returns_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "employee.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_policy(path).name == "110000/employee"
