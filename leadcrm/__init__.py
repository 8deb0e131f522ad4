"""leadcrm: lead intake and CRM for licensed insurance agencies."""

from leadcrm.celery import app as celery_app

__all__ = ["celery_app"]
