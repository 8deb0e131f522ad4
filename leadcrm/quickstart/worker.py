"""Celery's worker, with the product loaded once, before its processes are forked, and shared between them."""

import gc
import os
import sys
from typing import Any

from celery.__main__ import main
from celery.signals import celeryd_after_setup


@celeryd_after_setup.connect
def share_memory(**kwargs: Any) -> None:
    """Load what the first task would, and keep the collector from touching it afterwards."""
    from leadcrm.warmup import warm_up

    warm_up()
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    sys.exit(main())
