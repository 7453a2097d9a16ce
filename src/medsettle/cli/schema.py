"""`medsettle schema`: the JSON Schema of policies and of worked examples, for editors."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from medsettle.case_schema import cases_schema
from medsettle.cli.common import OK
from medsettle.policy.schema import policy_schema
from medsettle.policy.schema_parts import Schema, text_of

#: What there are schemas of.  Each is published in the package as `NAME.schema.json`.
SCHEMAS: Final[dict[str, Callable[[], Schema]]] = {
    "policy": policy_schema,
    "cases": cases_schema,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `schema` takes."""
    parser.add_argument(
        "of", nargs="?", choices=SCHEMAS, default="policy", help="of what; default: policy"
    )


def run(args: argparse.Namespace) -> int:
    """Print a schema."""
    sys.stdout.write(text_of(SCHEMAS[args.of]()))
    return OK
