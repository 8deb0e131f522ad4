#!/usr/bin/env python
"""Django's command line for leadcrm."""

import os
import sys

from django.core.management import execute_from_command_line

from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.running import join_running

if __name__ == "__main__":
    try:
        join_running(os.environ)  # `make run` in another terminal, unless DATABASE_URL names a database
    except CannotStart as reason:
        sys.exit(str(reason))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    execute_from_command_line(sys.argv)
