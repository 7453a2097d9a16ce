"""Nothing of a person's identity in an error or a repr, even where columns are mixed up."""

from __future__ import annotations

import datetime as dt
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import medsettle as ms
from medsettle.cli import main
from medsettle.entitlement import Enrolment, entitlement
from medsettle.refusal import harmless

EMPLOYEE = "110000/employee"
EXAMPLES = Path(__file__).parents[2] / "examples" / "catalogue"
#: A certificate, old and new, a telephone, names.
SECRETS = ("110101193107230017", "110101310723001", "13900001111", "张三丰", "Zhang Sanfeng")
GOOD: dict[str, Any] = {
    "date": "2025-03-03", "benefit": "inpatient", "level": "tertiary", "status": "active",
    "in_scope": "10.00",
}  # fmt: skip
#: What a claim itself is about may be shown: the id of a visit, and `person` never is.
FIELDS = sorted(
    {name.removesuffix("_fen") for name in ms.Claim.__struct_fields__} - {"id", "person"}
)


def told(act: Callable[[], object]) -> str:
    """All that somebody may print of what comes of an act: the error, or the repr."""
    try:
        found = act()
    except Exception as error:
        text = "".join(traceback.format_exception(error))  # with what it came from
        return f"{text} {error!s} {error!r} {error.args!r} {vars(error)!r}"
    return f"{found} {found!r}"


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load(EMPLOYEE)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("field", FIELDS)
def test_a_secret_in_a_wrong_field_of_a_claim(
    field: str, secret: str, table: ms.BenefitTable
) -> None:
    def settle() -> object:
        return table.settle(ms.Claim.from_yuan(**{**GOOD, "person": secret, field: secret}))

    assert secret not in told(settle)
    if secret.isdigit():
        number = int(secret)
        plain = {"date": dt.date(2025, 3, 3), "benefit": "inpatient", "in_scope_fen": 1}
        assert secret not in told(
            lambda: table.settle(ms.Claim(**{**plain, field: number}))  # type: ignore[arg-type]
        )


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("field", FIELDS)
def test_a_secret_in_a_wrong_field_of_json(field: str, secret: str, table: ms.BenefitTable) -> None:
    for value in (secret, int(secret)) if secret.isdigit() else (secret,):
        data = json.dumps({"claim": {**GOOD, field: value}}, ensure_ascii=False).encode()
        assert secret not in told(lambda data=data: table.settle_json(data))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "field", ["price", "quantity", "amount", "date", "returns", "approval", "herb_use"]
)
def test_a_secret_in_a_wrong_field_of_a_line(
    field: str, secret: str, table: ms.BenefitTable
) -> None:
    catalogue = ms.Catalogue.from_files(
        EXAMPLES / "sample.items.csv", EXAMPLES / "sample.rules.toml"
    )
    line: dict[str, Any] = {"code": "XA02BCA901A001010199001", "price": "1", "quantity": "1"}
    claim = ms.Claim.from_yuan(**{**GOOD, "in_scope": 0, "person": secret})

    def split() -> object:
        return catalogue.split(claim, [ms.FeeLine.from_yuan(**{**line, field: secret})], table)

    assert secret not in told(split)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_ledger_and_what_it_refuses(secret: str, table: ms.BenefitTable) -> None:
    ledger = ms.Ledger(table, person=secret)
    claim = ms.Claim.from_yuan(**GOOD, id="A", person=secret)
    other = ms.Claim.from_yuan(**GOOD, id="B", person="somebody else")
    stranger = ms.Claim.from_yuan(**GOOD, id="C", person=secret + "0")
    ledger_of_other = ms.Ledger(table, person="somebody else")
    kept = ledger.to_json()
    acts: list[Callable[[], object]] = [
        lambda: ledger,
        lambda: ledger.settle(claim),
        lambda: ledger.settle(other),
        lambda: ledger.settle(stranger),
        lambda: ledger_of_other.settle(claim),
        lambda: (ledger.rows, ledger.claims, ledger.settlements, ledger.sums, ledger.preview),
        lambda: ledger.identity("2025-05-01", status=secret),
        lambda: ledger.identity(secret, status="retired"),
        lambda: ledger.deposit(secret, 100),
        lambda: ms.Ledger.from_json(kept[:-30], table),
        lambda: ms.Ledger.from_json(kept.replace(b'"format"', b'"formal"'), table),
    ]
    for act in acts:
        assert secret not in told(act)
    assert secret in ledger.to_json().decode(), "the file is the caller's own"


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("field", ["region", "scheme", "standing", "enrolled_from"])
def test_a_secret_in_a_wrong_field_of_an_enrolment(
    field: str, secret: str, table: ms.BenefitTable
) -> None:
    claim = ms.Claim.from_yuan(**GOOD, person=secret)
    said: dict[str, Any] = {"region": "110000", "scheme": "employee"} | {field: secret}
    assert secret not in told(lambda: entitlement(table, claim, [Enrolment(**said)]))


@pytest.mark.parametrize("secret", SECRETS)
def test_the_command_line_repeats_no_shifted_cell(
    secret: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rejected row itself goes into the file that is asked for; the log and reason say none."""
    names = ["person", *GOOD]
    cells = ["P1", *GOOD.values()]
    shifted = [[*cells[:at], secret, *cells[at + 1 :]] for at in range(len(names))]
    claims = tmp_path / "in.csv"
    claims.write_text("\n".join(map(",".join, [names, *shifted])), encoding="utf-8")
    out = tmp_path / "out.csv"
    main(["settle", str(claims), "--policy", EMPLOYEE, "-o", str(out)])
    said = capsys.readouterr()
    assert "rejected" in said.err
    assert secret not in said.err + said.out


@pytest.mark.parametrize(
    "found",
    ["tertary", "2025-02-30", "1e308", "¥580", "１２", 1.1, 3982.0200000000004, -5, True, "x" * 70],
)
def test_what_helps_is_shown(found: object) -> None:
    assert harmless(found)
    assert harmless(999_999_999_999, "in_scope_fen"), "an amount may be long"
    assert not harmless(999_999_999_999, "days")
