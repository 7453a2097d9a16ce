"""Files of national messages, checked: JSON, or one JSON value a line; reversals find originals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from medsettle.nhsa.decoding import BYTES_MAX, decode
from medsettle.nhsa.finding import FAILS, Finding, Settled
from medsettle.nhsa.gathering import NODES, gathered
from medsettle.nhsa.identities import check
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.refusing import MessageError

_LINES: Final = (".jsonl", ".ndjson")


class Checked(msgspec.Struct, frozen=True):
    """What was found in one message: its findings, or why it cannot be read.

    `is_empty` says that it states no amounts, so that there is nothing to check.  `line` is that
    of a file with one message a line, `number` the message's place in the file.
    """

    file: str
    number: int
    line: int | None = None
    profile: str = ""
    findings: tuple[Finding, ...] = ()
    error: MessageError | None = None
    is_empty: bool = False

    @property
    def fails(self) -> bool:
        """Whether it cannot be read, or an identity fails."""
        return self.error is not None or any(one.state == FAILS for one in self.findings)

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.file}:{self.line}" if self.line else f"{self.file}: message {self.number}"


#: The settlements that reversals cancel, by `setl_id`.
_Originals = Mapping[str, Settled]


def check_files(files: Iterable[Path], use: Profile | None = None) -> Iterator[Checked]:
    """Yield what every message of the files says, in order.

    A reversal is compared with its original (`init_setl_id`) wherever in the files that is.
    Raises OSError for a file that cannot be read.
    """
    paths = list(files)
    originals = _originals(paths, use)
    for path in paths:
        number = 0
        for line, found in _messages(path, use):
            number += 1
            if isinstance(found, MessageError):
                yield Checked(str(path), number, line, error=found)
                continue
            if found.is_empty:
                yield Checked(str(path), number, line, found.profile.name, is_empty=True)
                continue
            facts = _with_original(found, originals)
            yield Checked(str(path), number, line, facts.profile.name, check(facts))


def _messages(
    path: Path, use: Profile | None, mark: bytes = b""
) -> Iterator[tuple[int | None, Settled | MessageError]]:
    """Yield the messages of a file, with their lines; only of texts with `mark` in them."""
    if path.suffix.lower() in _LINES:
        yield from _line_messages(path, use, mark)
        return
    with path.open("rb") as file:
        data = file.read(BYTES_MAX + 1)
    if mark in data:
        for found in _of_text(data, use):
            yield None, found


def _line_messages(
    path: Path, use: Profile | None, mark: bytes
) -> Iterator[tuple[int, Settled | MessageError]]:
    with path.open("rb") as file:
        number = 0
        while text := file.readline(BYTES_MAX + 1):
            number += 1
            if len(text) > BYTES_MAX:
                while not text.endswith(b"\n") and (text := file.readline(BYTES_MAX)):
                    pass
                yield number, MessageError("N105", expected=f"at most {BYTES_MAX:,} bytes a line")
            elif text.strip() and mark in text:
                for found in _of_text(text, use):
                    yield number, found


def _of_text(data: bytes, use: Profile | None) -> Iterator[Settled | MessageError]:
    """Yield the messages of one JSON value, each that cannot be read as its error."""
    try:
        value = decode(data)
    except MessageError as error:
        yield error
        return
    for number, one in enumerate(_parts(value), 1):
        try:
            yield from list(gathered(one, use))
        except MessageError as error:
            yield error.at("", number) if one is not value else error


def _parts(value: Any) -> list[Any]:
    """Return the messages of a list one by one, so that a bad one does not hide the others.

    An object of objects, none of them a node of the interface, is such a list with names.
    """
    if isinstance(value, dict) and value and NODES.isdisjoint(value):
        named = list(value.values())
        if all(isinstance(one, dict) for one in named):
            return named
    is_list = isinstance(value, list) and not all(
        isinstance(one, dict) and "det_item_fee_sumamt" in one for one in value
    )
    return value if is_list else [value]


def _originals(paths: Iterable[Path], use: Profile | None) -> dict[str, Settled]:
    """Return the settlements that some reversal in the files names as its original."""
    paths = list(paths)
    wanted = {
        found.info.init_setl_id
        for path in paths
        for _, found in _messages(path, use, b"init_setl_id")
        if isinstance(found, Settled) and found.info is not None and found.is_reversal
    } - {None}
    if not wanted:
        return {}
    return {
        found.info.setl_id: found
        for path in paths
        for _, found in _messages(path, use)
        if isinstance(found, Settled)
        and found.info is not None
        and found.info.setl_id in wanted
        and found.info.setl_id is not None
    }


def _with_original(facts: Settled, originals: _Originals) -> Settled:
    if facts.info is None or facts.original is not None or not facts.is_reversal:
        return facts
    original = originals.get(facts.info.init_setl_id or "")
    if original is None:
        return facts
    return msgspec.structs.replace(facts, original=original.info, original_details=original.details)
