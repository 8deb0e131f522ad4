"""The shared ground: users, and the checks that refuse to start a misconfigured product."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LeadcrmConfig(AppConfig):
    """Shared ground of the product."""

    name = "leadcrm"
    verbose_name = "People and settings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, the Celery application that tasks are sent with, and what `migrate` ends with."""
        from leadcrm import celery, checks  # noqa: F401
        from leadcrm.job_signals import note_jobs_after_migrate
        from leadcrm.roles import give_out_roles

        post_migrate.connect(give_out_roles, sender=self)
        post_migrate.connect(note_jobs_after_migrate, sender=self)
