"""The databases as the environment names them: one, and its replica if there is one."""

from pathlib import Path
from typing import Any

from fixaloop import environment, speed
from fixaloop.databases import planner

# The least that PostgreSQL’s library takes.
CONNECT_SECONDS = environment.number("DATABASE_CONNECT_SECONDS", 2, least=2, most=60)


def configuration(folder: Path) -> dict[str, Any]:
    """The database, and its replica where `REPLICA_URL` names one."""
    primary, replica = _primary(folder), environment.server("REPLICA_URL")
    if not replica:
        return {"default": primary}
    if primary["ENGINE"] != "fixaloop.databases.postgresql":
        told = "empty, unless DATABASE_URL is PostgreSQL", "vide, tant que DATABASE_URL n’est pas PostgreSQL"
        raise environment.wrong("REPLICA_URL", "…", *told)
    _tune(replica)
    return {"default": primary, "replica": replica | {"TEST": {"MIRROR": "default"}}}


def _primary(folder: Path) -> dict[str, Any]:
    """The database named by `DATABASE_URL`; SQLite in the data folder without it, tuned for several people at once."""
    kept = folder / "fixaloop.sqlite3"
    config = environment.database(f"sqlite:///{kept}")
    if config["ENGINE"] == "django.db.backends.sqlite3":
        if config["NAME"] == str(kept) and not kept.exists():
            # SQLite would let everybody read it; what it writes beside a file has the rights of that file.
            kept.touch(mode=0o600)
        # A test database in memory cannot be shared between threads, and parallel writes are what we test.
        config["TEST"] = {"NAME": str(folder / "test.sqlite3")}
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;"
                "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY"
            ),
        }
    else:
        _tune(config)
    return config


def _tune(config: dict[str, Any]) -> None:
    config["ENGINE"] = "fixaloop.databases.postgresql"
    config["CONN_MAX_AGE"] = None
    config["CONN_HEALTH_CHECKS"] = True
    config.setdefault("OPTIONS", {}).setdefault("connect_timeout", CONNECT_SECONDS)
    # A server that is gone does not say so: what it does not acknowledge as long is given up.
    config["OPTIONS"].setdefault("tcp_user_timeout", CONNECT_SECONDS * 1000)
    if speed.is_on("planner"):
        config["OPTIONS"].setdefault("options", planner.OPTIONS)
