"""The real web server on a free port of this machine, and a browser's side of it."""

import contextlib
import gzip
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.bench.storage import ROOT

SETTINGS = "tests.bench.settings"
IDLE = 3


@dataclass(frozen=True)
class Answer:
    """What came back, as it travelled, and how long it took in milliseconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: float

    @property
    def text(self) -> str:
        compressed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if compressed else self.body).decode()

    @property
    def queries(self) -> int:
        return int(self.headers.get("x-queries", 0))

    @property
    def database(self) -> float:
        """Milliseconds that the web server waited for the database."""
        return float(self.headers.get("x-database", 0))

    @property
    def processor(self) -> float:
        """Milliseconds of processor in the web server alone: steadier than the clock on a busy machine."""
        return float(self.headers.get("x-processor", 0))


class Browser:
    """One kept connection with its cookies."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies = cookies if cookies is not None else {}
        self.last = time.perf_counter()

    def ask(self, url: str, data: Mapping[str, str] | None = None, *, accept: str = "gzip") -> Answer:
        """Ask for a page, by POST where there is data."""
        headers = {"Accept-Encoding": accept, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if data is None:
            return self._send("GET", url, None, headers)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._send("POST", url, urlencode(data), headers)

    def call(self, url: str, data: Mapping[str, Any], token: str) -> Answer:
        """Call the API of readers."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return self._send("POST", url, json.dumps(data), headers)

    def _send(self, method: str, url: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        """The clock stops when the last byte is here."""
        started = time.perf_counter()
        if started - self.last > IDLE:
            self.connection.close()  # the server closes what is silent for long; this reopens at the next request
        self.connection.request(method, url, body, dict(headers))
        response = self.connection.getresponse()
        content = response.read()
        self.last = time.perf_counter()
        ms = (self.last - started) * 1000
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content, ms)

    def sign_in(self, username: str, password: str) -> None:
        """Through the login page, as a person does. Raises SystemExit where it refuses."""
        page = self.ask("/accounts/login/").text
        form = {"csrfmiddlewaretoken": csrf_token(page), "username": username, "password": password}
        answer = self.ask("/accounts/login/", form)
        if answer.status != http.client.FOUND:
            raise SystemExit(f"Signing in failed: {answer.status}\n{answer.text[:2000]}")


def csrf_token(page: str) -> str:
    """The token that the page's forms send back."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return found[1] if found else ""


@contextlib.contextmanager
def web_server(database_url: str) -> Iterator[int]:
    """Runs gunicorn as in production and gives its port."""
    with prepared_folder(database_url) as environment, running(environment) as port:
        yield port


@contextlib.contextmanager
def prepared_folder(database_url: str) -> Iterator[dict[str, str]]:
    """The environment of web servers: a folder with the collected static files, and the database."""
    with tempfile.TemporaryDirectory(prefix="fixaloop-bench-") as var:
        environment = os.environ | {
            "STEP_UP_MINUTES": "0",
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "DATABASE_URL": database_url,
            "VAR_DIR": var,
            "LOG_LEVEL": "WARNING",
        }
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, check=True, cwd=ROOT, env=environment)
        yield environment


@contextlib.contextmanager
def running(environment: Mapping[str, str]) -> Iterator[int]:
    """Runs gunicorn in this environment and gives its port."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "fixaloop.wsgi", "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=ROOT, env={**environment, "PORT": str(port)})
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _attempt in range(600):
        if server.poll() is not None:
            raise SystemExit("The web server did not start.")
        with contextlib.suppress(OSError):
            if Browser(port).ask("/healthz").status == http.client.OK:
                return
        time.sleep(0.1)
    raise SystemExit("The web server does not answer.")
