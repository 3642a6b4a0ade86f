"""What the worker does before its first task: say where the database plans without our settings."""

import logging
from datetime import datetime

from django.db import connection

from fixaloop.databases.planner import lacking
from fixaloop.speed import is_on

logger = logging.getLogger("fixaloop.worker")


def run(at: datetime) -> None:
    if connection.vendor == "postgresql" and is_on("planner") and (names := lacking()):
        logger.warning("lists may be slow without planner settings (manage.py role_settings): %s", ", ".join(names))
