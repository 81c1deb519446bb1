"""Django's admin, with our site."""

from django.apps import apps
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.db.models.signals import post_migrate


class AdminConfig(DjangoAdminConfig):
    """Takes the place of "django.contrib.admin" among the INSTALLED_APPS."""

    default_site = "slimy.admin.site.Site"

    def ready(self) -> None:
        """Find the apps' admins; keep the groups, once the permissions of the last app are there."""
        from slimy.admin.roles import keep_roles

        super().ready()
        post_migrate.connect(keep_roles, sender=[*apps.get_app_configs()][-1], dispatch_uid="slimy.roles")
