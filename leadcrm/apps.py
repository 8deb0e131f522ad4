"""The shared ground: users, and the checks that refuse to start a misconfigured product."""

from django.apps import AppConfig


class LeadcrmConfig(AppConfig):
    """Shared ground of the product."""

    name = "leadcrm"
    verbose_name = "People and settings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and the Celery application that tasks are sent with."""
        from leadcrm import celery, checks  # noqa: F401
