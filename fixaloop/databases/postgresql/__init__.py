"""Django's PostgreSQL backend, which works behind PgBouncer in transaction mode and reads instants the quick way."""
