"""The product's own steps before it starts: migrations, static files, demo data. Run as a process of its own.

python -m leadcrm.quickstart.prepare [--demo FILE]
"""

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from leadcrm.quickstart.datadir import write_private


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the database and the static files are up to date; with --demo also the demo data."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    import django
    from django.core.management import CommandError, call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if arguments[:1] == ["--demo"]:
        printed = io.StringIO()
        try:
            call_command("seed_demo", "--format", "json", stdout=printed)
        except CommandError as refusal:
            # Real leads came before the demonstration did; that must not keep the product from starting.
            print(f"No demo data: {refusal}", file=sys.stderr)
            return 0
        write_private(Path(arguments[1]), printed.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
