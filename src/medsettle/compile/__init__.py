"""From policy to benefit table: `compile_policy` returns the table's image."""

from __future__ import annotations

from medsettle.compile.errors import CompileError
from medsettle.compile.image import compile_policy

__all__ = ["CompileError", "compile_policy"]
