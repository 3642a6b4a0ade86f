"""The web server: nobody who is slow, silent or long-winded keeps others waiting."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from waitress import wasyncore

from fixaloop import serving
from fixaloop.web.requests import BEGUN

Serve = Callable[[Any], int]
FEW = 20


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve an application with one thread for pages and one for gates; the port."""
    ended = Event()
    pages, gates = serving.pool(1), serving.pool(1)

    def start(application: Any) -> int:
        sock = socket.create_server(("127.0.0.1", 0))
        # One thread reads the connections of one map, as in a worker: two would take each other's bytes.
        connections: dict[int, Any] = {}
        serving.server_on(sock, application, connections, pages=pages, gates=gates)
        Thread(target=loop, args=[connections], daemon=True).start()
        return int(sock.getsockname()[1])

    def loop(connections: dict[int, Any]) -> None:
        while not ended.is_set():
            wasyncore.loop(timeout=0.05, use_poll=True, map=connections, count=1)
        wasyncore.close_all(connections)

    yield start
    ended.set()
    for threads in (pages, gates):
        threads.shutdown(timeout=0)


def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    said = environ["wsgi.input"].read() or environ.get("HTTP_X_FORWARDED_FOR", "nobody").encode()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


def send(port: int, head: str, body: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall("\r\n".join([*head.splitlines(), "Host: x", "", ""]).encode() + body)
    return connection


def answer(connection: socket.socket) -> str:
    with connection, connection.makefile("rb") as file:
        head = b"".join(iter(lambda: file.readline().rstrip(b"\r\n") + b"\n", b"\n")).decode()
        length = next(int(line[15:]) for line in head.splitlines() if line.startswith("Content-Length"))
        return f"{head[9:12]} {file.read(length).decode()}"


def test_slow_and_silent_visitors_cost_no_thread(serve: Serve) -> None:
    port = serve(hello)
    with ExitStack() as stack:
        for _number in range(FEW):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            stack.enter_context(send(port, "POST / HTTP/1.1\nContent-Length: 9", b"half"))
            head = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            head.sendall(b"GET / HTTP/1.1\r\nX-")
        assert answer(send(port, "GET / HTTP/1.1")) == "200 nobody"
        assert answer(send(port, "POST / HTTP/1.1\nContent-Length: 5", b"whole")) == "200 whole"


def test_who_never_ends_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "WHOLE_FORM", 0)
    monkeypatch.setattr(serving, "LOOKED_AT", 0)
    port = serve(hello)
    with send(port, "POST / HTTP/1.1\nContent-Length: 9", b"half") as slow:
        assert slow.recv(100) == b""


def test_gates_never_queue_behind_pages(serve: Serve) -> None:
    go = Event()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] in ("/", "/api/v1/device/list"):
            assert go.wait(10)
        return hello(environ, start_response)

    port = serve(application)
    pages = [send(port, f"GET {path} HTTP/1.1") for path in ("/", "/api/v1/device/list") for _number in range(FEW)]
    assert answer(send(port, "POST /api/v1/reads HTTP/1.1\nContent-Length: 4", b"read")) == "200 read"
    go.set()
    assert {answer(page) for page in pages} == {"200 nobody"}


def test_a_body_too_long_is_refused_unread(serve: Serve) -> None:
    port = serve(hello)
    long = "HTTP/1.1\nContent-Length: 40000000"
    refused = answer(send(port, f"POST /accounts/login/ {long}"))
    assert refused.startswith("413")
    assert "Envoi trop volumineux" in refused
    assert answer(send(port, f"POST /imports/new/ {long}")).startswith("413")
    chunk = b"600000\r\n" + bytes(0x600000) + b"\r\n0\r\n\r\n"
    assert answer(send(port, "POST / HTTP/1.1\nTransfer-Encoding: chunked", chunk)).startswith("413")
    # Whoever is signed in may send a file.
    with send(port, f"POST /imports/new/ {long}\nCookie: sessionid=x\nExpect: 100-continue") as file:
        assert file.recv(100).startswith(b"HTTP/1.1 100")


def test_only_a_proxy_says_for_whom_it_asks(serve: Serve) -> None:
    asked = "GET / HTTP/1.1\nX-Forwarded-For: 203.0.113.9"
    assert answer(send(serve(serving.behind_proxies(hello, ["192.0.2.1"])), asked)) == "200 nobody"
    assert answer(send(serve(serving.behind_proxies(hello, ["127.0.0.1"])), asked)) == "200 203.0.113.9"


def test_it_says_since_when_somebody_waits_whatever_they_say(serve: Serve) -> None:
    def since(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        said = str(0 <= monotonic() - float(environ[f"HTTP_{BEGUN}"]) < 60).encode()
        start_response("200 OK", [("Content-Length", str(len(said)))])
        return [said]

    assert answer(send(serve(since), "GET / HTTP/1.1\nFixaloop-Begun: 99999999999")) == "200 True"


def test_who_is_at_the_door_when_it_ends_is_answered_and_the_next_one_turned_away() -> None:
    connections: dict[int, Any] = {}
    threads = serving.pool(1)
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    server = serving.server_on(sock, hello, connections, pages=threads, gates=threads)
    waiting = send(port, "GET / HTTP/1.1")
    serving.finish([server], connections, 10, lambda: None)
    assert answer(waiting) == "200 nobody"
    with pytest.raises(ConnectionRefusedError):
        send(port, "GET / HTTP/1.1")
    threads.shutdown(timeout=0)
    wasyncore.close_all(connections)
