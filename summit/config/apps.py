"""Django's admin, with a site of our own in its place."""

from django.contrib.admin.apps import AdminConfig


class OrganisersConfig(AdminConfig):
    """Takes the place of "django.contrib.admin" in INSTALLED_APPS."""

    default_site = "summit.config.organising.OrganisersSite"
