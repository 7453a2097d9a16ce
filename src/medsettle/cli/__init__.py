"""The command line: `medsettle COMMAND`, the commands as in `COMMANDS`.

Exit codes: 0 all is well, 1 nothing could be done or something is wrong, 2 wrong usage,
3 some claims were rejected.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any, Final

COMMANDS: Final = {
    "settle": "settle a file of claims",
    "explain": "print the slip of one claim, step by step, with clauses",
    "check": "tell everything that is wrong with policies",
    "test": "run the worked examples beside the policies",
    "show": "print a policy as in force on a day, or its compiled table",
    "new": "write the beginnings of a policy, with comments, and of its worked examples",
    "fmt": "lay policies and worked examples out as the shipped ones are",
    "schema": "print the JSON Schema of a policy or of worked examples, for editors",
    "compile": "write the table of a policy as a file",
    "catalogue": "compile, show or check a catalogue of items",
    "nhsa": "check national messages, look their codes up",
    "reconcile": "compare our settlements with the insurer's, and class every difference",
    "coverage": "tell which regions, benefits and layers there are, and how well founded",
}
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; `argv` defaults to the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Chinese shows `?`
    args = _arguments(sys.argv[1:] if argv is None else argv)
    module = importlib.import_module(f"medsettle.cli.{args.command}")
    from medsettle.cli.common import FAILED, CommandError, reason_of, remove_parts, say
    from medsettle.policy import PolicyError

    try:
        with _terminated_cleanly():
            code = int(module.run(args))
            sys.stdout.flush()
            return code
    except CommandError as error:
        say(f"medsettle: {error}")
        return error.code
    except PolicyError as error:
        say(str(error))
        return FAILED
    except KeyboardInterrupt:
        remove_parts()
        with contextlib.suppress(OSError):  # the terminal may be what has gone
            say("medsettle: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; keep Python from complaining when it flushes.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        say(f"medsettle: {where}{reason_of(error)}")
        return FAILED


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments; only the command that is called is imported."""
    from medsettle import __version__

    parser = argparse.ArgumentParser(
        prog="medsettle",
        description="Settles bills by China's regional medical-insurance policies, to the fen.",
    )
    parser.add_argument("--version", action="version", version=f"medsettle {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name in argv[:1]:
            importlib.import_module(f"medsettle.cli.{name}").add_arguments(sub)
    return parser.parse_args(argv)


@contextlib.contextmanager
def _terminated_cleanly() -> Iterator[None]:
    """Let a polite kill or a closed terminal leave as Ctrl-C does: no half file stays behind.

    A signal that is ignored stays so, as `nohup` wants it.
    """
    before: dict[int, Any] = {}

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # a second one would disturb the cleaning up
        raise KeyboardInterrupt

    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            handler = None if number is None else signal.getsignal(number)
            if number is None or handler in (None, signal.SIG_IGN):
                continue
            with contextlib.suppress(ValueError):  # not in the main thread
                signal.signal(number, leave)
                before[number] = handler
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
