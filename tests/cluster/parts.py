"""The parts of the set-up, with the files of docs/cluster/: what operators copy is what runs here."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from signal import SIGINT, SIGQUIT
from typing import Any

import boto3
import psycopg

from tests.bench.storage import ROOT
from tests.cluster.supervisor import Program, Supervisor
from tests.postgres import NAME, account, call, configure, create, find_binaries, give

MODELS = ROOT / "docs" / "cluster"
HOST = "127.0.0.1"
PACKAGES = {"initdb": "postgresql", "pgbouncer": "pgbouncer", "nginx": "nginx-light"}
PORTS = ("database 1", "database 2", "pgbouncer", "nginx", "web 1", "web 2", "s3")
DATABASES = ("database 1", "database 2")
SETS = ("1", "2")
BUCKET, REGION = "fixaloop", "us-east-1"


def missing() -> str:
    """What to install first, in one sentence; empty where all is there."""
    found = {"initdb": find_binaries(), **{name: program(name) for name in ("pgbouncer", "nginx")}}
    packages = [package for name, package in PACKAGES.items() if not found[name]]
    return f"make cluster needs more programs: apt install {' '.join(packages)}" if packages else ""


def program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return not probe.connect_ex((HOST, port))


def answers(port: int, path: str = "/healthz") -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=3)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    return False


class Site:
    """The whole set-up in one folder. `primary` and `standby` change places when the database fails over."""

    def __init__(self, folder: Path, supervisor: Supervisor) -> None:
        self.folder, self.supervisor = folder, supervisor
        self.ports = {name: free_port() for name in PORTS}
        self.primary, self.standby = DATABASES
        self.binaries = find_binaries() or Path()
        # Root’s folder is shut to those it lets PostgreSQL and nginx run as.
        folder.chmod(0o711)
        for name in ("pgbouncer", "nginx", *DATABASES):
            folder.joinpath(name).mkdir()
            give(folder / name)

    @property
    def port(self) -> int:
        return self.ports["nginx"]

    @property
    def environ(self) -> dict[str, str]:
        """What Fixaloop is told: one secret, one database behind PgBouncer."""
        return {
            "DATABASE_URL": f"postgres://{NAME}@{HOST}:{self.ports['pgbouncer']}/{NAME}",
            "REPLICA_URL": f"postgres://{NAME}@{HOST}:{self.ports['pgbouncer']}/{NAME}_standby",
            "GATE_READS_PER_MINUTE": "60000",
            "SECRET_KEY": self._secret,
            "STORAGE_URL": f"s3://key:secret@{HOST}:{self.ports['s3']}/{BUCKET}/site?region={REGION}&tls=0",
            "NIGHTLY_HOUR": "24",
            "STEP_UP_MINUTES": "0",
            "EXPORT_BACKGROUND_ROWS": "0",
            "LOG_LEVEL": "WARNING",
        }

    _secret = secrets.token_urlsafe(50)

    def environ_of(self, number: str) -> dict[str, str]:
        data = self.folder / f"machine {number}"
        data.mkdir(exist_ok=True)
        return {**self.environ, "VAR_DIR": str(data), "PORT": str(self.ports[f"web {number}"])}

    def manage(self, *command: str, direct: bool = False) -> str:
        """A command of Fixaloop’s on the first machine; `direct` leaves PgBouncer aside, as migrations do."""
        url = f"postgres://{NAME}@{HOST}:{self.ports[self.primary]}/{NAME}"
        environ = {**os.environ, **self.environ_of("1"), **({"DATABASE_URL": url} if direct else {})}
        whole = [sys.executable, "manage.py", *command]
        return subprocess.run(whole, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout

    def connect(self, name: str = "", database: str = NAME) -> Any:
        """A connection past PgBouncer, to the primary."""
        port = self.ports[name or self.primary]
        return psycopg.connect(host=HOST, port=port, user=NAME, dbname=database, autocommit=True, connect_timeout=2)

    def start_primary(self) -> None:
        settings = dict(re.findall(r"^(\w+) = '?(.*?)'?$", (MODELS / "postgresql.conf").read_text(), re.MULTILINE))
        data = self.folder / self.primary / "data"
        create(self.binaries, data)
        configure(data, settings | {"listen_addresses": HOST, "shared_buffers": "256MB"})
        self._start_database(self.primary)
        with self.connect(database="postgres") as server:
            server.execute(f"CREATE DATABASE {NAME}")

    def copy_primary(self) -> None:
        """A standby made anew from the primary."""
        data = self.folder / self.standby / "data"
        shutil.rmtree(data, ignore_errors=True)
        source = f"host={HOST} port={self.ports[self.primary]} user={NAME}"
        copy = [self.binaries / "pg_basebackup", "-D", data, "-d", source, "-R", "-X", "stream", "-c", "fast"]
        call(copy, data.parent)
        self._start_database(self.standby)

    def _start_database(self, name: str) -> None:
        port = self.ports[name]
        command = [self.binaries / "postgres", "-D", self.folder / name / "data", "-p", port, "-k", ""]

        def ready() -> bool:
            with suppress(psycopg.Error), self.connect(name, "postgres"):
                return True
            return False

        # Debian’s units do not start a server again that was killed: somebody looks at it first.
        options: dict[str, Any] = {"account": account(), "ending": SIGINT, "restarts": False}
        self.supervisor.start(Program(name, [str(part) for part in command], ready, **options))

    def start_bouncer(self) -> None:
        place, port = self.folder / "pgbouncer", self.ports["pgbouncer"]
        text = (MODELS / "pgbouncer.ini").read_text()
        text = text.replace("/etc/pgbouncer/databases.ini", str(place / "databases.ini"))
        text = re.sub("(?m)^listen_addr.*$", f"listen_addr = {HOST}", text)
        text = re.sub("(?m)^listen_port.*$", f"listen_port = {port}\nunix_socket_dir =", text)
        text = text.replace("scram-sha-256", "trust").replace("/etc/pgbouncer/userlist.txt", str(place / "users.txt"))
        (place / "pgbouncer.ini").write_text(text)
        (place / "users.txt").write_text(f'"{NAME}" ""\n')
        where = {name: f"host={HOST} port={self.ports[name]} dbname={NAME}" for name in DATABASES}
        databases = f"[databases]\n{NAME} = {where[self.primary]}\n{NAME}_standby = {where[self.standby]}\n"
        (place / "databases.ini").write_text(databases)
        command = [program("pgbouncer"), str(place / "pgbouncer.ini")]
        self.supervisor.start(Program("pgbouncer", command, lambda: listens(port), account=account(), ending=SIGINT))

    def start_watch(self) -> None:
        command = [sys.executable, str(MODELS / "standby.py"), "watch"]
        state = self.folder / "standby.state"

        def ready() -> bool:
            return state.exists() and state.read_text().startswith("both")

        self.supervisor.start(Program("watch", command, ready, self.environ_of_standby))

    @property
    def environ_of_standby(self) -> dict[str, str]:
        return {
            "HOSTS": ",".join(f"{HOST}:{self.ports[name]}" for name in DATABASES),
            "DATABASE": NAME,
            "PGUSER": NAME,
            "STATE": str(self.folder / "standby.state"),
            "BOUNCER_DATABASES": str(self.folder / "pgbouncer" / "databases.ini"),
            "BOUNCER_RELOAD": f"psql -q -h {HOST} -p {self.ports['pgbouncer']} -U {NAME} pgbouncer -c RELOAD",
        }

    def start_storage(self) -> None:
        """An empty bucket: this server keeps files in memory alone."""
        where, port = f"http://{HOST}:{self.ports['s3']}", self.ports["s3"]
        command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)]
        self.supervisor.start(Program("s3", command, lambda: listens(port)))
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        boto3.client("s3", endpoint_url=where, region_name=REGION, **keys).create_bucket(Bucket=BUCKET)

    def start_web(self, number: str) -> None:
        name, port = f"web {number}", self.ports[f"web {number}"]
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(ROOT), "fixaloop.wsgi", "--log-level", "warning"]
        self.supervisor.start(Program(name, command, lambda: answers(port), self.environ_of(number), {"cwd": ROOT}))

    def start_worker(self, number: str) -> None:
        command = [sys.executable, "manage.py", "db_worker"]
        self.supervisor.start(
            Program(f"worker {number}", command, lambda: True, self.environ_of(number), {"cwd": ROOT})
        )

    def start_nginx(self) -> None:
        place = self.folder / "nginx"
        text = (MODELS / "nginx.conf").read_text()
        text = re.sub("(?m)^ +ssl_.*\n", "", text).replace("443 ssl", f"{HOST}:{self.port}")
        for number, address in zip(SETS, ("10.0.0.11:8000", "10.0.0.12:8000"), strict=True):
            text = text.replace(address, f"{HOST}:{self.ports[f'web {number}']}")
        text = text.replace("/usr/share/fixaloop", str(place))
        shutil.copy(MODELS / "unavailable.html", place)
        (place / "fixaloop.conf").write_text(text)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {place}/{kind};\n" for kind in kinds)
        (place / "nginx.conf").write_text(
            f"daemon off; pid {place}/pid; error_log {place}/error.log; worker_processes 2;\n"
            "events { worker_connections 1024; }\n"
            f"http {{ access_log off; default_type application/octet-stream; {temporary}"
            f"include {place}/fixaloop.conf; }}\n"
        )
        command = [program("nginx"), "-p", str(place), "-e", str(place / "error.log"), "-c", str(place / "nginx.conf")]
        ready = lambda: answers(self.port)  # noqa: E731
        self.supervisor.start(Program("nginx", command, ready, account=account(), ending=SIGQUIT))
