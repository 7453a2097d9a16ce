"""Types of the compiled module `engine`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from medsettle.model import Claim, YearToDate
from medsettle.settlement import Settlement

def set_codes(benefits: Mapping[str | None, int], axes: Sequence[str], n_names: int) -> None: ...

class Stream: ...

class Form:
    def __init__(
        self,
        amounts: Sequence[bytes],
        no_funds: Sequence[int],
        counters: Sequence[bytes],
        behind: bytes,
        tell: Callable[[tuple[int, ...]], bytes],
        encode: Callable[[Any], bytes],
    ) -> None: ...

class Outcome:
    table: Any
    claim: Any
    __slots__: ClassVar[tuple[str, ...]] = ()

    def fund_fen(self, index: int) -> int: ...
    @property
    def deductible_fen(self) -> int: ...
    @property
    def cash_fen(self) -> int: ...
    @property
    def program(self) -> int: ...
    def counters_after(self) -> list[int]: ...
    def answer(self, form: Form) -> bytes: ...
    def paid(self) -> list[tuple[int, int]]: ...
    def trace(
        self,
    ) -> list[tuple[int, int, int, int, int, int, int, int, int, int, bool]]: ...

class Engine:
    @property
    def image(self) -> Any: ...
    @property
    def counter_names(self) -> list[str]: ...
    @property
    def name(self) -> str: ...
    @property
    def n_funds(self) -> int: ...
    def __init__(
        self,
        image: Any,
        counter_names: Sequence[str],
        outcome_type: type[Outcome],
        codes: Sequence[Mapping[str | None, int]],
        items: Sequence[str],
        best_of: Mapping[str, Sequence[str]],
        rule_by: str,
        n_layers: int,
        n_programs: int,
    ) -> None: ...
    def settle(self, claim: Claim, ytd: YearToDate | Settlement | None = None) -> Settlement: ...
    def settle_message(
        self, form: Form, data: bytes | str, body: dict[str, Any]
    ) -> bytes | None: ...
    def settle_columns(
        self,
        stream: Stream,
        person: Any,
        given: Any,
        date: Any,
        benefit: Any,
        codes: Sequence[Any],
        amounts: Sequence[Any],
        items: Sequence[Any],
        rule_date: Any,
        days: Any,
        continues: Any,
        funds: Sequence[Any],
        deductible: Any,
        cash: Any,
        status: Any,
    ) -> int: ...
    def refusal(self, claim: Any, status: int) -> Exception: ...
    def knows_item(self, name: str) -> bool: ...
    def bad_value(self, field: str, value: object, expected: str | None) -> Exception: ...
    def bad_money(self, field: str, value: object) -> Exception: ...
