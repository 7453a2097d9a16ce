"""Measures which branches of the kernel the C tests take: `python tests/c/branch_coverage.py`.

Builds the kernel for gcov, runs the C test programs on the same policies and claims as
`test_c_kernel.py`, and prints what was not taken; exit 1 unless it is all of it.  Inlined code is
counted where it stands: layer.h twice, once in whole fen and once exactly.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import build_c  # noqa: E402
import oracle_cases  # noqa: E402
import test_c_kernel as suite  # noqa: E402
import test_c_lines as line_suite  # noqa: E402
import text_cases  # noqa: E402

FILES = (
    *("kernel.c", "batch.c", "table.c", "chain.h", "layer.h", "rule.h", "counters.h"),
    *("money.h", "calendar.h", "image.h", "text.h", "message.h", "line_message.h"),
    *("split.c", "catalogue.c"),
)
PROGRAMS = ("settle_cases", "hostile_images", "text_cases", "split_cases", "hostile_catalogues")
#: The objects with code to count: the kernel's, and the program that alone has the text's.
OBJECTS = (*(source.stem for source in build_c.SOURCES), "text_cases")


def build(folder: Path) -> dict[str, Path]:
    """Build the kernel once and all programs around it, so that their counts add up."""
    flags = [*build_c.STRICT, *build_c.FLAGS["coverage"], f"-I{build_c.CORE}"]
    objects = []
    for source in build_c.SOURCES:
        objects.append(str(folder / f"{source.stem}.o"))
        build_c.run([*build_c.compiler(), *flags, "-c", str(source), "-o", objects[-1]], folder)
    programs = {}
    for name in PROGRAMS:
        programs[name] = folder / name
        own = str(folder / f"{name}.o")
        source = str(HERE / f"{name}.c")
        build_c.run([*build_c.compiler(), *flags, "-c", source, "-o", own], folder)
        command = [*build_c.compiler(), *flags, own, *objects, "-o", str(programs[name])]
        build_c.run(command, folder)
    return programs


def run(programs: dict[str, Path], folder: Path) -> None:
    """Run everything that the tests run."""
    written = dict(suite.write_own(folder))
    for image, cases in written.values():
        build_c.run_program(programs["settle_cases"], image, cases)
        build_c.run_program(programs["hostile_images"], image, "1000")
    for name in suite.SMALL:
        build_c.run_program(programs["hostile_images"], written[name][0])
    commands = "\n".join(command for command, _ in text_cases.all_cases())
    build_c.run_program(programs["text_cases"], given=commands)
    for number, (policy, rows) in enumerate(suite.random_policies()):
        files = oracle_cases.write_case(folder, f"random{number}", policy, rows)
        build_c.run_program(programs["settle_cases"], *files)
    run_lines(programs, folder)


def run_lines(programs: dict[str, Path], folder: Path) -> None:
    """Run everything that the tests of fee lines run."""
    for name, files in line_suite.write_cases(folder):
        build_c.run_program(programs["split_cases"], *files)
        build_c.run_program(programs["hostile_catalogues"], files[0], line_suite.RANDOM_IMAGES)
        if name == "directed":
            build_c.run_program(programs["hostile_catalogues"], files[0])


def lines(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every line that gcov knows, with the name of its file."""
    gcov = os.environ.get("GCOV", "gcov")
    for name in OBJECTS:
        command = [gcov, "--branch-probabilities", "--json-format", "--stdout", f"{name}.o"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        for file in json.loads(done.stdout)["files"]:
            if Path(file["file"]).name in FILES:
                for line in file["lines"]:
                    yield Path(file["file"]).name, line


def main() -> int:
    """Measure, print what was not taken, and return 1 if that is anything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(build(folder), folder)
        counts: dict[tuple[str, int, str], list[int]] = {}
        for file, line in lines(folder):
            mine = [branch["count"] for branch in line["branches"]] or [line["count"]]
            where = (file, line["line_number"], line.get("function_name", "?"))
            # what stands in a header is compiled into several files: their counts add up
            before = counts.get(where, [0] * len(mine))
            counts[where] = [a + b for a, b in zip(before, mine, strict=True)]
    all_branches, taken = Counter[str](), Counter[str]()
    missed = []
    for (file, number, function), found in counts.items():
        all_branches[file] += len(found)
        taken[file] += sum(count > 0 for count in found)
        if 0 in found:
            missed.append(f"{file}:{number} in {function}: {found}")
    print(*sorted(missed), sep="\n")
    for file in FILES:
        percent = 100 * taken[file] / max(all_branches[file], 1)
        print(f"{file}: {taken[file]} of {all_branches[file]} branches taken, {percent:.2f} %")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
