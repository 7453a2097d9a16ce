"""Compiles the C test programs from the kernel's sources, as any C project would."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
CORE = HERE.parents[1] / "src" / "medsettle" / "_core"
SOURCES = tuple(CORE / f"{name}.c" for name in ("kernel", "batch", "table", "split", "catalogue"))
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wsign-compare", "-Werror")
#: Every overflow is seen: nothing tells the compiler that it may wrap.
SANITIZED = (
    "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
    "-fstrict-overflow", "-fno-wrapv", "-fno-omit-frame-pointer",
)  # fmt: skip
FLAGS = {"plain": ("-O2",), "sanitized": SANITIZED, "coverage": ("-O0", "--coverage")}


def compiler() -> list[str]:
    """Return the C compiler's command: CC, or cc, gcc or clang."""
    if os.environ.get("CC"):
        return os.environ["CC"].split()
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    raise RuntimeError("no C compiler found: install one, or name it in the variable CC")


def compile_program(program: str, kind: str, folder: Path) -> Path:
    """Return the program made of `<program>.c` and the kernel, built in `folder`."""
    target = folder / f"{program}-{kind}"
    sources = map(str, (HERE / f"{program}.c", *SOURCES))
    flags = [*STRICT, *FLAGS[kind], f"-I{CORE}"]
    run([*compiler(), *flags, *sources, "-o", str(target)], folder)
    return target


def compile_library(folder: Path) -> Path:
    """Return a shared library of the kernel alone, built in `folder`."""
    target = folder / "libmedsettle.so"
    run(
        [*compiler(), *STRICT, "-O2", "-shared", "-fPIC", *map(str, SOURCES), "-o", str(target)],
        folder,
    )
    return target


def run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")


def run_program(program: Path, *arguments: Path | str, given: str = "") -> str:
    """Run a test program; return what it says, or raise AssertionError with what went wrong.

    `given` is its standard input.
    """
    done = subprocess.run(
        [program, *arguments], input=given, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, (
        f"{program.name} {' '.join(map(str, arguments))} ended with {done.returncode}\n"
        f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    )
    return done.stdout
