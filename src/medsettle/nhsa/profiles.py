"""What regions do differently in the national interface, as data: `profiles/*.toml`.

A profile says how numbers are written, whether the fund total has the personal account in it, what
`setldetail` lists, other spellings of fields, which payer a `fund_pay_type` is, and what its own
codes mean.  A profile builds on the one it names as `base`, at last on `national`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import msgspec

from medsettle.nhsa.refusing import MessageError

NATIONAL: Final = "national"
#: A key that ends so stands for all codes that begin like it.
ANY: Final = "*"


class PaidBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payer of `setldetail`: the `setlinfo` field it counts in, and the payer of a policy.

    `fund` is a name of `vocabulary.FUNDS`.
    """

    column: str
    fund: str


class FundTotal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether `fund_pay_sumamt` has `acct_pay` in it; `known` false where nobody confirmed it."""

    includes_account: bool
    known: bool


class Breakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `setldetail` lists besides the funds; `known` false where nobody confirmed it."""

    lists_account: bool
    lists_hospital: bool
    known: bool


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One region's way with the interface.  `docs/nhsa.md` describes each key.

    `regions` are prefixes of region codes, `numbers` is "number" or "text", `spellings` maps other
    spellings to the names of the structs, `writes` gives by call the names to write instead,
    `omits` the fields that an answer leaves out, `payers` maps `fund_pay_type`, `funds` maps our
    payers back to it, by scheme (or `any`),
    `meanings` maps codes to names of `medsettle.vocabulary` and `medsettle.bill.words`, and
    `codes` adds titles to the national tables.
    """

    name: str
    title: str
    base: str | None = None
    regions: tuple[str, ...] = ()
    numbers: str
    fund_total: FundTotal
    breakdown: Breakdown
    spellings: dict[str, str]
    writes: dict[str, dict[str, str]]
    omits: dict[str, tuple[str, ...]]
    payers: dict[str, PaidBy]
    funds: dict[str, dict[str, str]]
    meanings: dict[str, dict[str, str]]
    codes: dict[str, dict[str, str]]

    def __hash__(self) -> int:
        """Return the hash of its name; two profiles of one name still differ if they do."""
        return hash(self.name)

    @functools.cached_property
    def other_spellings(self) -> tuple[tuple[str, str], ...]:
        """The spellings as pairs: what readers are made for."""
        return tuple(self.spellings.items())

    @property
    def total_includes_account(self) -> bool:
        """Whether the fund total has the personal account in it."""
        return self.fund_total.includes_account

    def payer(self, fund_pay_type: str) -> PaidBy | None:
        """Return whom a `fund_pay_type` stands for; None where the region does not say."""
        return self.payers.get(fund_pay_type)

    def fund_code(self, fund: str, scheme: str) -> str | None:
        """Return the `fund_pay_type` of one of our payers; None where the region has none."""
        for key in (scheme, "any"):
            code = self.funds.get(key, {}).get(fund)
            if code is not None:
                return code
        return None

    def meaning(self, field: str, code: str) -> str:
        """Return what a code means in our words, such as `inpatient` for `med_type` 21.

        Looks for the code itself, then without or with leading zeros, then for the longest
        beginning that stands for all (`11*`).  Raises MessageError (N114) where there is none.
        """
        table = self.meanings.get(field, {})
        for form in (code, code.lstrip("0"), code.zfill(2)):
            if form in table:
                return table[form]
        for length in range(len(code), 0, -1):
            found = table.get(code[:length] + ANY)
            if found is not None:
                return found
        raise MessageError(
            "N114",
            field,
            expected=f"one of {', '.join(sorted(table))}" if table else "no code at all",
            found=code,
            mend=f"Profile `{self.name}`: state the meaning yourself, or add it to a profile",
        )


def folder() -> Traversable:
    """Return where the profiles that ship are."""
    return resources.files("medsettle.nhsa") / "profiles"


def profile_names() -> tuple[str, ...]:
    """Return the names of all profiles that ship, the national one first."""
    names = (file.name.removesuffix(".toml") for file in folder().iterdir())
    found = sorted(name for name in names if not name.startswith(("_", ".")))
    return (NATIONAL, *(name for name in found if name != NATIONAL))


@functools.cache
def profile(name: str = NATIONAL) -> Profile:
    """Return a profile by name; raise MessageError (N115) for one that does not ship."""
    if name not in profile_names():
        raise MessageError("N115", expected=f"one of {', '.join(profile_names())}")
    return made(name, (folder() / f"{name}.toml").read_text(encoding="utf-8"))


def made(name: str, text: str) -> Profile:
    """Return the profile that a TOML text says, on top of its base.

    Raises ValueError for what is no profile, naming the key.
    """
    stated = tomllib.loads(text)
    stated["name"] = name
    base = stated.setdefault("base", None if name == NATIONAL else NATIONAL)
    if base is not None:
        below: dict[str, Any] = msgspec.to_builtins(profile(base))
        below["regions"] = ()
        stated = _joined(below, stated)
    found = msgspec.convert(stated, Profile)
    if found.numbers not in ("number", "text"):
        raise ValueError(f"{name}: `numbers` must be number or text, found {found.numbers}")
    return found


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with what `above` says in its place, table by table."""
    joined = dict(below)
    for key, value in above.items():
        under = joined.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            joined[key] = _joined(under, value)
        else:
            joined[key] = value
    return joined


@functools.lru_cache(maxsize=4096)
def profile_of(region: str) -> Profile:
    """Return the profile of a region's code (`insuplc_admdvs`): that with the longest prefix."""
    best, length = NATIONAL, 0
    for name in profile_names():
        for prefix in profile(name).regions:
            if region.startswith(prefix) and len(prefix) > length:
                best, length = name, len(prefix)
    return profile(best)
