"""What an instance leaves for commands that are started beside it: where its database and broker are.

`make run` brings a PostgreSQL with a port and a password of its own. `manage.py create_source` and the like, typed
into a second terminal, find it by this note, as long as it runs.
"""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from leadcrm.quickstart.datadir import write_private
from leadcrm.quickstart.options import data_dir

NOTE = "running.json"


def leave_note(folder: Path, told: Mapping[str, str]) -> None:
    """Write down the variables that the product's processes were told. Only the owner can read them."""
    write_private(folder / NOTE, json.dumps(dict(told)))


def remove_note(folder: Path) -> None:
    """The instance is about to stop."""
    (folder / NOTE).unlink(missing_ok=True)


def join_running(environment: MutableMapping[str, str]) -> None:
    """Fill in what `environment` leaves open from the instance that runs in DATA_DIR, if there is one.

    An environment that names a database means that one, and nothing is filled in.
    """
    if environment.get("DATABASE_URL"):
        return
    try:
        told = json.loads((data_dir(environment) / NOTE).read_text())
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return
    for name, value in told.items():
        environment[name] = environment.get(name) or value
