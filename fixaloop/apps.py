"""The shared machinery as an app: its few records, its template tags, its commands."""

from django.apps import AppConfig


class FixaloopConfig(AppConfig):
    name = "fixaloop"
    verbose_name = "Fixaloop"
    default_auto_field = "django.db.models.BigAutoField"
