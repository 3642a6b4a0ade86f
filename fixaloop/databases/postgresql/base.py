"""Instants are half of what reading a list costs: Django takes each apart by a regular expression, Python does not."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader


class UtcLoader(Loader):
    """An instant of a connection whose clock Django has set to UTC; `timezone` is what Django asks its own loader."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        """`2026-11-27 09:17:00.25+00`; ISO, the only form that psycopg reads."""
        return datetime.fromisoformat(bytes(data).decode())


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with that loader."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters, with a map of adapters of our own where its clock is UTC."""
        params: dict[str, Any] = super().get_connection_params()
        if self.timezone is UTC:
            params["context"] = adapters = AdaptersMap(params["context"])
            adapters.register_loader("timestamptz", UtcLoader)
        return params
