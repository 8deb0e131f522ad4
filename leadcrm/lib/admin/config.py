"""Django's admin with our site in place of the stock one. Named in INSTALLED_APPS."""

from django.contrib.admin.apps import AdminConfig


class ManagerAdminConfig(AdminConfig):
    """Finds every app's admin module, as Django's own does, and registers it on our site."""

    default_site = "leadcrm.lib.admin.site.ManagerSite"
