"""Connections that need no session of their own, so that PgBouncer may lend theirs to others between transactions."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import OperationalError
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader

from fixaloop.databases.planner import OPTIONS
from fixaloop.speed import is_on

# What PgBouncer says to options of a connection, unless it is told to ignore them.
REFUSED = "unsupported startup parameter"


class UtcLoader(Loader):
    """An instant of a connection whose clock Django has set to UTC; `timezone` is what Django asks its own loader.

    Instants are half of what reading a list costs: Django takes each apart by a regular expression, Python does not.
    """

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        """`2026-11-27 09:17:00.25+00`; ISO, the only form that psycopg reads."""
        return datetime.fromisoformat(bytes(data).decode())


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters, with a map of adapters of our own where its clock is UTC."""
        params: dict[str, Any] = super().get_connection_params()
        if self.timezone is UTC and is_on("timestamps"):
            params["context"] = adapters = AdaptersMap(params["context"])
            adapters.register_loader("timestamptz", UtcLoader)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; where PgBouncer takes no planner options, without them: its role has them (`role_settings`)."""
        try:
            return super().get_new_connection(conn_params)
        except OperationalError as error:
            if conn_params.get("options") != OPTIONS or REFUSED not in str(error):
                raise
        # One dictionary for all connections of this process: none of them asks again.
        self.settings_dict["OPTIONS"].pop("options", None)
        return super().get_new_connection({name: conn_params[name] for name in conn_params if name != "options"})

    def chunked_cursor(self) -> Any:
        """A cursor on the server, for rows that are read a part at a time.

        Outside a transaction it gets a connection with a transaction of its own. PgBouncer would carry out the next
        statement on another connection, where nobody knows the cursor.
        """
        if not self.get_autocommit():
            return super().chunked_cursor()
        apart = self.copy()
        apart.set_autocommit(False)
        return _Apart(apart.chunked_cursor().cursor, self, apart)


class _Apart(CursorWrapper):
    """A cursor that ends its transaction and its connection with itself."""

    def __init__(self, cursor: Any, db: Any, apart: DatabaseWrapper) -> None:
        super().__init__(cursor, db)
        self._apart = apart

    def close(self) -> None:
        try:
            self.cursor.close()
            self._apart.rollback()
        finally:
            self._apart.close()
