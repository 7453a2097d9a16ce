"""Reading a policy: every part of the language arrives in the model as it is written."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from medsettle.policy.codes import CODES
from medsettle.policy.document import Adjust, Cite, Layer, Multiple, Policy, Source, Switch, When
from medsettle.policy.errors import PolicyError
from medsettle.policy.load import examine
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
    assert policy.bands == {"age": {"under_70": 0, "age_70_up": 70}}
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


WIDE = """
region = "999900"
scheme = "resident"
title = "示例"
year_starts = 7
rule_by = "admitted"

[source.doc]
title = "规定"

[age]
young = 0
old = 60

[months]
newcomer = 0
settled = 6

[bill_size_yuan]
small_bill = 0
large_bill = 30_000.5

[values.level]
tertiary_special = "三级特等"

[values.item]
imported_implant = "进口植入材料"

[best_of]
assistance = ["extreme_poor", "minimum_living", "unassisted"]
level = ["tertiary_special", "tertiary"]

[[indicator.average_wage]]
from = 2024-07-01
yuan = 140_000
cite = "doc#工资"

[[indicator.average_wage]]
from = 2020-01-01
until = 2024-07-01
yuan = 134_256
cite = "doc#工资"

[period.ninety_days]
days = 90
cite = "doc#结算"

[[benefit.inpatient]]
from = 2020-01-01
cite = "doc"
layers = ["main"]
all_funds_at_most_pct = 90

[[layer.main]]
fund = "pooled"
from = 2020-01-01
cite = "doc#一"
provenance = "unverified"
base = ["item.imported_implant", "item.class_b", "first_step"]
first_share_pct = { tertiary_special = 10, other = 5 }
bands_per = "stay"
measured_each = "level"
bands = [{ upto_yuan = { of = "average_wage", times = 1 }, share_pct = 80 }, { share_pct = 90 }]
"""
DEDUCTIBLE = """
deductible = { per = "ninety_days", amount_yuan = 800, later_pct = [50, 0], at_least_yuan = 100, \
visits_each = "level", continued_counts = true, used_each = "disease", waived_after = "main.cost", \
cap = { per = "year", yuan = { of = "average_wage", pct = 5, round_to_yuan = 10 } } }
"""
CEILINGS = """
adjust = [
  { at_most_pct = { young = 85, old = 95 } },
  { when = { bill_size = "large_bill" }, deductible_at_most_yuan = 2_000 },
]
ceilings = [
  { per = "bed_day", pay_yuan = 300 },
  { per = "year", cost_yuan = 9, when = { months = "settled" }, used_each = "disease", \
adjust = [{ times = 1.5 }, { when = { age = "old" }, plus_yuan = -5, cite = "doc#二" }] },
  { balance = "own_account.balance" },
]
"""


def test_names_of_the_policys_own() -> None:
    policy = read(WIDE)
    assert policy.bands == {
        "age": {"young": 0, "old": 60},
        "months": {"newcomer": 0, "settled": 6},
        "bill_size": {"small_bill": 0, "large_bill": 3_000_050},
    }
    item = {"imported_implant": "进口植入材料"}
    assert policy.values == {"level": {"tertiary_special": "三级特等"}, "item": item}
    assert policy.axis_values("level")[-1] == "tertiary_special"
    assert policy.best_of == {
        "assistance": ("extreme_poor", "minimum_living", "unassisted"),
        "level": ("tertiary_special", "tertiary"),
    }
    assert (policy.year_starts, policy.rule_by) == (7, "admitted")
    assert policy.periods["ninety_days"].days == 90
    assert policy.periods["ninety_days"].start == "ninety_days.start"
    amounts = [(one.from_.year, one.amount) for one in policy.indicators["average_wage"]]
    assert amounts == [(2020, 13_425_600), (2024, 14_000_000)]
    assert policy.benefits["inpatient"][0].all_funds_at_most == Fraction(9, 10)


def test_measure_and_first_share() -> None:
    layer = read(WIDE).layers["main"][0]
    assert layer.first_share == Switch(
        "level", {"tertiary_special": Fraction(1, 10)}, Fraction(1, 20)
    )
    assert (layer.bands_per, layer.measured_each) == ("stay", "level")
    upto = layer.bands[0].upto
    assert isinstance(upto, Multiple)
    assert (upto.of, upto.factor, upto.step) == ("average_wage", 1, 0)


def test_deductible_that_goes_by_ordinal_and_window() -> None:
    found = read(WIDE + DEDUCTIBLE).layers["main"][0].deductible
    assert found is not None
    assert (found.per, found.amounts) == ("ninety_days", (Fraction(80_000),))
    assert (found.later, found.floor, found.step_down) == ((Fraction(1, 2), 0), 10_000, None)
    assert (found.visits, found.visits_each, found.continued_counts) == (
        "main.visits",
        "level",
        True,
    )
    assert (found.used, found.used_each) == ("main.deductible", "disease")
    assert found.waived_after == "main.cost"
    assert found.cap is not None
    assert (found.cap.per, found.cap.used, found.cap.each) == ("year", "main.deductible_cap", "")
    limit = found.cap.limit
    assert isinstance(limit, Multiple)
    assert (limit.factor, limit.step) == (Fraction(1, 20), 1_000)
    assert found.counts_visits


def test_deductible_that_falls_with_every_visit() -> None:
    text = 'deductible = { per = "visit", amount_yuan = 500, each_later_minus_yuan = 100 }'
    found = read(f"{WIDE}\n{text}").layers["main"][0].deductible
    assert found is not None
    assert (found.step_down, found.later, found.counts_visits) == (10_000, (), True)


def test_ceilings_and_adjustments_of_every_kind() -> None:
    layer = read(WIDE + CEILINGS).layers["main"][0]
    always, large = layer.adjust
    assert always.when == When()
    assert always.value == Switch("age", {"young": Fraction(17, 20), "old": Fraction(19, 20)})
    assert (large.change, large.value) == ("deductible_at_most", 200_000)
    day, year, balance = layer.ceilings
    assert (day.per, day.on, day.limit) == ("bed_day", "pay", 30_000)
    assert year.when == When({"months": frozenset(["settled"])})
    assert (year.used, year.each) == ("main.cost", "disease")
    changes = [(one.change, one.value, one.cite) for one in year.adjust]
    cites = (Cite("doc", "一"), Cite("doc", "二"))
    assert changes == [("times", Fraction(3, 2), cites[0]), ("plus", -500, cites[1])]
    assert (balance.on, balance.used, balance.per) == ("balance", "own_account.balance", "lifetime")


AMENDING = """
[[layer.main]]
amends = 2020-01-01
from = 2024-01-01
cite = "doc#新"
ceilings = []
base = ["in_scope"]

[[layer.main]]
amends = 2024-01-01
from = 2025-01-01
cite = "doc#更新"
first_share_pct = 1
"""


def test_amending_overlays_what_is_written() -> None:
    old, new, newest = read(WIDE + CEILINGS + AMENDING).layers["main"]
    assert (old.until, new.until, newest.until) == (new.from_, newest.from_, None)
    assert (old.base[0], new.base, newest.base) == (
        "item.imported_implant",
        ("in_scope",),
        ("in_scope",),
    )
    assert (len(old.ceilings), new.ceilings, newest.ceilings) == (3, (), ())
    assert (new.first_share, newest.first_share) == (old.first_share, Fraction(1, 100))
    assert (new.cite, newest.cite) == ((Cite("doc", "新"),), (Cite("doc", "更新"),))
    assert new.bands == newest.bands == old.bands
    assert newest.adjust == old.adjust, "an adjustment keeps its clause"
    assert newest.place.line > new.place.line > old.place.line


def test_an_amending_version_ends_when_the_amended_did() -> None:
    text = WIDE.replace("from = 2020-01-01\ncite = \"doc#一\"",
                        "from = 2020-01-01\nuntil = 2030-01-01\ncite = \"doc#一\"")  # fmt: skip
    old, new, newest = read(text + CEILINGS + AMENDING).layers["main"]
    assert (old.until, new.until) == (new.from_, newest.from_)
    assert newest.until == dt.date(2030, 1, 1)


def test_a_benefit_may_be_amended() -> None:
    text = """
[[benefit.inpatient]]
amends = 2020-01-01
from = 2024-01-01
cite = "doc"
all_funds_at_most_pct = 95
"""
    old, new = read(WIDE + text).benefits["inpatient"]
    assert (old.until, new.layers) == (new.from_, old.layers)
    assert new.all_funds_at_most == Fraction(95, 100)


NATION = """
region = "000000"
scheme = "resident"
title = "国家"

[source.nation]
title = "国办文件"

[source.idle]
title = "与此无关"

[values.cohort]
pioneer = "老工人"
idler = "其他"

[[indicator.income]]
from = 2020-01-01
yuan = 40_000
cite = "nation#九"

[[layer.aid]]
fund = "assistance"
from = 2020-01-01
cite = "nation#一"
provenance = "unverified"
base = ["rest"]
bands = [{ share_pct = { pioneer = 50, other = 40 } }]
ceilings = [{ per = "year", pay_yuan = { of = "income", times = 1 } }]

[[layer.idle]]
fund = "other"
from = 2020-01-01
cite = "idle"
provenance = "unverified"
base = ["copay"]
bands = [{ share_pct = 10 }]
"""
CITY = """
region = "999900"
scheme = "resident"
title = "某市"
inherits = "000000/resident"

[source.doc]
title = "办法"

[[benefit.inpatient]]
from = 2020-01-01
cite = "doc"
layers = ["main", "aid"]

[[layer.main]]
fund = "pooled"
from = 2020-01-01
cite = "doc"
provenance = "unverified"
base = ["in_scope"]
bands = [{ share_pct = 50 }]
"""


def city(folder: Path, text: str = CITY, nation: str = NATION) -> Path:
    """Write a city's policy beside that of the nation; return its file."""
    for name, content in (("000000-nation", nation), ("999900-city", text)):
        (folder / name).mkdir()
        (folder / name / "resident.toml").write_text(content, encoding="utf-8")
    return folder / "999900-city" / "resident.toml"


def test_what_is_listed_and_not_written_is_inherited(tmp_path: Path) -> None:
    policy, found = examine(city(tmp_path))
    assert found == []
    assert policy is not None
    assert list(policy.layers) == ["main", "aid"]
    assert list(policy.sources) == ["doc", "nation"]
    assert policy.values == {"cohort": {"pioneer": "老工人", "idler": "其他"}}
    assert policy.indicators["income"][0].amount == 4_000_000
    assert policy.layers["aid"][0].place.file.endswith("000000-nation/resident.toml")


def test_an_inherited_layer_may_be_amended(tmp_path: Path) -> None:
    text = '[[layer.aid]]\namends = 2020-01-01\nfrom = 2023-01-01\ncite = "doc"\nbase = ["copay"]\n'
    policy = read_policy(city(tmp_path, f"{CITY}\n{text}"))
    old, new = policy.layers["aid"]
    assert (old.until, new.base, new.bands) == (new.from_, ("copay",), old.bands)
    assert new.place.file != old.place.file


def test_mistakes_in_what_is_inherited_are_told_where_they_stand(tmp_path: Path) -> None:
    file = city(tmp_path, nation=NATION.replace("pioneer = 50", "pioneer = 500"))
    (mistake,) = examine(file)[1]
    assert mistake.code == "P207"
    assert mistake.place.file == str(tmp_path / "000000-nation" / "resident.toml")
    assert mistake.excerpt == "bands = [{ share_pct = { pioneer = 500, other = 40 } }]"


def test_a_nation_alone_needs_no_benefits(tmp_path: Path) -> None:
    city(tmp_path)
    policy, found = examine(tmp_path / "000000-nation" / "resident.toml")
    assert policy is not None
    assert (found, list(policy.layers)) == ([], ["aid", "idle"])


@pytest.mark.parametrize(
    ("inherits", "reason"),
    [
        ("000000/employee", "there is no `000000-nation/employee.toml`"),
        ("999900/resident", "it inherits from itself"),
    ],
)
def test_what_cannot_be_inherited(tmp_path: Path, inherits: str, reason: str) -> None:
    (mistake, *_) = examine(city(tmp_path, CITY.replace("000000/resident", inherits)))[1]
    assert mistake.code == "P124"
    assert mistake.message.endswith(reason)


def test_a_circle_of_inheritance(tmp_path: Path) -> None:
    nation = NATION.replace("[source.nation]", 'inherits = "999900/resident"\n[source.nation]')
    found = examine(city(tmp_path, nation=nation))[1]
    assert [one.code for one in found] == ["P124"]
    assert "it inherits from itself" in found[0].message


def test_a_text_without_a_file_inherits_nothing() -> None:
    found = read_policy_text(CITY, "x.toml")[1]
    assert [one.code for one in found] == ["P124"]
    assert "a text without a file" in found[0].message
