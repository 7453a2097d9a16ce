"""A side that is a file: `.csv`, `.txt`, `.tsv`, one of them in a `.zip`, or `.parquet`."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, cast

from medsettle.reconcile.blocks import Source
from medsettle.reconcile.delimited import Delimited
from medsettle.reconcile.errors import CHANGED, UNREADABLE, ReconcileError

SUFFIXES: Final = (".csv", ".txt", ".tsv", ".zip", ".parquet")

#: What a damaged archive makes `zipfile` raise; RuntimeError also for one with a password.
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(OSError, EOFError, ValueError, KeyError, RuntimeError),
)


def open_source(path: Path, header: tuple[str, ...] | None = None) -> Source:
    """Return the file at `path`; `header` names its columns where it has no header itself.

    A pipe is copied into a temporary file without a name, since a side may be read twice.
    Raises ReconcileError for a file that cannot be read or that no reader knows.
    """
    where = str(path)
    try:
        kind = path.stat()
    except OSError as error:
        raise ReconcileError(UNREADABLE, _reason(error), where=where) from None
    if stat.S_ISDIR(kind.st_mode):
        raise ReconcileError(UNREADABLE, "is a folder, not a file", where=where)
    if not stat.S_ISREG(kind.st_mode):
        return _spooled(path, header)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        told = f"must end in one of {', '.join(SUFFIXES)}"
        raise ReconcileError(UNREADABLE, told, where=where)
    opened = _unchanged(path, kind)
    if suffix == ".parquet":
        from medsettle.reconcile.arrow import ParquetSource

        return ParquetSource(where, opened)
    if suffix == ".zip":
        return _zipped(where, opened, header)
    return Delimited(where, opened, kind.st_size, header)


def _unchanged(path: Path, before: os.stat_result) -> Callable[[], IO[bytes]]:
    """Return what opens the file, and refuses when another one has come in its place."""

    def opened() -> IO[bytes]:
        try:
            file = path.open("rb")
        except OSError as error:
            raise ReconcileError(UNREADABLE, _reason(error), where=str(path)) from None
        now = os.fstat(file.fileno())
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            file.close()
            raise ReconcileError(CHANGED, "has changed while it was read", where=str(path))
        return file

    return opened


def _spooled(path: Path, header: tuple[str, ...] | None) -> Source:
    with path.open("rb") as pipe, tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(pipe, copy)
        copy.flush()
        kept = os.dup(copy.fileno())

    def opened() -> IO[bytes]:
        again = os.fdopen(os.dup(kept), "rb")
        again.seek(0)
        return again

    try:
        source = Delimited(str(path), opened, os.fstat(kept).st_size, header)
    except BaseException:
        os.close(kept)
        raise
    weakref.finalize(source, os.close, kept)
    return source


def _zipped(where: str, opened: Callable[[], IO[bytes]], header: tuple[str, ...] | None) -> Source:
    def opened_member() -> IO[bytes]:
        raw = opened()
        try:
            archive = zipfile.ZipFile(raw)
            return cast(IO[bytes], _Member(archive.open(_only(archive, where)), raw, where))
        except BaseException as error:
            raw.close()
            if isinstance(error, ReconcileError) or not isinstance(error, _DAMAGE):
                raise
            told = f"cannot be unpacked: {error}"
            raise ReconcileError(UNREADABLE, told, where=where) from None

    opened_member().close()
    with opened() as file, zipfile.ZipFile(file) as archive:
        return Delimited(where, opened_member, _only(archive, where).file_size, header)


def _only(archive: zipfile.ZipFile, where: str) -> zipfile.ZipInfo:
    """Return the one file in an archive."""
    files = [one for one in archive.infolist() if not one.is_dir()]
    if len(files) != 1:
        told = f"expected one file in it, found {len(files)}"
        raise ReconcileError(UNREADABLE, told, where=where)
    if files[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        told = "cannot be unpacked: expected the usual compression (deflate)"
        raise ReconcileError(UNREADABLE, told, where=where)
    return files[0]


class _Member:
    """A file in an archive, whose damage is told as that of the file."""

    def __init__(self, member: IO[bytes], raw: IO[bytes], where: str) -> None:
        self._member, self._raw, self._where = member, raw, where

    def read(self, size: int = -1) -> bytes:
        return self._guarded(self._member.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._guarded(self._member.readline, size)

    def _guarded(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except _DAMAGE as error:
            told = f"cannot be unpacked: {error}"
            raise ReconcileError(UNREADABLE, told, where=self._where) from None

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._member.close()
        self._raw.close()

    def __enter__(self) -> _Member:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _reason(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
