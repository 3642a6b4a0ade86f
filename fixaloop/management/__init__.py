"""What the commands of `manage.py` share."""

import logging
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

logger = logging.getLogger("fixaloop")


class HelpedCommand(BaseCommand):
    """A command whose help is its lazily translated `about`, in the reader's language."""

    about: ClassVar[Any]

    def run_from_argv(self, argv: list[str]) -> None:
        if told := _database_told():
            self._tell(told)
        super().run_from_argv(argv)

    def _tell(self, line: str) -> None:
        if settings.LOG_FORMAT == "json":
            logger.info(line)
        else:
            self.stderr.write(line, lambda text: text)

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        self.help = str(self.about)
        return super().create_parser(prog_name, subcommand, **options)


def _database_told() -> str:
    """Which database a command works on, where it is not the one in `var/`; no password."""
    config = settings.DATABASES["default"]
    if str(config["NAME"]) == str(settings.BASE_DIR / "var" / "fixaloop.sqlite3"):
        return ""
    place = "/".join(filter(None, (config.get("HOST", ""), str(config["NAME"]))))
    return _("Base : %(place)s") % {"place": place}
