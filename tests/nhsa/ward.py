"""A small hospital for the tests of the desk: a person, an institution, a catalogue, and calls."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import medsettle as ms
from medsettle.bill.catalogue import Catalogue
from medsettle.bill.image import build_image
from medsettle.bill.items import Catalogue as Items
from medsettle.bill.items import Item, ItemVersion, Limit, Rules, Share
from medsettle.bill.words import STEPS
from medsettle.nhsa.desk import Desk
from medsettle.nhsa.messages import (
    Admission,
    BaseInfo,
    CancelRequest,
    EntitlementRequest,
    FeeDetail,
    InpatientSettle,
    InpatientUndo,
    InsuInfo,
    Message,
    OutpatientSettle,
    OutpatientUndo,
    OutpatientVisit,
    Registration,
    Reply,
    Request,
    ReversalRequest,
    SetlQuery,
)
from medsettle.nhsa.parties import Hospital, Insured

FIRST, LAST = dt.date(2000, 1, 1), dt.date(2100, 1, 1)
FITTED = Path(__file__).parents[1] / "conformance" / "policies"
CODES = {"plain": "XA01ABA075A001010100483", "class_b": "XA01ABA075A001010100484"}
CODES |= {"own": "XA01ABA075A001010100485", "limited": "XA01ABA075A001010100486"}
CODES |= {"restricted": "XA01ABA075A001010100487", "by_day": "XA01ABA075A001010100488"}
PSN = "P-ONE"
HOSPITAL = "H11010100001"


def item(code: str, class_: str, share_ppm: int = 0, **more: Any) -> Item:
    shares = (Share({(None, None): share_ppm}),)
    version = ItemVersion(from_=FIRST, until=LAST, class_=class_, shares=shares, **more)
    return Item(code=code, name=f"item {code[-3:]}", versions=(version,))


def catalogue(region: str = "110000") -> Catalogue:
    """Items of every class, one with a ceiling, one restricted, one with a limit by the day."""
    rules = Rules(
        from_=FIRST,
        until=LAST,
        order=tuple(STEPS),
        over_quantity="full_self_pay",
        discharge_days=None,
        cite="doc",
        provenance="unverified",
    )
    items = (
        item(CODES["plain"], "class_a"),
        item(CODES["class_b"], "class_b", 50_000),
        item(CODES["own"], "class_c", 1_000_000),
        item(CODES["limited"], "class_b", 100_000, ceiling_e6={None: 100_000_000}),
        item(CODES["restricted"], "class_a", restricted=True),
        item(CODES["by_day"], "class_a", limit=Limit("stay_day", 10_000)),
    )
    nouns = Items(region=region, title="a ward", rules=(rules,), groups=(), items=items)
    return Catalogue(build_image(nouns))


def insured(
    psn_no: str = PSN,
    *,
    region: str = "110108",
    insutype: str = "310",
    psn_type: str = "11",
    balc: str = "0",
    born: dt.date | None = dt.date(1970, 5, 5),
    **more: Any,
) -> Insured:
    row = InsuInfo(
        balc=Decimal(balc),
        insutype=insutype,
        psn_type=psn_type,
        cvlserv_flag="0",
        insuplc_admdvs=region,
        psn_insu_stas="1",
        psn_insu_date=dt.date(2005, 1, 1),
    )
    base = BaseInfo(psn_no=psn_no, gend="1", age=Decimal("40.0"), brdy=born)
    return Insured(baseinfo=base, insuinfo=(row,), **more)


def hospital(level: str = "3", **more: Any) -> Hospital:
    return Hospital(fixmedins_code=HOSPITAL, name="a hospital", dedc_hosp_lv=level, **more)


class Ward:
    """A hospital that calls a desk: the calls of flows, one method each."""

    def __init__(self, desk: Desk, *, area: str = "110101", psn_no: str = PSN) -> None:
        self.desk, self.area, self.psn_no = desk, area, psn_no
        self.numbers = itertools.count(1)
        self.clock = dt.datetime(2025, 3, 3, 9, 0, 0)

    def request(self, infno: str, node: str, body: Any, msgid: str | None = None) -> Request:
        return Request(
            infno=infno,
            msgid=msgid or f"{HOSPITAL}{next(self.numbers):018}",
            mdtrtarea_admvs=self.area,
            inf_time=self.clock,
            fixmedins_code=HOSPITAL,
            input={node: body},
        )

    def send(
        self, infno: str, node: str, body: Message | tuple[Message, ...], **more: Any
    ) -> Reply:
        return self.desk.answer(self.request(infno, node, body, **more))

    def ok(self, infno: str, node: str, body: Any, **more: Any) -> Any:
        reply = self.send(infno, node, body, **more)
        assert reply.infcode == "0", reply.err_msg
        return reply.output

    # ------------------------------------------------------------------------ visits

    def registers(self, **more: Any) -> str:
        said = {"insutype": "310", "begntime": self.clock, "mdtrt_cert_type": "02"} | more
        data = Registration(psn_no=self.psn_no, ipt_otp_no="O1", **said)
        return self.ok("2201", "data", data)["data"].mdtrt_id

    def describes(self, mdtrt_id: str, med_type: str = "11", **more: Any) -> None:
        data = OutpatientVisit(
            mdtrt_id=mdtrt_id,
            psn_no=self.psn_no,
            med_type=med_type,
            begntime=self.clock,
            **more,
        )
        self.ok("2203", "mdtrtinfo", data)

    def visit(self, med_type: str = "11", *, insutype: str = "310", **more: Any) -> str:
        mdtrt_id = self.registers(insutype=insutype)
        self.describes(mdtrt_id, med_type, **more)
        return mdtrt_id

    def admission(self, **more: Any) -> Admission:
        said = {"insutype": "310", "med_type": "21", "dscg_maindiag_code": "I10.x00"} | more
        return Admission(
            psn_no=self.psn_no,
            begntime=self.clock,
            mdtrt_cert_type="02",
            ipt_no="I1",
            **said,
        )

    def admits(self, **more: Any) -> str:
        return self.ok("2401", "mdtrtinfo", self.admission(**more))["result"].mdtrt_id

    # ------------------------------------------------------------------------ lines

    def line(
        self,
        mdtrt_id: str,
        number: int,
        price: str,
        count: str = "1",
        kind: str = "plain",
        **more: Any,
    ) -> FeeDetail:
        pric, cnt = Decimal(price), Decimal(count)
        amount = (pric * cnt).quantize(Decimal("0.01"))
        return FeeDetail(
            feedetl_sn=str(number),
            mdtrt_id=mdtrt_id,
            psn_no=self.psn_no,
            fee_ocur_time=self.clock,
            med_list_codg=CODES[kind],
            medins_list_codg="own code",
            det_item_fee_sumamt=amount,
            cnt=cnt.quantize(Decimal("0.0001")),
            pric=pric.quantize(Decimal("0.000001")),
            **more,
        )

    def charges(self, mdtrt_id: str, *lines: tuple[Any, ...], batch: str = "B1") -> Any:
        rows = tuple(
            self.line(mdtrt_id, *line, chrg_bchno=batch, hosp_appr_flag="0") for line in lines
        )
        return self.ok("2204", "feedetail", rows)["result"]

    def charges_stay(self, mdtrt_id: str, *lines: tuple[Any, ...]) -> Any:
        rows = tuple(self.line(mdtrt_id, *line) for line in lines)
        return self.ok("2301", "feedetail", rows)["result"]

    def undoes(self, mdtrt_id: str, batch: str = "0000") -> Reply:
        data = OutpatientUndo(chrg_bchno=batch, mdtrt_id=mdtrt_id, psn_no=self.psn_no)
        return self.send("2205", "data", data)

    def undoes_stay(self, mdtrt_id: str, *numbers: str) -> Reply:
        rows = tuple(
            InpatientUndo(feedetl_sn=number, mdtrt_id=mdtrt_id, psn_no=self.psn_no)
            for number in numbers
        )
        return self.send("2302", "data", rows)

    # ------------------------------------------------------------------------ settling

    def outpatient(self, mdtrt_id: str, results: Any, **more: Any) -> OutpatientSettle:
        said = {
            "med_type": "11", "chrg_bchno": "B1", "insutype": "310", "acct_used_flag": "0",
            "psn_setlway": "01",
        } | more  # fmt: skip
        return OutpatientSettle(psn_no=self.psn_no, mdtrt_id=mdtrt_id, **{**sums(results), **said})

    def inpatient(self, mdtrt_id: str, total: str | Decimal, **more: Any) -> InpatientSettle:
        said = {
            "insutype": "310", "acct_used_flag": "0", "psn_setlway": "01", "mid_setl_flag": "0",
        } | more  # fmt: skip
        return InpatientSettle(
            psn_no=self.psn_no, mdtrt_id=mdtrt_id, medfee_sumamt=Decimal(total), **said
        )

    def cancels(self, infno: str, setl_id: str, mdtrt_id: str, **more: Any) -> Reply:
        data = CancelRequest(setl_id=setl_id, mdtrt_id=mdtrt_id, psn_no=self.psn_no)
        return self.send(infno, "data", data, **more)

    def reverses(self, omsgid: str, oinfno: str) -> Reply:
        data = ReversalRequest(psn_no=self.psn_no, omsgid=omsgid, oinfno=oinfno)
        return self.send("2601", "data", data)

    def asks(self, setl_id: str, mdtrt_id: str) -> Any:
        data = SetlQuery(psn_no=self.psn_no, setl_id=setl_id, mdtrt_id=mdtrt_id)
        return self.ok("5203", "data", data)

    def entitled(self, med_type: str = "21", **more: Any) -> Any:
        said = {"insutype": "310", "fixmedins_code": HOSPITAL} | more
        data = EntitlementRequest(
            psn_no=self.psn_no, med_type=med_type, begntime=self.clock, **said
        )
        return self.ok("2001", "data", data)["trtinfo"]

    def later(self, **time: int) -> None:
        self.clock += dt.timedelta(**time)


def sums(results: Any) -> dict[str, Decimal]:
    """The total and the four sums of the rows that 2204 answered."""
    names = {
        "medfee_sumamt": "det_item_fee_sumamt",
        "fulamt_ownpay_amt": "fulamt_ownpay_amt",
        "overlmt_selfpay": "overlmt_amt",
        "preselfpay_amt": "preselfpay_amt",
        "inscp_scp_amt": "inscp_scp_amt",
    }
    return {
        name: sum((getattr(row, column) for row in results), Decimal(0))
        for name, column in names.items()
    }


def beijing(*people: Insured, **more: Any) -> Ward:
    """A ward in Beijing, whose desk has the shipped policy for employees."""
    said = {"hospitals": [hospital()], "people": people or [insured()]} | more
    return Ward(Desk(ms.load("110000/employee"), catalogue(), **said))
