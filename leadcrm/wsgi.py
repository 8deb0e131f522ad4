"""WSGI entry point: `gunicorn leadcrm.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")

application = get_wsgi_application()

from leadcrm.warmup import warm_up  # noqa: E402 - settings come first

warm_up()
