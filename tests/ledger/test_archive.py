"""A ledger written and read: nothing is lost, and nothing can be changed unseen."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

import medsettle as ms
from medsettle.ledger import Ledger, LedgerError
from tests.ledger.town import bill, town

Json = dict[str, Any]


@pytest.fixture
def ledger() -> Ledger:
    """A ledger with every kind of record but a `retable`."""
    ledger = Ledger(town(), person="张三", opening=ms.YearToDate(None, {"pool.pay": 1_00}))
    ledger.deposit("2025-01-01", 500_00)
    ledger.settle(bill("A", "2025-02-01", 600, items={"class_b": 20, "class_a": 10}))
    ledger.settle(bill("H1", "2025-02-02", 600, benefit="home_bed"), stay="H")
    ledger.settle(bill("B", "2025-03-01", 2_400, full_self_pay=5))
    ledger.identity("2025-03-01", status="retired", cohort=None, enrolled_years=3)
    ledger.settle(bill("C", "2025-01-15", 12_000))
    ledger.replace(bill("B", "2025-03-02", 2_000))
    ledger.cancel("C")
    ledger.withdraw(1)
    ledger.close("2025-01-01")
    return ledger


def code(data: bytes | str, table: ms.BenefitTable | None = None, **keywords: Any) -> str:
    with pytest.raises(LedgerError) as caught:
        Ledger.from_json(data, table or town(), **keywords)
    assert "张" not in str(caught.value)
    return caught.value.code


def test_all_comes_back(ledger: Ledger) -> None:
    data = ledger.to_json()
    for form in (data, data.decode(), bytearray(data)):
        again = Ledger.from_json(form, town(), digest=ledger.digest)  # type: ignore[arg-type]
        assert again == ledger
        assert again.to_json() == data
        assert again.rows == ledger.rows
        assert again.year_to_date == ledger.year_to_date
        assert again.closed == ledger.closed
        assert again.claims == ledger.claims
    again.settle(bill("D", "2025-05-01", 1))
    ledger.settle(bill("D", "2025-05-01", 1))
    assert again == ledger
    empty = Ledger(town(), mode="latest_only")
    assert Ledger.from_json(empty.to_json(), town()) == empty


def test_the_chain_is_what_the_page_says(ledger: Ledger) -> None:
    """Read with nothing but a JSON reader: the record without its hash, behind the hash before."""
    said = json.loads(ledger.to_json())
    before = ""
    for record in (said["opened"], *said["records"]):
        told = record.pop("hash")
        body = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256((before + body).encode()).hexdigest()
        assert told == before
    assert said["head"] == {"records": 10, "hash": before}
    assert ledger.digest == before


def test_every_flipped_byte_is_seen(ledger: Ledger) -> None:
    data = ledger.to_json()
    chosen = random.Random(7)
    for at in range(len(data)):
        for flipped in {
            data[at] ^ 1 << chosen.randrange(8),
            data[at] ^ 0x20,
            chosen.randrange(256),
        }:
            if flipped != data[at]:
                damaged = data[:at] + bytes([flipped]) + data[at + 1 :]
                with pytest.raises(LedgerError):
                    Ledger.from_json(damaged, town())


def test_every_missing_byte_and_every_extra_one_is_seen(ledger: Ledger) -> None:
    data = ledger.to_json()
    for at in range(0, len(data), 3):
        assert code(data[:at]) in ("Y121", "Y123")
        code(data[:at] + data[at + 1 :])
        code(data[:at] + b" " + data[at:])
    code(data + b"\n")


def test_where_it_was_changed_is_told(ledger: Ledger) -> None:
    said = json.loads(ledger.to_json())
    for number, record in enumerate(said["records"], 1):
        for row in record.get("rows", ()):
            row["cash_fen"] += 1
            with pytest.raises(LedgerError) as caught:
                Ledger.from_json(compact(said), town())
            assert (caught.value.code, caught.value.record) == ("Y122", number)
            row["cash_fen"] -= 1
    said["opened"]["mode"] = "latest_only"
    with pytest.raises(LedgerError) as caught:
        Ledger.from_json(compact(said), town())
    assert (caught.value.code, caught.value.record) == ("Y122", 0)


def test_records_that_are_missing(ledger: Ledger) -> None:
    said = json.loads(ledger.to_json())
    for number in range(len(said["records"])):
        fewer = said | {"records": said["records"][:number] + said["records"][number + 1 :]}
        assert code(compact(fewer)) == "Y123"
    swapped = [said["records"][1], said["records"][0], *said["records"][2:]]
    assert code(compact(said | {"records": swapped})) == "Y123"
    twice = [said["records"][0], *said["records"]]
    assert code(compact(said | {"records": twice})) == "Y122"


def test_a_shorter_ledger_is_another(ledger: Ledger) -> None:
    """Whoever rewrites the head too writes a sound ledger: the digest kept elsewhere tells."""
    said = json.loads(ledger.to_json())
    said["records"].pop()
    said["head"] = {"records": 9, "hash": said["records"][-1]["hash"]}
    assert Ledger.from_json(compact(said), town()).closed is None
    assert code(compact(said), digest=ledger.digest) == "Y126"


def compact(said: Json) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def forged(ledger: Ledger, change: Callable[[Json], object]) -> bytes:
    """Change what is written, and make all hashes right again."""
    said = json.loads(ledger.to_json())
    change(said)
    before = ""
    for record in (said["opened"], *said["records"]):
        record.pop("hash")
        before = hashlib.sha256((before + compact(record).decode()).encode()).hexdigest()
        record["hash"] = before
    said["head"] = {"records": len(said["records"]), "hash": before}
    return compact(said)


def test_amounts_that_no_table_gives_are_seen_though_the_hashes_are_right(ledger: Ledger) -> None:
    def pay_more(said: Json) -> None:
        row = said["records"][3]["rows"][0]
        row["funds_fen"]["pooled"] += 1
        row["cash_fen"] -= 1

    def lose(said: Json) -> None:
        del said["records"][3]["rows"]

    def repeat(said: Json) -> None:
        said["records"][3]["operation"]["claim"]["id"] = "A"

    for change in (pay_more, lose, repeat):
        data = forged(ledger, change)
        with pytest.raises(LedgerError) as caught:
            Ledger.from_json(data, town())
        assert (caught.value.code, caught.value.record) == ("Y125", 4)
    assert Ledger.from_json(forged(ledger, lambda _: None), town()) == ledger


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "Y123"), (b"{", "Y123"), (b"[]", "Y121"), (b"{}", "Y121"), (b"nonsense", "Y121"),
        (b"\xff\xfe", "Y121"), (b"[" * 100_000, "Y121"), (b'{"format":' + b"[" * 100_000, "Y121"),
        (b'{"format":"medsettle.ledger/2"}', "Y120"), (b'{"format":1}', "Y121"),
        (b'{"format":"medsettle.ledger/1"}', "Y121"), ("\ud800", "Y121"),
        (b'{"format":"medsettle.ledger/1","opened":1e308}', "Y121"),
        (b"9" * 10_000_000, "Y121"), (b"NaN", "Y121"),
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_ledger(data: bytes | str, expected: str) -> None:
    assert code(data) == expected


def test_no_text_at_all() -> None:
    with pytest.raises(TypeError):
        Ledger.from_json({}, town())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Ledger.from_json(Ledger(town()).to_json(), "town")  # type: ignore[arg-type]


NASTY = (
    *(None, True, 0, -1, 1, 2**63, 2**64, 10**30, 10**4000, 1.5, 1e308, "", "0", "x", "\ud800"),
    *("0001-01-01", "9999-12-31", "2025-02-30", [], {}, [[]], {"x": 1}, {"class_a": -1}, "B"),
)


def leaves(said: Any) -> list[tuple[Any, Any]]:
    """Return every place in a JSON value: what holds it, and under which key."""
    keys = list(said) if isinstance(said, dict) else range(len(said))
    found = [(said, key) for key in keys]
    return found + [
        one for key in keys if isinstance(said[key], dict | list) for one in leaves(said[key])
    ]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_written_is_read_or_refused(ledger: Ledger, seed: int) -> None:
    """Anything in any place, with hashes that are right: refused as a ledger, or read."""
    chosen, refused = random.Random(seed), 0

    def spoil(said: Json) -> None:
        known = [one for one in leaves(said) if one[1] not in ("hash", "head", "records")]
        place, key = chosen.choice(known)
        if isinstance(place, dict) and chosen.randrange(6) == 0:
            del place[key]
        else:
            place[key] = chosen.choice(NASTY)

    for _ in range(120):
        try:
            data = forged(ledger, spoil)
        except (AttributeError, KeyError, TypeError, UnicodeError):
            continue  # no more of a form that can be given hashes
        for read, table in ((Ledger.from_json, town()), (Ledger.retabled, town("70"))):
            try:
                read(data, table)
            except LedgerError:
                refused += 1
    assert refused > 100


def test_a_text_that_is_none(ledger: Ledger) -> None:
    data = ledger.to_json().replace("张三".encode(), b"\\ud800")
    assert code(data) in ("Y121", "Y122")


# ---------------------------------------------------------------------------- other tables


def test_another_table(ledger: Ledger) -> None:
    data = ledger.to_json()
    with pytest.raises(LedgerError) as caught:
        Ledger.from_json(data, town("70"))
    assert caught.value.code == "Y124"
    assert "retable" in str(caught.value)
    assert town().fingerprint[:12] in str(caught.value)


def test_tables_one_after_the_other() -> None:
    ledger = Ledger(town())
    ledger.settle(bill("A", "2025-02-01", 3_000))
    ledger.retable(town("70"))
    ledger.settle(bill("B", "2025-03-01", 1_000))
    ledger.retable(town("60"))
    ledger.cancel("A")
    data = ledger.to_json()
    again = Ledger.from_json(data, town("60"), earlier=[town(), town("70")])
    assert again == ledger
    assert code(data, town("60")) == "Y124"
    assert code(data, town("60"), earlier=[town()]) == "Y124"
    assert code(data, town("70"), earlier=[town(), town("60")]) == "Y124"
    for earlier in ([town()], [town("70")], []):
        assert Ledger.from_json(data, town("60"), earlier=earlier, believe=True) == ledger
    assert code(data, town(), believe=True) == "Y124"


def test_a_table_that_is_lost(ledger: Ledger) -> None:
    """The rows are believed, and the differences are those that the table itself would tell."""
    data, lost = ledger.to_json(), town()
    told = Ledger.from_json(data, lost)
    again, change = Ledger.retabled(data, town("70"), digest=ledger.digest)
    expected = told.retable(town("70"))
    assert again == told
    assert change.rows == expected.rows
    assert change.differences == expected.differences
    assert change.year_to_date == expected.year_to_date
    assert again.settlements.keys() == told.settlements.keys()
    assert Ledger.from_json(again.to_json(), town("70"), believe=True) == told
    assert code(again.to_json(), town("70")) == "Y124"


def test_what_is_believed_must_fit_together(ledger: Ledger) -> None:
    def lose(said: Json) -> None:
        del said["records"][3]["rows"]

    def number(said: Json) -> None:
        said["records"][3]["rows"][0]["number"] = 7

    def negate(said: Json) -> None:
        said["records"][5]["rows"][0]["cash_fen"] += 1

    def who(said: Json) -> None:
        said["records"][3]["rows"][0]["claim"] = "X"

    def cancel(said: Json) -> None:
        said["records"][7]["operation"]["claim"] = "X"

    for change, record in ((lose, 4), (number, 4), (negate, 6), (who, 4), (cancel, 8)):
        with pytest.raises(LedgerError) as caught:
            Ledger.retabled(forged(ledger, change), town("70"))
        assert (caught.value.code, caught.value.record) == ("Y125", record), change
