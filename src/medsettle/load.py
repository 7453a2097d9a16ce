"""Finding and loading policies: shipped regions by name, files by path."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

from medsettle.compile import CompileError, compile_policy
from medsettle.policy import PolicyError, load_policy
from medsettle.policy.document import Policy
from medsettle.policy.errors import Diagnostic
from medsettle.policy.resolve import around, in_force
from medsettle.prepared import prepared_image
from medsettle.table import BenefitTable, open_image, parse_day


class UnknownPolicyError(LookupError):
    """A region or scheme that is not shipped, or a path that is not there."""

    def __str__(self) -> str:
        return str(self.args[0])


@functools.cache
def policies_folder() -> Path:
    """Return the folder of shipped policies: inside the package, or the checkout's own."""
    package = Path(__file__).resolve().parent
    for folder in (package / "policies", package.parents[1] / "policies"):
        if folder.is_dir():
            return folder
    raise UnknownPolicyError("the policies that ship with medsettle are not where they should be")


def shipped() -> dict[str, Path]:
    """Return the shipped policies: name `110000/employee` to file."""
    files = sorted(policies_folder().glob("[1-9]*-*/*.toml"))
    return {
        f"{file.parent.name.partition('-')[0]}/{file.stem}": file
        for file in files
        if not file.name.endswith(".cases.toml")
    }


def find(name: str | Path) -> Path:
    """Return the file of a policy given as `110000/employee`, or as a path that exists."""
    if not isinstance(name, str | Path):
        raise TypeError(f"expected a name such as '110000/employee' or a path, found {name!r}")
    path = Path(name)
    if path.suffix in (".toml", ".mst"):
        if not path.is_file():
            raise UnknownPolicyError(f"no such file: {path}")
        return path
    code, _, scheme = str(name).partition("/")
    if code.isdecimal() and scheme.isidentifier():
        for file in policies_folder().glob(f"{code}-*/{scheme}.toml"):
            return file
    raise UnknownPolicyError(
        f"no policy `{name}` is shipped; there are: {', '.join(shipped())}; "
        "or give a path to a .toml"
    )


def load(name: str | Path, on: dt.date | str | None = None) -> BenefitTable:
    """Return the benefit table of a shipped policy (`"110000/employee"`), a `.toml` or a `.mst`.

    The table holds every version of the policy; `on` keeps only those in force on that day, for
    the days around it on which no version changes.  Raises UnknownPolicyError when there is no such
    policy, PolicyError with every mistake of a policy that is wrong, TableError for a damaged
    image, ValueError for `on` with a `.mst` or on a day without a version.
    """
    path = find(name)
    day = parse_day(on)
    if path.suffix == ".mst":
        if day is not None:
            raise ValueError("`on` chooses versions when a policy is compiled; a .mst is compiled")
        return open_image(path)
    if day is None and not isinstance(name, Path) and not str(name).endswith(".toml"):
        prepared = prepared_image(path)
        if prepared.is_file():
            return open_image(prepared)
    policy = read(path, day)
    try:
        return BenefitTable(compile_policy(policy if day is None else around(policy, day)))
    except CompileError as error:
        raise PolicyError([Diagnostic("P516", "error", error.place, error.what)]) from None


def read(path: Path, on: dt.date | None = None) -> Policy:
    """Return the checked policy of a file; ValueError where it has no version on the day `on`."""
    policy = load_policy(path)
    if on is not None and not any(in_force(one, on) for one in policy.benefits.values()):
        first = min(v.from_ for versions in policy.benefits.values() for v in versions)
        raise ValueError(f"{policy.name} has no version in force on {on}; the first is of {first}")
    return policy
