"""What `setldetail` says of each payer: its payment, base, room left, and the bands it paid by.

Nothing is computed anew: the layers' runs come from the settlement (`slip/runs.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import msgspec

from medsettle.money import PPM, half_up
from medsettle.slip.runs import LayerRun, bands_passed, layer_runs

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: `polItemCode` of the bands of a fund: how it begins, and how many bands have a code.
_BAND_CODES: Final = {
    "pooled": ("C00", 4),
    "large_amount": ("L00", 4),
    "serious_illness": ("PL0", 7),
    "civil_servant": ("GB0", 4),
}
#: A pooled fund that pays an outpatient visit in one band.
_WITHOUT_BANDS: Final = "C000"
_OUTPATIENT: Final = ("outpatient", "emergency", "chronic_outpatient", "special_disease")
#: A ratio has so many parts: four decimals.
_RATIO_PARTS: Final = 10_000


class BandPaid(msgspec.Struct, frozen=True):
    """A stretch of a band as `setl_proc_info` has it: `pay = r(base × share)`."""

    code: str
    base_fen: int
    share_parts: int  # ten-thousandths
    pay_fen: int


class Payer(msgspec.Struct, frozen=True):
    """One payer of a settlement that paid.

    `base_fen` is the base offered to it, of several layers the largest, to the fen.  `room_fen` is
    what it could have paid at most under the ceilings on its payment, None without any.  `bands`
    is empty where they have no codes, or do not add up to the payment with four decimals of the
    share.
    """

    fund: str
    pay_fen: int
    base_fen: int
    room_fen: int | None
    bands: tuple[BandPaid, ...]


def runs_of(settlement: Settlement) -> list[LayerRun]:
    """Return what each layer did with the claim."""
    return layer_runs(settlement, settlement.table.decompiled)


def payers(settlement: Settlement, runs: Iterable[LayerRun]) -> tuple[Payer, ...]:
    """Return all payers that paid, in the order in which the policy's layers name them first."""
    by_fund: dict[str, list[LayerRun]] = {}
    for run in runs:
        by_fund.setdefault(run.step.fund, []).append(run)
    return tuple(
        _payer(settlement, fund, mine)
        for fund, mine in by_fund.items()
        if any(run.step.pay for run in mine)
    )


def pooled_ratio_parts(settlement: Settlement, runs: Iterable[LayerRun]) -> int:
    """Return the pooled fund's share (`pool_prop_selfpay`), in ten-thousandths.

    Over several bands, and layers, it is their mean, each weighted with the cost it covers.  0
    says nothing: the fund paid nothing, or paid for what is out of scope, too, so that no share
    of the in scope could be its payment (I7).
    """
    mine = [run for run in runs if run.step.fund == "pooled" and run.step.pay]
    bands = [band for run in mine for band in bands_passed(run)]
    cost = sum((band.end - band.start for band in bands), Fraction(0))
    pay = sum((band.pay for band in bands), Fraction(0))
    parts = half_up(pay / cost * _RATIO_PARTS) if cost else 0
    half = Fraction(1, 2)
    most = settlement.claim.in_scope_fen * (parts + half) / _RATIO_PARTS + half
    return parts if sum(run.step.pay for run in mine) <= most else 0


def _payer(settlement: Settlement, fund: str, runs: list[LayerRun]) -> Payer:
    paying = [run for run in runs if run.step.pay]
    pay = sum(run.step.pay for run in paying)
    return Payer(
        fund=fund,
        pay_fen=pay,
        base_fen=max(half_up(run.step.base) for run in paying),
        room_fen=_room(paying, settlement.claim.days),
        bands=_bands(settlement.claim.benefit, fund, paying, pay),
    )


def _room(runs: list[LayerRun], days: int | None) -> int | None:
    """Return what a fund could pay on this claim: None where one of its layers has no ceiling.

    Its layers may share a counter, so what the earlier ones paid is added to the room of a later.
    """
    paid, room = 0, 0
    for run in runs:
        rooms = list(_rooms(run, days))
        if not rooms:
            return None
        room = max(room, min(rooms) + paid)
        paid += run.step.pay
    return room


def _rooms(run: LayerRun, days: int | None) -> Iterator[int]:
    """Yield the room under each ceiling on the layer's payment; what only counts is none."""
    for number, ceiling in enumerate(run.layer.ceilings):
        if ceiling.on != "cost" and not run.only_counts(number):
            yield max(run.limit(number, days) - run.used(ceiling), 0)


def _bands(benefit: str, fund: str, runs: list[LayerRun], pay: int) -> tuple[BandPaid, ...]:
    """Return the bands a fund paid by; none where they cannot be told exactly."""
    bands = [band for run in runs for band in _bands_of(benefit, fund, run)]
    told = all(band is not None for band in bands)
    found = tuple(band for band in bands if band is not None)
    return found if told and sum(band.pay_fen for band in found) == pay else ()


def _bands_of(benefit: str, fund: str, run: LayerRun) -> Iterator[BandPaid | None]:
    """Yield each band of a layer that paid; None for one that the messages have no words for."""
    begins, codes = _BAND_CODES.get(fund, ("", 0))
    starts = [band.at for band in run.row.bands]
    for band in bands_passed(run):
        if not band.share_ppm:
            continue
        number = sum(start <= band.start for start in starts)
        parts, finer = divmod(band.share_ppm * _RATIO_PARTS, PPM)
        if finer or number > codes:
            yield None
            continue
        base = _base(band.end - band.start, parts, half_up(band.pay))
        if base is None:
            yield None
            continue
        is_plain = len(starts) == 1 and fund == "pooled" and benefit in _OUTPATIENT
        code = _WITHOUT_BANDS if is_plain else f"{begins}{number}"
        yield BandPaid(code, base, parts, half_up(band.pay))


def _base(exact: Fraction, parts: int, pay: int) -> int | None:
    """Return a band's base in fen, so that the share of it is the payment; None: there is none.

    Behind a ceiling that was turned back into cost a base may be a fraction of a fen: it is then
    the fen below or above.
    """
    near = dict.fromkeys((half_up(exact), math.floor(exact), math.ceil(exact)))
    fits = (base for base in near if half_up(Fraction(base * parts, _RATIO_PARTS)) == pay)
    return next(fits, None)
