"""Django configuration of the compliance app."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """The compliance room of the house."""

    name = "compliance"
    verbose_name = "Compliance"
    default_auto_field = "django.db.models.BigAutoField"
