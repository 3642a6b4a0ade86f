"""Dividing a table into months while people work: nothing is copied, and the table is locked for a moment.

What is there becomes the part of all that was before a day. Each step may be done again after a failure.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from fixaloop.records.months import Monthly, analyze, is_divided, lock, make_part, month_after, month_of, patiently

# No row that comes while the table is checked lies beyond.
SOON = timedelta(days=7)
AHEAD = 3

# Takes the place of the links’ foreign key: PostgreSQL allows none to a table without a primary key.
CHECKED = """
CREATE FUNCTION {links}_refer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found_rows integer;
BEGIN
    -- Most are as new as their row: the parts of other months are not looked at.
    EXECUTE format('SELECT 1 FROM {table} WHERE id = $1 AND at BETWEEN %L AND %L FOR KEY SHARE',
        now() - interval '1 day', now() + interval '1 day') USING NEW.{link};
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    IF found_rows = 0 THEN
        PERFORM 1 FROM {table} WHERE id = NEW.{link} FOR KEY SHARE;
        IF NOT FOUND AND EXISTS (SELECT FROM {links} WHERE id = NEW.id AND {link} = NEW.{link}) THEN
            RAISE foreign_key_violation USING MESSAGE = format('{links}: no row %s in {table}', NEW.{link});
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION {table}_unlinked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM {links} WHERE {link} = OLD.id) AND NOT EXISTS (SELECT FROM {table} WHERE id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = format('{table}: row %s is still in {links}', OLD.id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER {links}_refer AFTER INSERT OR UPDATE ON {links}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {links}_refer();
CREATE CONSTRAINT TRIGGER {table}_unlinked AFTER DELETE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {table}_unlinked();
"""


def divide(monthly: Monthly, at: datetime) -> None:
    """Keep the table by month from the first month on that begins a week from now or later."""
    if connection.vendor != "postgresql" or is_divided(monthly):
        return
    begins = month_after(month_of(at + SOON))
    patiently(lambda cursor: _bound(cursor, monthly, begins))
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {monthly.table} VALIDATE CONSTRAINT {monthly.before}")
    patiently(lambda cursor: _divide(cursor, monthly, begins))
    analyze(monthly)


def _parked(monthly: Monthly) -> str:
    return f"{monthly.table}_parked"


def _bound(cursor: Any, monthly: Monthly, begins: datetime) -> None:
    """Promise that no row lies beyond. Those that a wrong clock has put there are set aside for a moment."""
    table, parked, until = monthly.table, _parked(monthly), begins.isoformat()
    for name, _definition in _constraints(cursor, monthly.links, table):
        cursor.execute(f'ALTER TABLE {monthly.links} DROP CONSTRAINT "{name}"')
    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {monthly.before}")
    cursor.execute(f"CREATE TABLE IF NOT EXISTS {parked} (LIKE {table})")
    cursor.execute(f"INSERT INTO {parked} SELECT * FROM {table} WHERE at >= %s", [begins])  # noqa: S608
    cursor.execute(f"DELETE FROM {table} WHERE at >= %s", [begins])  # noqa: S608
    cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {monthly.before} CHECK (at < '{until}') NOT VALID")


def _divide(cursor: Any, monthly: Monthly, begins: datetime) -> None:
    table, before = monthly.table, monthly.before
    lock(cursor, monthly, "ACCESS EXCLUSIVE", table, monthly.links)
    indexes, references = _indexes(cursor, table), _constraints(cursor, table)
    number = _give_way(cursor, monthly, indexes)
    cursor.execute(f"CREATE TABLE {table} (LIKE {before} INCLUDING STORAGE) PARTITION BY RANGE (at)")
    cursor.execute(f"CREATE SEQUENCE {table}_id_seq AS bigint START {number} OWNED BY {table}.id")
    cursor.execute(f"ALTER TABLE {table} ALTER COLUMN id SET DEFAULT nextval('{table}_id_seq')")
    for _name, definition in indexes:
        cursor.execute(definition)
    for name, definition in references:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    until = begins.isoformat()
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {before} FOR VALUES FROM (MINVALUE) TO ('{until}')")
    cursor.execute(f"ALTER TABLE {before} DROP CONSTRAINT {before}")
    _make_parts(cursor, monthly, begins)
    cursor.execute(CHECKED.format(table=table, links=monthly.links, link=monthly.link))
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {_parked(monthly)}")  # noqa: S608
    cursor.execute(f"DROP TABLE {_parked(monthly)}")


def _give_way(cursor: Any, monthly: Monthly, indexes: list[tuple[str, str]]) -> int:
    """Leave its names to the divided table, which Django’s migrations go on to change by them; return its next number.

    The divided table has a sequence: before PostgreSQL 17, its columns cannot number themselves.
    """
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [monthly.table])
    number = int(cursor.fetchone()[0])
    for name, _definition in indexes:
        cursor.execute(f'ALTER INDEX "{name}" RENAME TO "{name}_before"')
    cursor.execute(f"ALTER TABLE {monthly.table} ALTER COLUMN id DROP IDENTITY IF EXISTS")
    cursor.execute(f"ALTER TABLE {monthly.table} RENAME TO {monthly.before}")
    return number


def _make_parts(cursor: Any, monthly: Monthly, begins: datetime) -> None:
    forgotten = ", ".join(f"'{kind}'" for kind in monthly.forgotten)
    span = f"FROM ('{begins.isoformat()}') TO (MAXVALUE)"
    parts = (
        f"{monthly.after} PARTITION OF {monthly.table} FOR VALUES {span} PARTITION BY LIST (kind)",
        f"{monthly.kept} PARTITION OF {monthly.after} (PRIMARY KEY (id)) DEFAULT",
        f"{monthly.passing} PARTITION OF {monthly.after} FOR VALUES IN ({forgotten}) PARTITION BY RANGE (at)",
        f"{monthly.stray} PARTITION OF {monthly.passing} (PRIMARY KEY (id)) DEFAULT",
    )
    for part in parts:
        cursor.execute(f"CREATE TABLE {part}")
    for _number in range(AHEAD):
        make_part(cursor, monthly, begins)
        begins = month_after(begins)


def _indexes(cursor: Any, table: str) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        [table],
    )
    return list(cursor.fetchall())


def _constraints(cursor: Any, table: str, to: str = "") -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = %s::regclass AND (%s = '' OR confrelid = to_regclass(%s))",
        [table, to, to],
    )
    return list(cursor.fetchall())
