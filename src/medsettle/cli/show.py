"""`medsettle show`: a policy as in force on a day, each figure with its origin."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator

from medsettle.cli.common import OK, CommandError, day_of, open_table, reason_of
from medsettle.cli.files import one_policy
from medsettle.cli.show_layer import layer_lines, when_text
from medsettle.cli.written import Written, clauses, dates, placed
from medsettle.compile.listing import table_text
from medsettle.load import UnknownPolicyError, find, read
from medsettle.money import percent_text, yuan_text
from medsettle.policy import restrict
from medsettle.policy.document import Benefit, Policy
from medsettle.policy.names import axis_table
from medsettle.vocabulary import BILL_SIZE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `show` takes."""
    parser.add_argument("policy", metavar="P", help="110000/employee, a file, or its folder")
    parser.add_argument("--on", metavar="DATE", help="the day; default: every version")
    parser.add_argument("--compiled", action="store_true", help="print the compiled table instead")


def run(args: argparse.Namespace) -> int:
    """Print a policy, or its table."""
    name = one_policy(args.policy)
    if args.compiled or name.endswith(".mst"):
        sys.stdout.write(table_text(open_table(name, args.on).image))
        return OK
    day = day_of(args.on)
    try:
        policy = read(find(name), day)
    except (UnknownPolicyError, ValueError, OSError) as error:
        raise CommandError(reason_of(error)) from None
    if day is not None:
        policy = restrict(policy, day)
    print("\n".join(policy_lines(policy, day)))
    return OK


def policy_lines(policy: Policy, day: dt.date | None) -> Iterator[str]:
    """Yield a policy as text: its benefits, then its layers with every figure."""
    written = Written(policy, day)
    yield f"{policy.name}  {policy.title}" + (f"  on {day}" if day else "")
    yield policy.file
    yield from _head_lines(written)
    for benefits in policy.benefits.values():
        for benefit in benefits:
            yield from _benefit_lines(written, benefit)
    for layers in policy.layers.values():
        for layer in layers:
            yield from layer_lines(written, layer)


def _head_lines(written: Written) -> Iterator[str]:
    """Yield what the policy says of itself, beside benefits and layers."""
    policy = written.policy
    if policy.year_starts != 1:
        place = written.mark(("year_starts",))
        yield placed(f"  a year begins with month {policy.year_starts}{place}")
    if policy.rule_by != "date":
        yield placed(f"  versions by the date `{policy.rule_by}`{written.mark(('rule_by',))}")
    for axis, values in policy.values.items():
        yield f"  own values of {axis}: {', '.join(map(' '.join, values.items()))}"
    for axis, bands in policy.bands.items():
        what = "above" if axis == BILL_SIZE else "from"
        shown = yuan_text if axis == BILL_SIZE else str
        told = [
            f"{name} {what} {shown(at)}{written.mark((axis_table(axis), name))}"
            for name, at in bands.items()
        ]
        yield placed(f"  {axis}: {', '.join(told)}")
    for axis, order in policy.best_of.items():
        yield f"  of several values of {axis} counts the first of {', '.join(order)}"
    for name, period in policy.periods.items():
        within = " within a stay" if period.within_stay else ""
        days = f"{period.days} days{written.mark(('period', name, 'days'))}"
        yield placed(f"  period {name}: {days}{within}  {clauses(policy, period.cite)}")
    for versions in policy.indicators.values():
        for version in versions:
            amount = f"{yuan_text(int(version.amount))}{written.yuan_of(version)}"
            cite = clauses(policy, version.cite)
            yield placed(f"  indicator {version.name}  {dates(version)}: {amount}  {cite}")


def _benefit_lines(written: Written, benefit: Benefit) -> Iterator[str]:
    amends = written.amended(benefit)
    yield ""
    yield f"benefit {benefit.name}  {dates(benefit)}{amends}  [{written.at(benefit.place)}]"
    yield f"  {clauses(written.policy, benefit.cite)}"
    yield f"  layers: {', '.join(benefit.layers)}"
    if benefit.serves.axes:
        yield f"  serves: {when_text(benefit.serves)}"
    if benefit.all_funds_at_most != 1:
        share = f"{percent_text(benefit.all_funds_at_most)}%"
        place = written.mark((*written.path_of(benefit), "all_funds_at_most_pct"))
        yield placed(f"  all layers together at most {share} of the bill{place}")
