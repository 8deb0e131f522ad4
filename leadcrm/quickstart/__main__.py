"""Command line: `python -m leadcrm.quickstart` (run) or `... exec [--durable] -- COMMAND`."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from leadcrm.quickstart.execute import execute
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.options import read_options
from leadcrm.quickstart.processes import die_with_parent


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's meaning; exits with a usage message if it has none."""
    parser = argparse.ArgumentParser(prog="python -m leadcrm.quickstart", description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help="stop when the starting process is gone")
    actions = parser.add_subparsers(dest="action")
    actions.add_parser("run", help="the product, until Ctrl-C (the default)")
    command = actions.add_parser("exec", help="one command beside throw-away services")
    command.add_argument("--durable", action="store_true", help="PostgreSQL as safe as in production")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a PostgreSQL setting"
    )
    command.add_argument("command", nargs=argparse.REMAINDER, help="-- and the command to run")
    found = parser.parse_args(arguments)
    if found.action == "exec":
        found.command = found.command[1:] if found.command[:1] == ["--"] else found.command
        if not found.command:
            parser.error("exec needs a command: exec -- pytest")
        if any("=" not in pair for pair in found.set):
            parser.error("--set needs NAME=VALUE")
    return found


def main(arguments: Sequence[str]) -> int:
    """Exit code of what the command line asks for; a reason not to start goes to stderr as a sentence."""
    asked = parse(arguments)
    if asked.with_parent:
        die_with_parent(signal.SIGTERM)
    try:
        options = read_options(os.environ)
        if asked.action == "exec":
            settings = dict(pair.split("=", 1) for pair in asked.set)
            return execute(asked.command, options, os.environ, durable=asked.durable, settings=settings)
        from leadcrm.quickstart.run import run

        return run(options, os.environ)
    except CannotStart as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
