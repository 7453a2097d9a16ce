"""A TOML table being read: keys are taken one by one, and what is wrong with them is reported.

After a mistake a getter returns a stand-in of the right type, so that reading goes on and finds
the others; a policy with mistakes is never returned.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from medsettle.policy.document import Cite, Place
from medsettle.policy.errors import Report, quoted, suggestion
from medsettle.policy.names import Names
from medsettle.policy.positions import Path
from medsettle.policy.source import SourceText
from medsettle.vocabulary import DATE_MAX, DATE_MIN

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

#: After so many mistakes no names are compared any more: that takes a millisecond each.
HINTS_MAX: Final = 500

_CITE = re.compile(r"([a-z][a-z0-9_]*)(?:#(.*\S))?", re.DOTALL)


class Reading(NamedTuple):
    """A policy file while it is read: its text, and the mistakes found so far."""

    source: SourceText
    report: Report
    names: Names = Names()

    def mistake(self, code: str, path: Path, **fields: object) -> None:
        """Report a mistake in the value at `path`; messages may ask for `found`."""
        fields.setdefault("found", self.source.shown(path))
        self.report.add(code, self.source.value_place(path), fields)

    def key_mistake(self, code: str, path: Path, **fields: object) -> None:
        """Report a mistake in the key at `path`; messages may ask for `found`."""
        fields.setdefault("found", path[-1])
        self.report.add(code, self.source.key_place(path), fields)

    def hint(self, found: str, options: Iterable[str], *, what: str) -> str:
        """Return what may be meant by a wrong name; "" after more mistakes than anybody reads."""
        return suggestion(found, options, what=what) if self.report.count < HINTS_MAX else ""

    def name(self, path: Path) -> bool:
        """Tell whether the key at `path` is a good name; report it if not."""
        found = str(path[-1])
        if NAME.fullmatch(found):
            return True
        better = re.sub(r"[^a-z0-9]+", "_", found.lower()).strip("_")
        hint = f"write `{better}`" if NAME.fullmatch(better) else ""
        self.key_mistake("P114", path, found=found, suggestion=hint)
        return False


class Table:
    """One table of the file, with the keys it may have."""

    def __init__(self, reading: Reading, path: Path, what: str, keys: Collection[str]) -> None:
        """Begin to read the table at `path`; `what` names it in messages."""
        self.reading = reading
        self.path = path
        self.what = what
        self.values: Mapping[str, Any] = reading.source.value_at(path)
        for key in self.values:
            if key not in keys:
                hint = reading.hint(key, keys, what="the keys here")
                where = f" in {what}"
                reading.key_mistake("P110", (*path, key), where=where, suggestion=hint)

    @property
    def place(self) -> Place:
        """Where the table stands: the name in its header, or the inline table."""
        return self.reading.source.value_place(self.path)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def at(self, *steps: str | int) -> Path:
        """Return the path of something in the table."""
        return (*self.path, *steps)

    def demand(self, key: str, example: str = "") -> bool:
        """Tell whether the table has `key`; report it if not."""
        if key in self.values:
            return True
        hint = f"add a line such as `{example}`" if example else ""
        self.reading.report.add("P111", self.place, where=self.what, key=key, suggestion=hint)
        return False

    def idle(self, key: str, when: str) -> None:
        """Report that `key`, if it is there, has no meaning but `when`."""
        if key in self.values:
            self.reading.key_mistake("P118", self.at(key), key=key, when=when)

    def only(self, keys: Collection[str]) -> str | None:
        """Return the one of `keys` that the table has; report it when it has none or several."""
        present = [key for key in keys if key in self.values]
        if len(present) == 1:
            return present[0]
        found = quoted(present) or "none"
        source = self.reading.source
        place = source.key_place(self.at(present[1])) if present else self.place
        options = quoted(keys)
        self.reading.report.add("P117", place, where=self.what, options=options, found=found)
        return None

    def wrong_type(self, expected: str, example: str, *steps: str | int) -> None:
        """Report that the value at `steps` is not the `expected` kind."""
        key = next(step for step in reversed(steps) if isinstance(step, str))
        self.reading.mistake("P112", self.at(*steps), key=key, expected=expected, example=example)

    def text(self, key: str) -> str:
        """Return a text without surrounding blanks; "" when it is missing."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.wrong_type("a text in quotes", f'{key} = "…"', key)
            return ""
        if key in self.values and not value.strip():
            self.reading.report.add("P115", self.reading.source.value_place(self.at(key)), key=key)
        return value.strip()

    def needed_text(self, key: str, example: str) -> str:
        """Return a text that must be there."""
        return self.text(key) if self.demand(key, example) else ""

    def choice(self, key: str, options: Collection[str], default: str | None = None) -> str:
        """Return one of `options`; without a default it must be there."""
        first = next(iter(options))
        if key not in self.values:
            if default is None:
                self.demand(key, f'{key} = "{first}"')
            return first if default is None else default
        value = self.values[key]
        if not isinstance(value, str):
            self.wrong_type("a name in quotes", f'{key} = "{first}"', key)
        elif value not in options:
            self.wrong_name(f"`{key}`", options, key)
        else:
            return value
        return first

    def wrong_name(self, what: str, options: Collection[str], *steps: str | int) -> None:
        """Report that the value at `steps` is a text, but none of `options`."""
        value = str(self.reading.source.value_at(self.at(*steps)))
        hint = self.reading.hint(value, options, what="the names")
        if not hint.startswith("did"):
            hint = ""  # the message lists them
        self.reading.mistake(
            "P210", self.at(*steps), what=what, options=quoted(options), suggestion=hint
        )

    def flag(self, key: str) -> bool:
        """Return true or false; false when it is missing."""
        value = self.values.get(key, False)
        if isinstance(value, bool):
            return value
        self.wrong_type("true or false", f"{key} = true", key)
        return False

    def whole(self, key: str, low: int, high: int, default: int) -> int:
        """Return a whole number from `low` to `high`, `default` when it is missing."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.reading.mistake("P220", self.at(key), key=key, low=low, high=high)
            return low
        return value

    def date(self, key: str) -> dt.date | None:
        """Return a date; None when it is missing."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            self.reading.mistake("P401", self.at(key), key=key)
            return DATE_MIN
        if not DATE_MIN <= value <= DATE_MAX:
            self.reading.mistake("P406", self.at(key), key=key, low=DATE_MIN, high=DATE_MAX)
        return value

    def needed_date(self, key: str) -> dt.date:
        """Return a date that must be there."""
        self.demand(key, f"{key} = 2025-01-01")
        return self.date(key) or DATE_MIN

    def names(self, key: str, example: str) -> tuple[str, ...]:
        """Return a list of texts, none empty and none twice; () when it is missing."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong_type("a list of names", example, key)
            return ()
        if not value:
            self.reading.report.add("P115", self.reading.source.value_place(self.at(key)), key=key)
        for index, entry in enumerate(value):
            if not isinstance(entry, str):
                self.wrong_type("a list of names in quotes", example, key, index)
            elif entry in value[:index]:
                self.reading.mistake("P116", self.at(key, index), key=key, found=entry)
        return tuple(dict.fromkeys(entry for entry in value if isinstance(entry, str)))

    def choices(self, key: str, options: Collection[str]) -> tuple[str, ...]:
        """Return a list of some of `options`, none twice; () when it is missing."""
        found = self.names(key, f'{key} = ["{next(iter(options), "")}"]')
        for index, entry in enumerate(self.values[key] if found else ()):
            if isinstance(entry, str) and entry not in options:
                self.wrong_name(f"`{key}`", options, key, index)
        return found

    def rows(self, key: str, what: str, keys: Collection[str], example: str) -> Iterator[Table]:
        """Yield the tables of a list of tables; nothing when it is missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.wrong_type("a list of tables", example, key)
            return
        if key in self.values and not value:
            self.reading.report.add("P115", self.reading.source.value_place(self.at(key)), key=key)
        for index, entry in enumerate(value):
            if isinstance(entry, Mapping):
                yield Table(self.reading, self.at(key, index), what, keys)
            else:
                self.wrong_type("a list of tables", example, key, index)

    def cites(self, key: str = "cite") -> tuple[Cite, ...]:
        """Return one cite or a list of them; () when it is missing."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            return tuple(self._cite(value, key))
        if not value:
            self.reading.report.add("P115", self.reading.source.value_place(self.at(key)), key=key)
        cites = [cite for i, entry in enumerate(value) for cite in self._cite(entry, key, i)]
        if len(set(cites)) < len(cites):
            found = next(entry for i, entry in enumerate(value) if entry in value[:i])
            self.reading.mistake("P116", self.at(key, value.index(found)), key=key, found=found)
        return tuple(cites)

    def single_cite(self) -> Cite | None:
        """Return one cite; None when it is missing or wrong."""
        return next(self._cite(self.values["cite"], "cite"), None) if "cite" in self else None

    def _cite(self, value: object, *steps: str | int) -> Iterator[Cite]:
        if not isinstance(value, str):
            self.wrong_type("`source#clause` in quotes", 'cite = "order158#第三十六条"', *steps)
        elif (found := _CITE.fullmatch(value)) is None:
            self.reading.mistake("P215", self.at(*steps), key=steps[0])
        else:
            yield Cite(found[1], (found[2] or "").strip())
