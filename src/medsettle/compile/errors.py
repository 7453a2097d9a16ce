"""What the compiler refuses."""

from __future__ import annotations

from medsettle.policy.document import Place


class CompileError(ValueError):
    """A policy that cannot become a table exactly; `place` is where in the file.

    `medsettle check` finds the same and more, with a code and a hint; this is the compiler's own
    guard for policies that were not checked.
    """

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(f"{place.file}:{place.line}:{place.column}: {message}")
        self.what = message
        self.place = place
