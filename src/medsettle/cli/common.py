"""What the commands share: errors in one line, files that appear whole, policies by name."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from medsettle.compile import CompileError
from medsettle.load import UnknownPolicyError, load
from medsettle.policy import PolicyError
from medsettle.table import BenefitTable, TableError

#: Exit codes.
OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
SOME_REJECTED: Final = 3

EXISTS: Final = "exists already; --force replaces it"


class CommandError(Exception):
    """A command that cannot go on; the text is one line for the user."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    """Write a line to stderr."""
    print(text, file=sys.stderr)


def tell_regions(catalogue: str, policy: str) -> None:
    """Note on stderr that a catalogue is of another region than the policy: no error in itself."""
    if catalogue != policy:
        say(f"note: the catalogue is of region {catalogue}, the policy of region {policy}")


def counted(n: int, what: str) -> str:
    """Return a number of things in words: `1 file`, `2 files`."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def day_of(text: str | None) -> dt.date | None:
    """Return the day of `--on`; raise CommandError for what is no date."""
    if text is None:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise CommandError(f"--on: expected a date YYYY-MM-DD, found `{text}`")
    return day


def open_table(name: str, on: str | None = None) -> BenefitTable:
    """Return the table of a policy as the user names it; raise CommandError or PolicyError."""
    day = day_of(on)
    try:
        return load(name, day)
    except PolicyError:
        raise
    except (UnknownPolicyError, TableError, CompileError) as error:
        raise CommandError(str(error)) from None
    except (ValueError, OSError) as error:
        raise CommandError(f"{name}: {reason_of(error)}") from None


def reason_of(error: Exception) -> str:
    """Return what went wrong, without the number and the path that OSError puts around it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return str(error)


def open_input(path: Path) -> io.BufferedReader:
    """Return the file at `path`, open; raise CommandError when there is nothing to read."""
    if path.is_dir():
        raise CommandError(f"{path}: is a folder, not a file")
    try:
        file = path.open("rb")
        if file.peek(1):
            return file
        file.close()
    except OSError as error:
        raise CommandError(f"{path}: {reason_of(error)}") from None
    raise CommandError(f"{path}: is empty")


def check_output(path: Path, inputs: list[Path], *, force: bool) -> None:
    """Raise CommandError when `path` may not be written."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:  # links in a circle, a name too long
        raise CommandError(f"{path}: {reason_of(error)}") from None
    for other in inputs:
        if path.resolve() == other.resolve() or _is_same_file(path, other):
            raise CommandError(f"{path}: would overwrite {other}", USAGE)
    if path.is_dir():
        raise CommandError(f"{path}: is a folder, not a file")
    if path.exists() and not path.is_file():
        raise CommandError(f"{path}: is not a plain file")
    if path.exists() and not force:
        raise CommandError(f"{path}: {EXISTS}")
    if not path.parent.is_dir():
        raise CommandError(f"{path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise CommandError(f"{path}: the folder {path.parent} cannot be written to")


def _is_same_file(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)


@contextlib.contextmanager
def whole_file(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Give a file to write to that takes the place of `path` at the end, or leaves no trace.

    It is written beside `path` under a name that begins with a dot, and removed on any error,
    Ctrl-C too.  Without `force` a file that has come to `path` in the meantime stays as it is.
    """
    target = path.resolve()
    part = target.parent / f".{path.name}.{secrets.token_hex(6)}.part"
    _parts.add(part)
    try:
        try:
            file = open(part, "xb", opener=_for_the_user_alone)  # noqa: SIM115
        except OSError as error:
            raise CommandError(f"{path}: {reason_of(error)}") from None
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        try:
            if force:
                part.replace(target)
            else:
                _place(part, target)
        except FileExistsError:
            raise CommandError(f"{path}: {EXISTS}") from None
        except OSError as error:
            raise CommandError(f"{path}: {reason_of(error)}") from None
    finally:
        part.unlink(missing_ok=True)
        _parts.discard(part)


def _for_the_user_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


#: Files being written.  A signal may come where no `finally` stands yet: see `remove_parts`.
_parts: set[Path] = set()


def remove_parts() -> None:
    """Remove the files that an interrupted command was writing and had no time to remove."""
    while _parts:
        with contextlib.suppress(OSError):
            _parts.pop().unlink(missing_ok=True)


def _place(part: Path, target: Path) -> None:
    """Give `part` the name `target`; raise FileExistsError when something has that name."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # No links on this file system: take the name first, then fill it.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            part.replace(target)
        except BaseException:
            target.unlink()
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
