"""Shipped policies, compiled when the package is built, so that loading one takes no compiling.

A prepared image stands beside its policy as `employee.<digest>.mst`; the digest is of the texts it
was made from.  Whoever edits the policy changes the digest, and the image is not looked at again.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

#: The folder of what regions inherit begins with this code.
NATIONAL = "000000-"
#: What stands there, too, and compiles into nothing.
LIMITS = "limits.toml"


def prepared_image(policy: Path) -> Path:
    """Return where the prepared image of a policy file stands, if there is one."""
    digest = hashlib.sha256()
    inherited = policy.parent.parent.glob(f"{NATIONAL}*/*.toml")
    for text in (policy, *sorted(file for file in inherited if file.name != LIMITS)):
        digest.update(hashlib.sha256(text.read_bytes()).digest())
    return policy.with_name(f"{policy.stem}.{digest.hexdigest()[:16]}.mst")


def prepare(folder: Path) -> int:
    """Compile every policy under `folder` beside it; return how many.

    Raises PolicyError for a policy that is wrong.
    """
    from medsettle.compile import compile_policy
    from medsettle.policy import load_policy

    policies = [
        path
        for path in sorted(folder.glob("*/*.toml"))
        if not path.name.endswith(".cases.toml") and not path.parent.name.startswith(NATIONAL)
    ]
    for policy in policies:
        prepared_image(policy).write_bytes(compile_policy(load_policy(policy)))
    return len(policies)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
