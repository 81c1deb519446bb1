"""Django's admin, with our site."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Takes the place of "django.contrib.admin" among the INSTALLED_APPS."""

    default_site = "slimy.admin.site.Site"
