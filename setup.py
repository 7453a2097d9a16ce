"""Builds the kernel extension and puts the policies into the wheel.  Metadata: pyproject.toml.

Switches, for developers: MEDSETTLE_SANITIZE=1 builds with ASan and UBSan, MEDSETTLE_COVERAGE=1
for gcov.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

CORE = "src/medsettle/_core"
FLAGS = ["-std=c11", "-O3", "-Wall", "-Wextra", "-Wsign-compare", "-fvisibility=hidden"]
LINK: list[str] = []

if os.environ.get("MEDSETTLE_SANITIZE"):
    # Python's own flags contain -fwrapv or -fno-strict-overflow, under which UBSan does not see
    # signed overflow: take them back.
    FLAGS += [
        "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
        "-fstrict-overflow", "-fno-wrapv",
    ]  # fmt: skip
    LINK += ["-fsanitize=address,undefined"]
if os.environ.get("MEDSETTLE_COVERAGE"):
    FLAGS += ["-O0", "--coverage"]
    LINK += ["--coverage"]


class build_py_with_policies(build_py):  # noqa: N801 - setuptools' naming
    """Copies `policies/` into the package, where `medsettle.load` finds it."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # `medsettle.load` reads the checkout's own folder
        target = Path(self.build_lib) / "medsettle" / "policies"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree("policies", target)


class build_ext_and_tables(build_ext):  # noqa: N801 - setuptools' naming
    """Compiles the policies inside the package, so that loading one by name takes no compiling."""

    def run(self) -> None:
        super().run()
        package = Path(self.build_lib) / "medsettle"
        if self.inplace or self.editable_mode or not (package / "policies").is_dir():
            return
        code = "import sys, medsettle.prepared as p; p.prepare(p.Path(sys.argv[1]))"
        command = [sys.executable, "-c", code, str(package / "policies")]
        path = os.pathsep.join([str(Path(self.build_lib).resolve()), *sys.path])
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": path})


setup(
    ext_modules=cythonize(
        [
            Extension(
                "medsettle._core.engine",
                [f"{CORE}/{name}" for name in ("engine.pyx", "kernel.c", "batch.c", "table.c")],
                include_dirs=[CORE],
                depends=sorted(map(str, Path(CORE).glob("*.[hp]*"))),
                extra_compile_args=FLAGS,
                extra_link_args=LINK,
            ),
            Extension(
                "medsettle._core.lines",
                [f"{CORE}/{name}" for name in ("lines.pyx", "split.c", "catalogue.c")],
                include_dirs=[CORE],
                depends=sorted(map(str, Path(CORE).glob("*.[hp]*"))),
                extra_compile_args=FLAGS,
                extra_link_args=LINK,
            ),
        ],
        build_dir="build/cython",  # generated C stays out of the sources and out of the sdist
    ),
    cmdclass={"build_py": build_py_with_policies, "build_ext": build_ext_and_tables},
)
