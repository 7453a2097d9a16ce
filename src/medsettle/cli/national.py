"""National limits for `medsettle check`: which file holds them, and what departs from them."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

from medsettle.cli.files import shown
from medsettle.load import UnknownPolicyError, policies_folder
from medsettle.policy.departures import departures
from medsettle.policy.document import Policy
from medsettle.policy.errors import Diagnostic
from medsettle.policy.limits import NATION, SUFFIX, Limits, examine_limits


def national_departures(policy: Policy) -> list[Diagnostic]:
    """Return a warning for each figure of a region that departs from a national limit.

    Where the limits themselves are wrong, what is wrong with them.
    """
    file = None if policy.region == NATION else _limits_file(Path(policy.file))
    if file is None:
        return []
    limits, found = _limits(file)
    if limits is None:
        return found
    files = {policy.file, *(each.place.file for dated in policy.layers.values() for each in dated)}
    texts = {name: Path(name).read_text(encoding="utf-8").split("\n") for name in files}
    return departures(policy, limits, texts)


def _limits_file(policy: Path) -> Path | None:
    """Return the limits beside the policy's folder, or those that ship."""
    folders = [policy.absolute().parent.parent]
    with contextlib.suppress(UnknownPolicyError):
        folders.append(policies_folder())
    found = (file for folder in folders for file in sorted(folder.glob(f"{NATION}-*/{SUFFIX}")))
    return next(map(shown, found), None)


@functools.cache
def _limits(file: Path) -> tuple[Limits | None, list[Diagnostic]]:
    return examine_limits(file)
