"""Django configuration of the intake app."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The intake room of the house."""

    name = "intake"
    verbose_name = "Lead intake"
    default_auto_field = "django.db.models.BigAutoField"
