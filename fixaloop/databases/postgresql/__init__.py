"""Django's PostgreSQL backend, reading instants the quick way."""
