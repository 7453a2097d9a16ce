"""`medsettle explain` with pages, files, catalogues and tills."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from medsettle.bill.image import build_image
from medsettle.cli import main
from tests.slip.bills import EXAMPLES, LINES, SCAN, noun, stay
from tests.slip.html_page import Page

CLAIM = {"date": "2025-06-01", "benefit": "inpatient", "level": "tertiary", "status": "retired",
         "days": 3}  # fmt: skip
TOWN = ["--policy", str(EXAMPLES / "town.toml")]
STAY = str(EXAMPLES / "town-stay.json")


def lines() -> list[dict[str, Any]]:
    """Return the lines of the stay as JSON tells them."""
    found = []
    for line in LINES:
        price, quantity = Decimal(line.price_e6).scaleb(-6), Decimal(line.quantity_e4).scaleb(-4)
        told = {"code": line.code, "price": str(price), "quantity": str(quantity), "id": line.id}
        found.append({**told, **({"returns": line.returns} if line.returns else {})})
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "x.msc").write_bytes(build_image(noun()))
    message = {"claim": {**CLAIM, "lines": lines()}}
    (tmp_path / "bill.json").write_text(json.dumps(message), encoding="utf-8")
    return tmp_path


def explain(folder: Path, *more: str) -> int:
    given = ["--policy", "110000/employee", str(folder / "bill.json")]
    return main(["explain", *given, "--catalogue", str(folder / "x.msc"), *more])


def test_a_page_into_a_file(tmp_path: Path) -> None:
    out = tmp_path / "slip.html"
    assert main(["explain", *TOWN, STAY, "--html", "-o", str(out), "--person", "某人"]) == 0
    page = Page(out.read_text(encoding="utf-8"))
    assert "某人" in page.text
    assert "13,235.44" in page.text
    assert [path.name for path in tmp_path.iterdir()] == ["slip.html"]


def test_a_page_to_stdout(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["explain", *TOWN, STAY, "--html", "--lang", "en"]) == 0
    Page(capsysbinary.readouterr().out.decode("utf-8"))


def test_text_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "slip.txt"
    assert main(["explain", *TOWN, STAY, "-o", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["explain", *TOWN, STAY]) == 0
    assert out.read_text(encoding="utf-8") == capsys.readouterr().out


def test_a_file_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "slip.html"
    out.write_text("mine", encoding="utf-8")
    args = ["explain", *TOWN, STAY, "--html", "-o", str(out)]
    assert main(args) == 1
    assert "--force" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine"
    assert main([*args, "--force"]) == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_refused_claim_leaves_no_file(tmp_path: Path) -> None:
    claim = tmp_path / "claim.json"
    claim.write_text(json.dumps({**CLAIM, "in_scope": 1.005}), encoding="utf-8")
    out = tmp_path / "slip.html"
    args = ["explain", "--policy", "110000/employee", str(claim), "--html", "-o", str(out)]
    assert main(args) == 1
    assert not out.exists()


def test_a_person_only_on_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *TOWN, STAY, "--person", "somebody"]) == 2
    told = capsys.readouterr()
    assert "--html" in told.err
    assert "somebody" not in told.err + told.out


@pytest.mark.parametrize("html", [[], ["--html"]])
def test_lines_are_split_by_the_catalogue(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], html: list[str]
) -> None:
    settlement, bill = stay()
    assert explain(folder, *html) == 0
    told = capsysbinary.readouterr().out.decode()
    assert told == (settlement.page(bill=bill) if html else settlement.explain(bill=bill))


def test_the_till(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settlement, _ = stay()
    assert explain(folder, "--till", "yuan", "--lang", "en") == 0
    (told,) = [line for line in capsys.readouterr().out.splitlines() if "taken at" in line]
    cash = (settlement.cash_fen + 50) // 100
    assert told.split()[-1] == f"{cash:,}.00"


def test_a_line_that_the_catalogue_refuses(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = {"claim": {**CLAIM, "lines": [{"code": "nobody's", "price": 1, "quantity": 1}]}}
    (folder / "bill.json").write_text(json.dumps(message), encoding="utf-8")
    assert explain(folder) == 1
    told = capsys.readouterr().err
    assert "C115" in told
    assert told.startswith("note: the catalogue is of region 990000, the policy of region 110000\n")
    assert len(told.splitlines()) == 2


def test_a_catalogue_that_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "x.msc").write_bytes(b"no catalogue")
    assert explain(folder) == 1
    assert "not a catalogue image" in capsys.readouterr().err
    (folder / "x.msc").unlink()
    assert explain(folder) == 1
    assert "no such file" in capsys.readouterr().err


def test_amounts_that_are_stated_are_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {
        "claim": {**CLAIM, "in_scope": 1, "lines": [{"code": SCAN, "price": "1.5", "quantity": 2}]}
    }
    (folder / "bill.json").write_text(json.dumps(told), encoding="utf-8")
    assert explain(folder) == 1
    assert "C113" in capsys.readouterr().err
