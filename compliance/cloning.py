"""What of this room a cloned source takes over. Called as the step "clone_terms"."""

from typing import Final

from intake.cloning import copy_rows
from intake.models import Source
from leadcrm.lib import pipeline

COPIED: Final = ("check_settings", "caps")  # a cap's use is not: it begins at nothing
LEFT: Final = {
    "trials": "a trial is of its source",
    "trialverdict": "what a trial said of its source's posts",
}


def clone_terms(*, origin: Source, clone: Source, same_pools: bool) -> None:
    """Copy check settings and caps of `origin` and, if wanted, its place in the pools. In the caller's transaction."""
    copy_rows(origin, clone, COPIED)
    if same_pools:
        pipeline.step("clone_routes")(origin=origin, clone=clone)
