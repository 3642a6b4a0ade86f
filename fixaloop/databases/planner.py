"""What PostgreSQL's planner should know of pages of fifty rows: options of a connection, or settings of the role."""

from django.db import connection

# One row through an index costs the same wherever it lies: left to think that memory makes whole walks of an index
# cheap, it reads 50,000 rows in the order of a list to find 50 that match. Helpers take longer to start than a page
# may: only counts of a whole table are worth them. Weighing every order of seven joined tables takes longer than
# joining them in the order they are named. Memory for what a million rows would look up, and code compiled for them,
# take ten milliseconds to lay out for fifty.
WANTED = {
    "effective_cache_size": "8MB",
    "parallel_setup_cost": "20000",
    "join_collapse_limit": "4",
    "enable_memoize": "off",
    "jit": "off",
}
OPTIONS = " ".join(f"-c {name}={value}" for name, value in WANTED.items())


def role_statements() -> list[str]:
    """What gives these settings to the role that we connect as, in this database alone."""
    quoted, config = connection.ops.quote_name, connection.settings_dict
    role = quoted(config["USER"]) if config["USER"] else "CURRENT_USER"
    begun = f"ALTER ROLE {role} IN DATABASE {quoted(str(config['NAME']))}"
    return [f"{begun} SET {name} = '{value}'" for name, value in WANTED.items()]


def lacking() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [[*WANTED]])
        return [name for name, value in cursor.fetchall() if value != WANTED[name]]


def is_pooled() -> bool:
    """Whether something stands between us and PostgreSQL: PgBouncer gives out process numbers of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return bool(cursor.fetchone()[0] != connection.connection.info.backend_pid)
