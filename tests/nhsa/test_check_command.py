"""`medsettle nhsa check` and `codes`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from medsettle.cli import main
from tests.nhsa.messages import BORN, CERTIFICATE, NAME, PERSON, REPLIES, REQUESTS, as_json

SAMPLES = Path(__file__).parent / "samples"
GOOD = sorted(str(path) for path in SAMPLES.glob("*.json") if path.stem != "S-M")


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(["nhsa", *args])
    out, err = capsys.readouterr()
    return code, out, err


def write(folder: Path, name: str, *messages: Any) -> str:
    path = folder / name
    path.write_bytes(b"\n".join(map(as_json, messages)))
    return str(path)


def settlement(**others: Any) -> dict[str, Any]:
    return {"medfee_sumamt": 5, "fund_pay_sumamt": 2, "psn_part_amt": 3, **others}


def test_good_messages_pass(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", *GOOD)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith(f"{len(GOOD) + 3} messages, 0 failed")


def test_a_failing_identity_is_told_with_its_sums(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(SAMPLES / "S-M.json")
    code, out, _ = run(capsys, "check", path)
    assert code == 1
    first, second, last = out.splitlines()
    assert first.startswith(f"{path}: message 1: I2 fails by 3300.00: total = funds + person")
    assert "medfee_sumamt 3300.00, fund_pay_sumamt 0.00, psn_part_amt 0.00" in first
    assert "I3 fails by 3300.00" in second
    assert last.startswith("1 message, 2 failed")


def test_messages_may_have_names(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """All samples in one object, each by its name, breakdowns as pairs of fund and payment."""
    named: dict[str, Any] = {}
    for path in sorted(SAMPLES.glob("S-?.json")):
        message = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(message, dict):
            continue
        rows = message.get("output", message).get("setldetail", ())
        if rows and all(row.keys() == {"fund_pay_type", "fund_payamt"} for row in rows):
            message["output"]["setldetail"] = [list(row.values()) for row in rows]
        named[path.stem] = message
    assert sum('setldetail": [[' in json.dumps(one) for one in named.values()) >= 3
    code, out, _ = run(capsys, "check", write(tmp_path, "all.json", named))
    apart = run(capsys, "check", *(str(SAMPLES / f"{name}.json") for name in named))[1]
    told = [line.partition(": ")[2].partition(": ")[2] for line in out.splitlines()[:-1]]
    assert told == [line.partition(": ")[2].partition(": ")[2] for line in apart.splitlines()[:-1]]
    assert (code, out.splitlines()[-1]) == (1, apart.splitlines()[-1])
    assert f"message {len(named)}: I2 fails by 3300.00" in out, "the last, S-M"


def test_a_bad_one_among_named_ones_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    named = {PERSON: settlement(), "b": {"medfee_sumamt": "x"}, "c": settlement(psn_part_amt=4)}
    named["d"] = settlement(setldetail=[["310100"], ["310100", "1", "2"]])
    code, out, err = run(capsys, "check", write(tmp_path, "a.json", named))
    assert code == 1
    assert "message 2: [N108]" in out
    assert "message 3: I2 fails by -1.00" in out
    assert "message 4: [N107]" in out
    assert PERSON not in out + err


def test_a_profile_may_be_chosen(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the account in the fund total: 2 of 5 are the fund's, 1 the account's, 2 cash."""
    row = settlement(fund_pay_sumamt=3, hifp_pay=2, acct_pay=1, psn_cash_pay=2)
    path = write(tmp_path, "a.json", row)
    assert run(capsys, "check", path, "--profile", "guangdong")[0] == 0
    assert run(capsys, "check", path)[0] == 0, "the amounts tell"
    code, out, _ = run(capsys, "check", path, "--profile", "hunan")
    assert code == 1
    assert "I4c fails by 1.00: the fund total has the account in it" in out
    code, _, err = run(capsys, "check", path, "--profile", "hunnan")
    assert code == 2
    assert "expected one of national, chongqing" in err


def test_json_lines_with_bad_ones(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = as_json(settlement())
    path.write_bytes(b"\n".join([good, b"", b"{", as_json(settlement(psn_part_amt="1,0")), good]))
    code, out, _ = run(capsys, "check", str(path))
    assert code == 1
    lines = out.splitlines()
    assert lines[0].startswith(f"{path}:3: [N102]")
    assert lines[1].startswith(f"{path}:4: [N108] `psn_part_amt`")
    assert lines[-1].startswith("4 messages, 0 failed")
    assert lines[-1].endswith("2 unreadable")


def test_a_bad_message_of_a_list_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write(tmp_path, "a.json", [settlement(), {"medfee_sumamt": "x"}, settlement()])
    code, out, _ = run(capsys, "check", path)
    assert code == 1
    assert f"{path}: message 2: [N108] row 2: `medfee_sumamt`" in out
    assert out.splitlines()[-1].startswith("3 messages")


def test_a_line_that_is_too_long(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b" " * (25 * 1024 * 1024) + b"\n" + as_json(settlement()))
    code, out, _ = run(capsys, "check", str(path))
    assert code == 1
    assert out.splitlines()[0].startswith(f"{path}:1: [N105]")
    assert out.splitlines()[-1].startswith("2 messages")


def test_reversals_find_their_originals(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Whatever the order and the file, by `init_setl_id`."""
    original = {"setlinfo": settlement(setl_id="T1", hifp_pay=2)}
    back = {name: -value for name, value in settlement(hifp_pay=2).items()}
    right = {"setlinfo": {**back, "setl_id": "T2", "init_setl_id": "T1"}}
    wrong = {"setlinfo": {**back, "hifp_pay": -1, "setl_id": "T3", "init_setl_id": "T1"}}
    other = {"setlinfo": {**back, "hifp_pay": -1, "setl_id": "T3", "init_setl_id": "T9"}}
    first = write(tmp_path, "a.jsonl", right, other)
    second = write(tmp_path, "b.json", original)
    code, out, _ = run(capsys, "check", "--all", first, second)
    assert "a.jsonl:1: I10 ok: every amount is the negation" in out
    assert "a.jsonl:2: I10 n/a: the signs are right; the original is not there" in out
    code, out, _ = run(capsys, "check", write(tmp_path, "c.jsonl", wrong), second)
    assert code == 1
    assert "I10 fails by 1.00: hifp_pay = - original; hifp_pay -1.00, original hifp_pay 2.00" in out


def test_calls_with_lines_are_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "check", "--all", write(tmp_path, "a.json", REQUESTS["2204"]))
    assert code == 0
    assert "I0 ok" in out
    wrong = json.loads(as_json(REQUESTS["2204"]))
    wrong["input"]["feedetail"][0]["det_item_fee_sumamt"] = 4.54
    code, out, _ = run(capsys, "check", write(tmp_path, "b.json", wrong))
    assert code == 1
    assert "I0 row 1 fails by 0.02: amount = price × quantity" in out


def test_settlement_lists_are_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    item = {
        "item_sumamt": 5, "item_claa_sumfee": 2, "item_clab_amt": 1, "item_fulamt_ownpay_amt": 1,
        "item_ownpay_amt": 1,
    }  # fmt: skip
    head = {"psn_selfpay": 2, "psn_ownpay": 1, "acct_pay": 1, "psn_cashpay": 2}
    body = {"input": {"setlinfo": {**head, "medfee_sumamt": 5}, "iteminfo": [item]}}
    code, out, _ = run(capsys, "check", "--all", write(tmp_path, "a.json", body))
    assert "I11 ok" in out
    item["item_clab_amt"] = 2
    code, out, _ = run(capsys, "check", write(tmp_path, "b.json", body))
    assert code == 1
    assert "I11 row 1 fails by -1.00" in out


def without_amounts() -> list[Any]:
    """Calls and answers that state none, in envelopes and bare."""
    calls = [
        REQUESTS["2305"],
        {"infno": "2001", "input": {"data": {"psn_no": PERSON, "begntime": "2025-03-01"}}},
        {"infno": "2201", "input": {"data": {"psn_no": PERSON, "insutype": "310"}}},
        {"infno": "2401", "input": {"mdtrtinfo": {"psn_no": PERSON}, "diseinfo": []}},
    ]
    replies = [
        *(REPLIES[name] for name in ("1101", "2001", "5206", "1318", "3201")),
        {"infcode": 0, "output": {"data": {"mdtrt_id": "M1", "psn_no": PERSON}}},
        {"infcode": "0", "output": {"result": {"mdtrt_id": "M1"}}},
        {"infcode": "0", "output": {}},
        {"infcode": -1, "err_msg": NAME},
    ]
    return [*calls, *replies, {"cuminfo": [{"cum": 5}]}]


def test_messages_without_amounts_have_nothing_to_check(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = without_amounts()
    path = write(tmp_path, "a.jsonl", *given)
    code, out, err = run(capsys, "check", path)
    assert (code, err) == (0, "")
    assert out.startswith("0 messages, 0 failed")
    assert out.endswith(f", {len(given)} with nothing to check\n")
    code, out, _ = run(capsys, "check", "--all", path)
    assert (code, out.count(": nothing to check\n")) == (0, len(given))
    code, out, _ = run(capsys, "check", "--format", "json", path)
    assert code == 0
    assert [one["nothing_to_check"] for one in json.loads(out)] == [True] * len(given)
    both = write(tmp_path, "b.jsonl", given[0], settlement(psn_part_amt=4))
    code, out, _ = run(capsys, "check", both)
    assert code == 1
    assert "1 message, 1 failed" in out


@pytest.mark.parametrize(
    "body",
    [
        {"infno": "2206", "input": {"data": {"psn_no": "1"}}},
        {"infno": "2204", "input": {"feedetail": [{"cnt": 1}]}},
        {"infcode": 0, "output": {"setlinfo": {"setl_id": "1"}}},
        {"infcode": 0, "output": {"data": {"fund_pay_sumamt": 5}}},
        {"infcode": 0, "output": {"result": [{"inscp_scp_amt": 5}]}},
        {"mdtrt_id": "1"},
    ],
)
def test_amounts_that_are_missing_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, body: Any
) -> None:
    code, out, _ = run(capsys, "check", write(tmp_path, "a.json", body))
    assert code == 1
    assert "[N106]" in out


def test_whoever_reads_the_output_may_leave(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", *[settlement(psn_part_amt=4)] * 5000)
    command = [sys.executable, "-m", "medsettle.cli", "nhsa", "check", path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_a_refused_call_is_no_message(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", {"infcode": -1, "err_msg": "x"}, settlement())
    code, out, _ = run(capsys, "check", path)
    assert code == 0
    assert out.startswith("1 message,")


@pytest.mark.parametrize("text", ["", "[]", "{}", "1", '"a"', "[[[[[[[[[[1]]]]]]]]]]", "[1]"])
def test_files_without_a_message_fail(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert run(capsys, "check", str(path))[0] == 1


def test_files_that_are_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "check", str(tmp_path / "no.json"))
    assert (code, err.count("\n")) == (1, 1)
    code, _, err = run(capsys, "check", str(tmp_path))
    assert "is a folder" in err


def test_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = write(tmp_path, "bad.json", {"medfee_sumamt": True})
    code, out, _ = run(capsys, "check", "--format", "json", str(SAMPLES / "S-M.json"), bad)
    assert code == 1
    counter, unreadable = json.loads(out)
    assert [one["identity"] for one in counter["findings"]] == ["I2", "I3"]
    assert counter["findings"][0]["by"] == "3300.00"
    assert ["psn_part_amt", "0.00"] in counter["findings"][0]["terms"]
    assert counter["profile"] == "hainan"
    assert unreadable["error"]["code"] == "N107"
    assert unreadable["error"]["field"] == "medfee_sumamt"


def test_nobody_is_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = [write(tmp_path, f"{infno}.json", body) for infno, body in REPLIES.items()]
    for option in (["--all"], ["--all", "--format", "json"]):
        _, out, err = run(capsys, "check", *option, *files)
        assert not any(secret in out + err for secret in (PERSON, BORN, NAME, CERTIFICATE))


def test_codes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "codes")
    assert code == 0
    assert "med_type\t医疗类别" in out
    code, out, _ = run(capsys, "codes", "med_type", "--profile", "hunan")
    assert "2106\t生育平产(居民)\tmaternity" in out
    code, out, _ = run(capsys, "codes", "clr_way", "01")
    assert out == "1\t按项目\n"
    code, out, _ = run(capsys, "codes", "fund_pay_type", "310200")
    assert out.rstrip().endswith("own_account (acct_pay)")
    code, out, _ = run(capsys, "codes", "acct_used_flag", "2")
    assert out.rstrip().endswith("since 2023-03-01")
    for args in (["no_such"], ["med_type", "xx"], ["med_type", "--profile", "xx"]):
        code, out, err = run(capsys, "codes", *args)
        assert code in (1, 2)
        assert (out, err.count("\n")) == ("", 1)
