"""Shipped policies, compiled when the package is built, so that loading one takes no compiling.

A prepared image stands beside its policy as `employee.<digest>.mst`; the digest is of the texts it
was made from.  Whoever edits the policy changes the digest, and the image is not looked at again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from medsettle.compile.layout import FORMAT

#: The folder of national limits, which compile into nothing.
NATIONAL = "000000-"

_INHERITS = re.compile(rb"^\s*inherits\s*=\s*[\"']([0-9]{6})/(\w+)[\"']", re.MULTILINE)


def prepared_image(policy: Path) -> Path:
    """Return where the prepared image of a policy file stands, if there is one."""
    digest = hashlib.sha256(bytes([FORMAT]))
    for text in _texts(policy, set()):
        digest.update(hashlib.sha256(text).digest())
    return policy.with_name(f"{policy.stem}.{digest.hexdigest()[:16]}.mst")


def _texts(policy: Path, seen: set[Path]) -> Iterator[bytes]:
    """Yield the text of a policy file and of every one that it inherits from."""
    seen.add(policy)
    text = policy.read_bytes()
    yield text
    for code, scheme in _INHERITS.findall(text):
        folders = policy.parent.parent.glob(f"{code.decode()}-*")
        for inherited in sorted(folder / f"{scheme.decode()}.toml" for folder in folders):
            if inherited not in seen and inherited.is_file():
                yield from _texts(inherited, seen)


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
        image = prepared_image(policy)
        part = image.with_suffix(".part")  # a name that nobody loads, until it is whole
        part.write_bytes(compile_policy(load_policy(policy)))
        part.replace(image)
    return len(policies)
