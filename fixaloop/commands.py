"""What the commands of `manage.py` share."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser


class HelpedCommand(BaseCommand):
    """A command that says in the reader's language what it is `about`: a text translated lazily."""

    about: ClassVar[Any]

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        self.help = str(self.about)
        return super().create_parser(prog_name, subcommand, **options)
