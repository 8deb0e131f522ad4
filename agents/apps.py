"""Django configuration of the agents app."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The agents room of the house."""

    name = "agents"
    verbose_name = "Agents"
    default_auto_field = "django.db.models.BigAutoField"
