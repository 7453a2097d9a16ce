"""Which policy and cases files a command means: given ones, those in folders, shipped ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from medsettle.bill.rules_file import is_rules
from medsettle.case_files import SUFFIX
from medsettle.cli.common import CommandError
from medsettle.load import UnknownPolicyError, policies_folder, shipped
from medsettle.policy.limits import is_limits


def toml_files(names: Iterable[str]) -> list[Path]:
    """Return the policies and cases files that `names` mean: files, folders, shipped policies."""
    given = list(names) or [str(shown(_shipped_folder()))]
    found = (file for name in given for file in _files(name))
    return list(dict.fromkeys(found))


def cases_files(names: Iterable[str]) -> list[Path]:
    """Return the cases files that `names` mean; for a policy, the one beside it."""
    found: list[Path] = []
    for file in toml_files(names):
        beside = file if is_cases(file) else file.with_name(f"{file.stem}{SUFFIX}")
        if beside.is_file() and beside not in found:
            found.append(beside)
    return found


def policy_files(names: Iterable[str]) -> list[Path]:
    """Return the policies that `names` mean, without worked examples, limits and rules."""
    others = (is_cases, is_limits, is_rules)
    return [file for file in toml_files(names) if not any(other(file) for other in others)]


def one_policy(name: str) -> str:
    """Return what names a policy; for a folder, the only policy in it."""
    if not Path(name).is_dir():
        return name
    found = policy_files([name])
    if len(found) != 1:
        there = ", ".join(map(str, found)) or "none"
        raise CommandError(f"{name}: expected one policy in the folder, found {there}")
    return str(found[0])


def files_without_cases(names: Iterable[str]) -> list[Path]:
    """Return the policies named one by one that have no cases file beside them."""
    named = [name for name in names if not Path(name).is_dir()]
    return [file for file in toml_files(named) if not cases_files([str(file)])] if named else []


def is_cases(file: Path) -> bool:
    """Tell whether a file holds cases, by its name."""
    return file.name.endswith(SUFFIX)


def _files(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        return sorted(path.rglob("*.toml"))
    if path.suffix == ".toml":
        return [path]
    if name in shipped():
        return [shown(shipped()[name])]
    if path.exists():
        raise CommandError(f"{path}: is neither a folder nor a .toml file")
    raise CommandError(f"{name}: no such file, folder or shipped policy")


def _shipped_folder() -> Path:
    try:
        return policies_folder()
    except UnknownPolicyError as error:
        raise CommandError(str(error)) from None


def shown(path: Path) -> Path:
    """Return the path as seen from here, where that is shorter."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
