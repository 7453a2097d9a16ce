"""Which columns of a side hold what: national names, their variants, and what a user says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from medsettle.reconcile.errors import COLUMN_MISSING, COLUMN_UNCLEAR, OPTION, ReconcileError

#: The amounts that are compared, in this order everywhere: the bill, all funds, account, cash.
AMOUNTS: Final = ("total", "total_funds", "account", "cash")
TOTAL, FUNDS, ACCOUNT, CASH = range(4)
IDS: Final = ("setl_id", "msgid", "mdtrt_id", "init_setl_id")
CODES: Final = ("insutype", "clr_type", "clr_optins", "refd_setl_flag")
TIME: Final = "setl_time"
SIDES: Final = ("ours", "theirs")
#: What totals may be parted by: the keys of 3201, and the month or the day of `setl_time`.
BY: Final = (*CODES, "month", "day")
BY_DEFAULT: Final = (*CODES, "month")

#: Columns that name a person are never read.
PERSONAL: Final = frozenset(
    (
        *("psn_no", "psn_name", "psn_cert_no", "certno", "name", "person", "gend", "brdy"),
        *("tel", "addr", "cert_no", "psn_certno", "mdtrt_cert_no", "card_no", "id_card"),
        *("人员编号", "姓名", "证件号码", "身份证号", "身份证号码", "卡号"),
    )
)

#: What else a column may be called, in lower case: the data centre's spelling, the odd one of
#: 2208, Chinese headings, and the names of this library.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "setl_id": ("结算id",),
    "msgid": ("medins_setl_id", "发送方报文id", "医药机构结算id"),
    "mdtrt_id": ("就诊id",),
    "init_setl_id": ("原结算id",),
    "insutype": ("险种类型", "险种"),
    "clr_type": ("清算类别",),
    "clr_optins": ("setl_optins", "清算经办机构", "结算经办机构"),
    "refd_setl_flag": ("退费结算标志",),
    "setl_time": ("结算时间",),
    "total": ("medfee_sumamt", "医疗费总额"),
    "total_funds": ("fund_pay_sumamt", "基金支付总额"),
    "account": ("acct_pay", "个人账户支出"),
    "cash": ("psn_cash_pay", "cash_payamt", "pdn_cash_pay", "个人现金支出", "现金支付金额"),
}
FIELDS: Final = tuple(ALIASES)

#: Headers of files that have none: the upload of 3202, and its result.
LAYOUTS: Final[Mapping[str, str]] = {
    "3202": "setl_id mdtrt_id psn_no medfee_sumamt fund_pay_sumamt acct_pay refd_setl_flag",
    "3202-result": "psn_no mdtrt_id setl_id msgid stmt_rslt refd_setl_flag memo"
    " medfee_sumamt fund_pay_sumamt acct_pay",
}
#: Columns that one amount may be the sum of.
PARTS_MAX: Final = 16
_FEN: Final = "_fen"

#: A name of a column that can be shown, and how many.
_NAME: Final = re.compile("[A-Za-z]+(_[A-Za-z0-9]+)*")
_SHOWN_MAX: Final = 12


class Columns(NamedTuple):
    """The headers of a side by field; an amount may be the sum of several columns."""

    ids: dict[str, str]
    codes: dict[str, str]
    time: str | None
    amounts: dict[str, tuple[str, ...]]

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers that are read, each once."""
        one = [*self.ids.values(), *self.codes.values(), *([self.time] if self.time else [])]
        several = [header for headers in self.amounts.values() for header in headers]
        return tuple(dict.fromkeys([*one, *several]))


def is_fen(header: str) -> bool:
    """Tell whether a column holds whole fen, by its name."""
    return header.lower().endswith(_FEN)


def field_of(name: str) -> str | None:
    """Return the field that a column of this name holds, None for one that is not compared."""
    name = name.strip().lower()
    for field, aliases in ALIASES.items():
        if name == field or name in aliases:
            return field
        if field in AMOUNTS and name.endswith(_FEN):
            bare = name.removesuffix(_FEN)
            if bare == field or bare in aliases:
                return field
    return None


def layout_of(text: str) -> tuple[str, ...]:
    """Return the header that `--header` states: the name of a layout, or names with commas."""
    if text in LAYOUTS:
        return tuple(LAYOUTS[text].split())
    return tuple(name.strip() for name in text.split(","))


def columns_of(
    header: Sequence[str], stated: Mapping[str, Sequence[str]], key: str, where: str
) -> Columns:
    """Return what the columns of a side hold.

    `stated` are the headers that the user gave by field; they come before the names.  `key` is a
    field or a header.  Raises ReconcileError for columns that are missing or stand for one field
    twice, and for one that names a person.
    """
    found = _by_name(header, stated, where)
    for field, headers in stated.items():
        for one in headers:
            _demand(one, header, where)
        if len(headers) > PARTS_MAX:
            told = f"`{field}` is the sum of at most {PARTS_MAX} columns"
            raise ReconcileError(OPTION, told, where=where)
        if len(headers) > 1 and field not in AMOUNTS:
            raise ReconcileError(COLUMN_UNCLEAR, f"`{field}` is one column, no sum", where=where)
        found[field] = tuple(headers)
    if key not in FIELDS and key not in found:
        _demand(key, header, where)
        found[key] = (key,)
    if key not in found:
        known = " or ".join(f"`{name}`" for name in (key, *ALIASES.get(key, ())))
        _missing(f"the key {known}", header, where)
    if not set(AMOUNTS) & found.keys():
        _missing("any amount, such as `medfee_sumamt`", header, where)
    _refuse_repeats(found, header, where)
    ids = {name: found[name][0] for name in dict.fromkeys((*IDS, key)) if name in found}
    codes: dict[str, str] = {name: found[name][0] for name in CODES if name in found}
    time = found[TIME][0] if TIME in found else None
    return Columns(ids, codes, time, {name: found[name] for name in AMOUNTS if name in found})


def _by_name(
    header: Sequence[str], stated: Mapping[str, Sequence[str]], where: str
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in header:
        field = field_of(name)
        if field is None or field in stated:
            continue
        if field in found:
            told = f"`{found[field][0]}` and `{name}` both are {field}: say which by --column"
            if found[field][0] == name:
                told = f"`{name}` is there twice: leave one of the columns out"
            raise ReconcileError(COLUMN_UNCLEAR, told, where=where)
        found[field] = (name,)
    return found


def _demand(name: str, header: Sequence[str], where: str) -> None:
    if name.strip().lower() in PERSONAL:
        raise ReconcileError(OPTION, f"`{name}` names a person and is never read", where=where)
    if name not in header:
        _missing(f"`{name}`", header, where)


def _missing(what: str, header: Sequence[str], where: str) -> None:
    # A file without a header has somebody's row in its first line: others are shown only beside
    # one that is known, and if they look like names of columns.
    known = [name for name in header if field_of(name)]
    others = [name for name in header if not field_of(name)]
    named = [name for name in others if known and _NAME.fullmatch(name)][:_SHOWN_MAX]
    shown = ", ".join([*named, *known]) or "none that is known"
    if len(others) > len(named):
        hidden = len(others) - len(named)
        shown += f" and {hidden} other{'' if hidden == 1 else 's'}"
    hint = "a file without a header needs --header, another name --column"
    told = f"there is no column for {what}; there are: {shown}; {hint}"
    raise ReconcileError(COLUMN_MISSING, told, where=where)


def _refuse_repeats(found: Mapping[str, Iterable[str]], header: Sequence[str], where: str) -> None:
    times = Counter(header)
    for headers in found.values():
        for name in headers:
            if times[name] > 1:
                raise ReconcileError(COLUMN_UNCLEAR, f"`{name}` is there twice", where=where)
