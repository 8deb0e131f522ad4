"""PostgreSQL must get through to its folder, whoever it runs as, and pytest's temporary folders are shut to others."""

import tempfile
from pathlib import Path


def open_way(folder: Path) -> None:
    """Let everybody enter `folder` and the folders above it, as far as they are pytest's."""
    top = Path(tempfile.gettempdir()).resolve()
    for each in (folder, *folder.parents):
        if top in each.resolve().parents:
            each.chmod(0o755)
