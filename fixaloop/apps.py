"""The machinery that every app stands on."""

from django.apps import AppConfig
from django.core.checks import register

from fixaloop.installation.checks import check_files, check_key


class FixaloopConfig(AppConfig):
    name = "fixaloop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_files)
        register(check_key)
