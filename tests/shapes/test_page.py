"""The worked lines of `docs/policy-language.md` are true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from medsettle.vocabulary import AXES, NUMBERS, axis_values
from tests.shapes.harness import Paid, Person, shape

PAGE = Path(__file__).parents[2] / "docs" / "policy-language.md"
PAIRS = re.compile(r"^```toml\n(.+?)^```\n\n```text\n(.+?)^```", re.M | re.S)
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def pairs() -> list[Any]:
    """Return every snippet with its worked lines, by the heading it stands under."""
    text = PAGE.read_text(encoding="utf-8").partition("## Operators")[2]
    found = []
    for match in PAIRS.finditer(text):
        heading = re.findall(r"^### (.+)$", text[: match.start()], re.M)[-1]
        found.append(pytest.param(match[1], match[2], id=f"{heading}-{len(found)}"))
    return found


def split_head(snippet: str) -> tuple[str, str]:
    """Return the keys before the first table, and the rest."""
    at = snippet.index("[")
    head = snippet[:at]
    return (head, snippet[at:]) if "=" in head else ("", snippet)


def told(words: list[str], own: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a claim that the words of a line tell."""
    owners = {value: axis for axis in AXES for value in axis_values(axis)} | own
    fields: dict[str, Any] = {"date": "2025-03-01", "items": {}}
    for word in words:
        key, _, value = word.partition("=")
        if DATE.fullmatch(word):
            fields["date"] = word
        elif word == "continues":
            fields["continues"] = True
        elif key.startswith("items."):
            fields["items"][key.removeprefix("items.")] = value
        elif key in (*NUMBERS, "days"):
            fields[key] = int(value)
        elif key in AXES:
            fields[key] = tuple(value.split("+"))
        elif value:
            fields[key] = value
        else:
            fields[owners[word]] = word
    return fields


def check(paid: Paid, expected: str, line: str) -> None:
    """Compare what was paid with `pooled 800, cash 200`, or `refused CODE`."""
    for one in expected.split(","):
        name, amount = one.split()
        if name == "refused":
            assert paid.refused == amount, line
        else:
            assert getattr(paid, name) == int(amount), line


@pytest.mark.parametrize(("snippet", "lines"), pairs())
def test_worked_lines(snippet: str, lines: str) -> None:
    head, text = split_head(snippet)
    person: Person = shape(text, head=head)
    own = {value: axis for axis, values in person.policy.values.items() for value in values}
    for line in lines.splitlines():
        if line.startswith("ytd "):
            counters = dict(word.split("=") for word in line.split()[1:])
            person = person.another(counters)
            continue
        visit, _, expected = line.partition("->")
        _, amount, *words = visit.split()
        check(person.visit(amount.replace("_", ""), **told(words, own)), expected, line)


def test_the_page_has_worked_lines() -> None:
    assert len(pairs()) >= 20
