"""What an instance leaves for commands that are started beside it: where its database and broker are.

`make run` brings a PostgreSQL with a port and a password of its own. `manage.py create_source` and the like, typed
into a second terminal, find it by the note in its DATA_DIR, as long as it runs. Where DATA_DIR is not the usual
folder, a pointer in that one says so: whoever types the command need not say it again.
"""

import json
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final

from leadcrm.quickstart.datadir import write_private
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.options import data_dir

NOTE: Final = "running.json"
# In the usual folder: one file for each instance that runs in another one, named by its process, with its folder.
ELSEWHERE: Final = "elsewhere"


def leave_note(folder: Path, told: Mapping[str, str]) -> bool:
    """Write down the variables that the product's processes were told. Only the owner can read them.

    False where commands will not find the instance unless they are given its DATA_DIR: the usual folder cannot be
    written.
    """
    write_private(folder / NOTE, json.dumps(dict(told)))
    usual = data_dir({})
    if folder == usual:
        return True
    try:
        (usual / ELSEWHERE).mkdir(parents=True, exist_ok=True, mode=0o711)
        for pid, _ in _elsewhere():
            if not _is_alive(pid):
                (usual / ELSEWHERE / str(pid)).unlink(missing_ok=True)
        write_private(usual / ELSEWHERE / str(os.getpid()), str(folder))
    except (OSError, CannotStart):
        return False
    return True


def remove_note(folder: Path) -> None:
    """The instance is about to stop."""
    (folder / NOTE).unlink(missing_ok=True)
    (data_dir({}) / ELSEWHERE / str(os.getpid())).unlink(missing_ok=True)


def join_running(environment: MutableMapping[str, str]) -> None:
    """Fill in what `environment` leaves open from the instance that runs, if there is one.

    That is the one in DATA_DIR; without DATA_DIR the one in the usual folder, else the only one elsewhere. An
    environment that names a database means that one, and nothing is filled in. CannotStart where several run
    elsewhere and nothing says which is meant.
    """
    if environment.get("DATABASE_URL"):
        return
    told = _read_note(data_dir(environment))
    if told is None and not environment.get("DATA_DIR"):
        told = _only_one_elsewhere()
    for name, value in (told or {}).items():
        environment[name] = environment.get(name) or value


def _read_note(folder: Path) -> dict[str, str] | None:
    try:
        return dict(json.loads((folder / NOTE).read_text()))
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return None


def _only_one_elsewhere() -> dict[str, str] | None:
    folders = [folder for pid, folder in _elsewhere() if _is_alive(pid)]
    found = {folder: told for folder in folders if (told := _read_note(folder)) is not None}
    if len(found) > 1:
        places = " and ".join(f"DATA_DIR={folder}" for folder in sorted(found))
        raise CannotStart(f"Several instances run. Say which one is meant: {places}.")
    return next(iter(found.values()), None)


def _elsewhere() -> list[tuple[int, Path]]:
    """(process, folder) of the instances that left a pointer, also of those that were killed."""
    try:
        pointers = [file for file in (data_dir({}) / ELSEWHERE).iterdir() if file.name.isdecimal()]
        return [(int(file.name), Path(file.read_text())) for file in pointers]
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return []


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
