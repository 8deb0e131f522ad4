"""Celery's beat without the product: it only rings, by name and clock, so it needs no more than the list.

python -m leadcrm.quickstart.beat SCHEDULE_FILE
"""

import signal
import sys
from types import FrameType

from celery.beat import Service

from leadcrm.celery import app


def main(schedule: str) -> int:
    """Ring until SIGTERM. `schedule` is the file that remembers when each job was last due."""
    service = Service(app, schedule_filename=schedule)

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    service.start()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
