"""The settlement list, 4101 and 4103: its head and its sums by kind of item."""

from __future__ import annotations

from typing import Annotated

from medsettle.nhsa.fields import Amount, Code, Message


class ListHead(Message, frozen=True, kw_only=True):
    """4101 `setlinfo`: what the person pays, by what for and by how."""

    psn_selfpay: Amount
    psn_ownpay: Amount
    acct_pay: Amount
    psn_cashpay: Amount
    medfee_sumamt: Amount | None = None


class ListItem(Message, frozen=True, kw_only=True):
    """4101 `iteminfo`: the sum of one kind of item, by class."""

    item_sumamt: Amount
    item_claa_sumfee: Amount
    item_clab_amt: Amount
    item_fulamt_ownpay_amt: Amount
    item_ownpay_amt: Amount
    med_chrgitm: Annotated[str, Code("med_chrgitm_type")] | None = None
