"""What a desk keeps: visits, their lines, settlements, and each person's ledger.

All of it are values; a call makes new ones and puts them in place when nothing can fail any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

import msgspec

from medsettle.bill.catalogue import Catalogue
from medsettle.ledger import Ledger
from medsettle.model import BALANCES, YearToDate
from medsettle.nhsa.answers import Case
from medsettle.nhsa.claims import balance_of
from medsettle.nhsa.messages import FeeDetail, SetlDetail, SetlInfo
from medsettle.nhsa.parties import Hospital, Insured
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.visits import Extension
from medsettle.table import BenefitTable

#: The counters of the two accounts.
OWN_BALANCE, FAMILY_BALANCE = BALANCES["own_fen"], BALANCES["family_fen"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A fee line as it was sent, and the settlement it is in; "" while it is in none."""

    row: FeeDetail
    setl_id: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A visit: registered (2201) and described (2203), or an admission (2401).

    `med_type` is None until 2203 has come.  `parts` are the settlements of it that stand.
    """

    mdtrt_id: str
    psn_no: str
    insutype: str
    fixmedins_code: str
    insuplc_admdvs: str
    mdtrtarea_admvs: str
    is_stay: bool
    begun: dt.date
    med_type: str | None = None
    mdtrt_cert_type: str | None = None
    dise_codg: str | None = None
    matn_type: str | None = None
    extension: Extension | None = None
    lines: tuple[Line, ...] = ()
    parts: tuple[str, ...] = ()
    #: How often it was settled, undone ones too.
    settled: int = 0

    def __repr__(self) -> str:
        """Show the visit, and nothing of the person."""
        return f"<Kept {self.mdtrt_id}: {len(self.lines)} lines, {len(self.parts)} settlements>"


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement that was made, or the reversal of one (`reverses`), with its messages."""

    info: SetlInfo
    details: tuple[SetlDetail, ...]
    mdtrt_id: str
    psn_no: str
    insutype: str
    claim: str  # its id in the person's ledger
    call: str
    msgid: str
    case: Case | None = None  # None in a reversal
    is_interim: bool = False
    batch: str = ""  # `chrg_bchno`, of an outpatient
    reverses: str = ""
    reversed_by: str = ""

    def __repr__(self) -> str:
        """Show the settlement, and nothing of the person."""
        return f"<Booked {self.info.setl_id} of {self.mdtrt_id}>"


#: Gives an id that was never given before, for "mdtrt_id" or "setl_id".
NewId = Callable[[str], str]


class Files:
    """Everything that a desk knows; see `Desk` for what its parts are."""

    def __init__(
        self,
        table: BenefitTable,
        catalogue: Catalogue | None,
        profile: Profile,
        people: Iterable[Insured],
        hospitals: Iterable[Hospital],
        new_id: NewId | None,
    ) -> None:
        self.table, self.catalogue, self.profile = table, catalogue, profile
        self.people: Mapping[str, Insured] = {one.psn_no: one for one in people}
        self.hospitals: Mapping[str, Hospital] = {one.fixmedins_code: one for one in hospitals}
        self.visits: dict[str, Kept] = {}
        self.booked: dict[str, Booked] = {}
        self.ledgers: dict[tuple[str, str], Ledger] = {}
        #: Calls that 2601 can reverse: msgid to the call and the id that it gave.
        self.made: dict[str, tuple[str, str]] = {}
        #: The msgids of those that it has reversed.
        self.undone: set[str] = set()
        self._given: dict[str, int] = {}
        self.new_id: NewId = new_id or self._count

    def _count(self, kind: str) -> str:
        """Return the next id of a kind: M000001 for visits, S000001 for settlements."""
        self._given[kind] = self._given.get(kind, 0) + 1
        return f"{kind[0].upper()}{self._given[kind]:06}"

    def person(self, psn_no: str) -> Insured:
        """Return a person; raise MessageError N203, which does not tell whom."""
        found = self.people.get(psn_no)
        if found is None:
            raise MessageError("N203", "psn_no", expected="a person that the desk knows")
        return found

    def hospital(self, fixmedins_code: str | None) -> Hospital:
        """Return an institution; raise MessageError N203."""
        found = self.hospitals.get(fixmedins_code or "")
        if found is None:
            expected = "an institution that the desk knows"
            raise MessageError("N203", "fixmedins_code", expected=expected, found=fixmedins_code)
        return found

    def visit(self, mdtrt_id: str, psn_no: str) -> Kept:
        """Return a visit of a person; raise MessageError N203 for none, or another person's."""
        found = self.visits.get(mdtrt_id)
        if found is None or found.psn_no != psn_no:
            raise MessageError("N203", "mdtrt_id", expected="a visit of this person")
        return found

    def settlement(self, setl_id: str, mdtrt_id: str, psn_no: str) -> Booked:
        """Return a settlement of a visit and person; raise MessageError N203."""
        found = self.booked.get(setl_id)
        if found is None or (found.mdtrt_id, found.psn_no) != (mdtrt_id, psn_no):
            raise MessageError("N203", "setl_id", expected="a settlement of this visit")
        return found

    def ledger(self, psn_no: str, insutype: str) -> Ledger:
        """Return a copy of a person's ledger for an insurance; a new one where there is none.

        What a ledger keeps in the accounts is what is in them; a policy whose layers pay from no
        account keeps none.
        """
        known = self.ledgers.get((psn_no, insutype))
        if known is not None:
            return known.copy()
        person = self.person(psn_no)
        counters = self.table.meta.counters
        opening = (person.opening or YearToDate()).with_balances(
            own_fen=balance_of(person.insurance(insutype)) if OWN_BALANCE in counters else None,
            family_fen=person.family_fen if FAMILY_BALANCE in counters else None,
        )
        return Ledger(self.table, mode="latest_only", opening=opening)

    def own_fen(self, ledger: Ledger, person: Insured, insutype: str) -> int:
        """Return what the own account holds; what 1101 said where the policy never touches it."""
        if OWN_BALANCE in self.table.meta.counters:
            return ledger.year_to_date.counters.get(OWN_BALANCE, 0)
        return balance_of(person.insurance(insutype))
