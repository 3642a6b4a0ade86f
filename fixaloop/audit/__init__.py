"""The audit journal: who signed in, got rights, took data out, opened whose file."""
