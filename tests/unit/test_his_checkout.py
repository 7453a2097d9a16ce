"""The example of a hospital's till runs, and comes out as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "his_checkout.py"


def run(*args: str) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), *args], capture_output=True, check=True, encoding="utf-8"
    )
    assert done.stderr == ""
    return done.stdout


def test_it_runs_from_lines_to_the_evening(tmp_path: Path) -> None:
    said = run(str(tmp_path))
    assert (
        "<Difference stay: own_account -1199.40, cash +1199.40>" in said
    )  # what the late bill took
    assert "5110.13 due, 5110.10 taken" in said
    assert "unpaired_reversal       5" in said
    page = (tmp_path / "slip.html").read_text(encoding="utf-8")
    assert "5,110.13" in page
    assert "普通病房床位费" in page


def test_without_a_folder_it_writes_nothing(tmp_path: Path) -> None:
    assert "医疗保险结算单" in run()
    assert list(tmp_path.iterdir()) == []
