"""Numbers, days and answers as text, in plain C, against Python's own."""

from __future__ import annotations

from pathlib import Path

import build_c
import pytest
import text_cases


@pytest.mark.parametrize("kind", ["plain", "sanitized"])
def test_text_is_read_and_written_exactly(kind: str, tmp_path: Path) -> None:
    program = build_c.compile_program("text_cases", kind, tmp_path)
    cases = text_cases.all_cases()
    said = build_c.run_program(program, given="\n".join(command for command, _ in cases))
    found = said.splitlines()
    assert len(found) == len(cases)
    wrong = [(*case, line) for case, line in zip(cases, found, strict=True) if case[1] != line]
    assert not wrong, wrong[:5]
