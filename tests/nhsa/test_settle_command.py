"""`medsettle nhsa settle`: files in, answers out, and what the insurer knows read from lines."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from medsettle.cli import main
from medsettle.model import YearToDate
from medsettle.nhsa.known import read_known
from medsettle.nhsa.profiles import profile
from medsettle.nhsa.refusing import MessageError
from tests.nhsa.test_desk_hostile import CALLS, PSN
from tests.nhsa.ward import HOSPITAL, catalogue

PERSON = {
    "baseinfo": {"psn_no": PSN, "gend": "1", "age": 54, "brdy": "1970-05-05"},
    "insuinfo": [
        {
            "balc": "100.00", "insutype": "310", "psn_type": "11", "cvlserv_flag": "0",
            "insuplc_admdvs": "110108", "psn_insu_stas": "1",
        }
    ],
}  # fmt: skip
PLACE = {"fixmedins_code": HOSPITAL, "fixmedins_name": "a hospital", "dedc_hosp_lv": "3"}


def lines(*bodies: Any) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "calls.jsonl").write_bytes(lines(*CALLS))
    (tmp_path / "known.jsonl").write_bytes(lines(PERSON, PLACE))
    ward = catalogue()
    (tmp_path / "items.msc").write_bytes(bytes(ward.image))
    return tmp_path


def run(files: Path, *more: str, calls: str = "calls.jsonl", known: str = "known.jsonl") -> int:
    return main(
        [
            "nhsa", "settle", str(files / calls), "--policy", "110000/employee",
            "--catalogue", str(files / "items.msc"), "--known", str(files / known),
            "-o", str(files / "replies.jsonl"), *more,
        ]
    )  # fmt: skip


def replies(files: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (files / "replies.jsonl").read_bytes().splitlines()]


def test_a_session_is_answered_line_by_line(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files) == 0
    found = replies(files)
    assert [one["inf_refmsgid"] for one in found] == [call["msgid"] for call in CALLS]
    assert {one["infcode"] for one in found} == {"0"}
    assert capsys.readouterr().err == f"{len(CALLS)} calls carried out, 0 refused\n"
    assert main(["nhsa", "check", str(files / "replies.jsonl")]) in (0, 1)


def test_refused_calls_are_answers_and_told_by_the_exit_code(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = [json.dumps(call).encode() for call in CALLS]
    calls[3:3] = [b"{", b"\xff", b'{"infno":"2402","msgid":"M"}', b""]
    (files / "calls.jsonl").write_bytes(b"\n".join(calls))
    assert run(files) == 3
    assert [one["infcode"] for one in replies(files)[3:6]] == ["-1"] * 3
    assert "3 refused" in capsys.readouterr().err
    assert run(files) == 1
    assert "exists already" in capsys.readouterr().err
    assert run(files, "--force") == 3


def test_what_cannot_be_read_leaves_no_answers(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "known.jsonl").write_bytes(lines(PERSON, PLACE, PERSON))
    assert run(files) == 1
    told = capsys.readouterr().err
    assert "row 3" in told
    assert "N205" in told
    assert PSN not in told
    (files / "items.msc").write_bytes(b"nothing")
    (files / "known.jsonl").write_bytes(lines(PERSON, PLACE))
    assert run(files) == 1
    assert run(files, "--profile", "atlantis") == 2
    (files / "m.toml").write_text("dise_codg = 3")
    assert run(files, "--meanings", str(files / "m.toml")) == 1
    assert not (files / "replies.jsonl").exists()


def test_meanings_are_laid_over(files: Path) -> None:
    visit = [{**call, "msgid": f"X{at}"} for at, call in enumerate(CALLS[1:3])]
    visit[1]["input"]["mdtrtinfo"]["med_type"] = "9901"
    (files / "calls.jsonl").write_bytes(lines(*visit))
    assert run(files) == 3
    (files / "m.toml").write_text('[med_type]\n9901 = "outpatient"\n')
    assert run(files, "--force", "--meanings", str(files / "m.toml")) == 0


def test_a_line_that_is_too_long_is_one_refused_call(files: Path) -> None:
    with (files / "calls.jsonl").open("wb") as out:
        out.write(b'{"x":"' + b"y" * (21 * 1024 * 1024) + b'"}\n')
        out.write(lines(CALLS[0]))
    assert run(files) == 3
    assert [one["infcode"] for one in replies(files)] == ["-1", "0"]


def test_everything_that_an_insurer_may_know_is_read() -> None:
    person = {
        "output": PERSON,
        "infcode": 0,
        "err_msg": "",
        "filings": [{"biz_appy_type": "08", "begndate": "2025-01-01", "enddate": ""}],
        "stated": {"tier": "tier_1", "months": 13, "assistance": ["orphan", "low_income"]},
        "family_balc": "12.34",
        "opening": {"last_date": "2025-01-02", "counters": {"inpatient_pooled.visits": 1}},
        "waiting_until": "2025-05-01",
    }
    place = {**PLACE, "stated": {"level": "primary"}, "from": "2020-01-01", "until": "2026-01-01"}
    (found,), (hospital,) = read_known([*lines(person, place).splitlines(), b""], profile())
    assert found.baseinfo.psn_no == PSN
    assert found.filings[0].holds(dt.date(2030, 1, 1))
    assert found.stated == {"tier": "tier_1", "months": 13, "assistance": ("orphan", "low_income")}
    assert found.family_fen == 1234
    assert found.opening == YearToDate(dt.date(2025, 1, 2), {"inpatient_pooled.visits": 1})
    assert found.waiting_until == dt.date(2025, 5, 1)
    assert (hospital.from_, hospital.until) == (dt.date(2020, 1, 1), dt.date(2026, 1, 1))
    assert hospital.stated == {"level": "primary"}


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"insuinfo": None}, "N106", "insuinfo"),
        ({"baseinfo": {"gend": "1"}}, "N106", "baseinfo.psn_no"),
        ({"name": "somebody"}, "N112", ""),
        ({"filings": {}}, "N107", "filings"),
        ({"filings": [{"biz_appy_type": "08"}]}, "N106", "filings[1]"),
        ({"filings": [{"biz_appy_type": "08", "begndate": "2025-13-01"}]}, "N111", "filings[1]"),
        ({"stated": {"in_scope_fen": 3}}, "N112", "stated"),
        ({"stated": {"tier": {}}}, "N107", "stated.tier"),
        ({"stated": []}, "N107", "stated"),
        ({"family_balc": "1.234"}, "N109", "family_balc"),
        ({"opening": {"counters": {"a": "1"}}}, "N107", "opening.counters"),
        ({"opening": {"counters": {"a": 1.5}}}, "N107", "opening.counters"),
        ({"waiting_until": "soon"}, "N111", "waiting_until"),
        ({"fixmedins_code": "H"}, "N112", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_row(changed: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(MessageError) as caught:
        read_known(lines(PLACE, {**PERSON, **changed}).splitlines(), profile())
    assert (caught.value.code, caught.value.row) == (code, 2)
    assert caught.value.field.startswith(field)
    assert PSN not in str(caught.value)
