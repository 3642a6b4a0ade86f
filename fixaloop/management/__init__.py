"""What the commands of `manage.py` share."""

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser


class HelpedCommand(BaseCommand):
    """A command whose help is its lazily translated `about`, in the reader's language."""

    about: ClassVar[Any]

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        self.help = str(self.about)
        return super().create_parser(prog_name, subcommand, **options)
