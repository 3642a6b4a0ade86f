from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from access.hours import parse_hours
from fixaloop import environment


class InterventionsConfig(AppConfig):
    name = "interventions"
    verbose_name = _("Interventions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        try:
            parse_hours(settings.WORK_HOURS)
        except ValidationError as error:
            raise environment.wrong("WORK_HOURS", settings.WORK_HOURS, "lun-ven 8h-12h, 13h-17h") from error
