"""`medsettle new`: the beginnings of a policy and of its worked examples, to be filled in."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Final

from medsettle.case_files import SUFFIX
from medsettle.cli.common import OK, USAGE, CommandError, reason_of, whole_file
from medsettle.policy.skeleton import cases_skeleton, policy_skeleton
from medsettle.vocabulary import SCHEMES

_CODE: Final = re.compile(r"[1-9][0-9]{5}")
_NAME: Final = re.compile(r"[a-z]+(-[a-z]+)*")
#: The name of a folder of which only the region's code is known.
UNNAMED: Final = "region"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `new` takes."""
    parser.add_argument("policy", metavar="CODE/SCHEME", help="such as 320100/employee")
    parser.add_argument("--title", default="", help="the scheme's name in Chinese")
    parser.add_argument("--name", help="the region in pinyin, for the folder; such as nanjing")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("policies"), metavar="DIR",
        help="where the region's folder stands or comes to stand; default: policies",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write both files, or none; a file that is there stays as it is."""
    region, scheme = _named(args.policy)
    texts = {
        ".toml": policy_skeleton(region, scheme, _title(args.title)),
        SUFFIX: cases_skeleton(scheme),
    }
    folder = _folder(args.out, region, args.name)
    files = {folder / f"{scheme}{suffix}": text for suffix, text in texts.items()}
    for file in files:
        if file.exists() or file.is_symlink():
            raise CommandError(f"{file}: exists already, and is left as it is")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{folder}: {reason_of(error)}") from None
    for file, text in files.items():
        with whole_file(file, force=False) as part:
            part.write(text.encode())
        print(file)
    policy, cases = files
    print(f"fill in what `medsettle check {policy}` points at; then `medsettle test {cases}`")
    return OK


def _named(policy: str) -> tuple[str, str]:
    """Return region and scheme of `320100/employee`."""
    region, _, scheme = policy.partition("/")
    if not _CODE.fullmatch(region):
        expected = "the region's six digits (GB/T 2260), such as 320100/employee"
        raise CommandError(f"expected {expected}, found `{policy}`", USAGE)
    if scheme not in SCHEMES:
        expected = " or ".join(f"{region}/{one}" for one in SCHEMES)
        raise CommandError(f"expected {expected}, found `{policy}`", USAGE)
    return region, scheme


def _title(title: str) -> str:
    try:
        title.encode()
    except UnicodeEncodeError:
        raise CommandError("--title: is no UTF-8", USAGE) from None
    return title.strip()


def _folder(out: Path, region: str, name: str | None) -> Path:
    """Return the folder of a region: the one that is there, or a new one."""
    if name is not None and not _NAME.fullmatch(name):
        expected = "small letters, such as nanjing"
        raise CommandError(f"--name: expected {expected}, found `{name}`", USAGE)
    there = sorted(path for path in out.glob(f"{region}-*") if path.is_dir())
    if not there:
        return out / f"{region}-{name or UNNAMED}"
    if name is not None and there[0].name != f"{region}-{name}":
        raise CommandError(f"{there[0]}: is the region's folder already; leave out --name")
    return there[0]
