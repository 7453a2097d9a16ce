"""What conditions and heads say shortly: everybody but, and whom all benefits serve."""

from __future__ import annotations

from tests.shapes.harness import diagnose, shape

ALL_BUT_CANCER = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { disease = { not = ["cancer"] } }
    bands = [{ share_pct = 80 }]
"""


def test_all_but_the_listed_values() -> None:
    person = shape(ALL_BUT_CANCER)
    assert person.visit(100, disease="diabetes").pooled == 80
    assert person.visit(100).pooled == 80
    assert person.visit(100, disease="cancer").pooled == 0


def test_not_names_known_values_and_some() -> None:
    assert diagnose(ALL_BUT_CANCER) == []
    assert diagnose(ALL_BUT_CANCER.replace('"cancer"', '"gout"')) == ["P210"]
    assert diagnose(ALL_BUT_CANCER.replace('["cancer"]', "[]")) == ["P115"]
    assert "P110" in diagnose(ALL_BUT_CANCER.replace("not =", "but ="))


SERVES_TWICE = """
    [[benefit.inpatient]]
    from = 2020-01-01
    cite = "doc"
    layers = ["pool"]
    serves = { level = "tertiary" }

    [[benefit.outpatient]]
    from = 2020-01-01
    cite = "doc"
    layers = ["pool"]
    serves = { place = ["local", "referred"] }

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 80 }]
"""


def test_the_head_says_whom_all_benefits_serve() -> None:
    person = shape(SERVES_TWICE, head='serves = { place = "local" }')
    assert person.visit(100, level="tertiary").pooled == 80
    assert person.visit(100, level="tertiary", place="referred").refused == "no_figure"
    assert person.visit(100, level="primary").refused == "no_figure"
    # on an axis that a benefit names itself, its own word holds
    assert person.visit(100, benefit="outpatient", place="referred").pooled == 80
    assert person.visit(100, benefit="outpatient", place="unfiled").refused == "no_figure"
