"""Who gets the leads of a cloned source. Called as the step "clone_routes"."""

from typing import Final

from intake.cloning import copy_rows
from intake.models import Source

COPIED: Final = ("pools",)
LEFT: Final = {
    "postfigures": "counted from the source's posts",
    "cohortfigures": "counted from the source's leads",
    "sourcefigures": "added up from both",
    "sourceweeks": "added up from their days",
}


def clone_routes(*, origin: Source, clone: Source) -> None:
    """Let the pools that name `origin` take the leads of `clone`, too. In the caller's transaction."""
    copy_rows(origin, clone, COPIED)
