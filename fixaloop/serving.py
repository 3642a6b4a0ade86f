"""The web server’s worker: requests are read whole before a thread serves them, and gates have threads of their own.

gunicorn starts, watches and replaces the processes; waitress reads the connections of each. A slow or silent visitor
costs a socket and no thread. A body that is too long is refused by what its head announces, before it is read. Readers
of gates never queue behind pages.
"""

import copy
import os
import select
import time
from collections.abc import Callable, Collection
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher

from fixaloop.environment import number
from fixaloop.web.requests import BARE_PAGE, BEGUN

GATES = "/api/"
# What readers ask while nobody waits before them; it may take minutes.
AT_LEISURE = ("/api/v1/device/list", "/api/v1/reads/batch")
# What may come with a file, for those who are signed in; anything else is a form.
FILES = "/imports/new/"
KIB, MIB = 1024, 1024 * 1024
LONGEST_FILE = 51 * MIB
LONGEST_HEAD = 32 * KIB
CONNECTIONS = 1_000
# Seconds: between two signs of life of a visitor, and for all of a request.
SILENCE, WHOLE_FORM, WHOLE_FILE = 30, 60, 600
# Seconds: how often that is looked at.
LOOKED_AT = 5
# Seconds: for a new connection to send its request.
JUST_COME = 0.5
TOO_LARGE = 413
FORWARDED = (
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT"),
    "HTTP_X_REQUEST_ID",
)


class Request(HTTPRequestParser):
    """A request with the length that it may have."""

    path: str
    headers: dict[str, str]

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.begun_at = time.monotonic()

    @property
    def is_file(self) -> bool:
        return self.headers_finished and self.adj.max_request_body_size == LONGEST_FILE

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        # Whatever the visitor wrote there: how long somebody has waited already is part of how long they wait.
        self.headers[BEGUN] = repr(self.begun_at)
        if self.path == FILES and settings.SESSION_COOKIE_NAME in self.headers.get("COOKIE", ""):
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = LONGEST_FILE


class Refusal(ErrorTask):
    """What cannot be served, as the pages of the site say it."""

    request: Any

    def execute(self) -> None:
        if self.request.error.code != TOO_LARGE:
            super().execute()
            return
        page = render_to_string("413.html").encode()
        self.status = "413 Request Entity Too Large"
        told = {"Content-Type": "text/html; charset=utf-8", "Connection": "close"} | BARE_PAGE
        self.response_headers = list(told.items())
        self.content_length = len(page)
        self.close_on_finish = self.complete = True
        self.write(page)


class Channel(HTTPChannel):
    parser_class = Request
    error_task_class = Refusal

    def takes_too_long(self, now: float) -> bool:
        reading: Any = self.request
        return reading is not None and now - reading.begun_at > (WHOLE_FILE if reading.is_file else WHOLE_FORM)


class Server(TcpWSGIServer):
    """One listening socket; `gates` serves what readers ask, the other threads all else."""

    channel_class = Channel
    gates: ThreadedTaskDispatcher
    active_channels: Any
    served = 0

    def add_task(self, task: Any) -> None:
        self.served += 1
        asked = task.requests[0]
        is_urgent = asked.error is None and asked.path.startswith(GATES) and not asked.path.startswith(AT_LEISURE)
        (self.gates if is_urgent else self.task_dispatcher).add_task(task)

    @property
    def is_answering(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self.active_channels.values())

    def stop_listening(self) -> None:
        """Accept who is connected already, since closing the socket would cut them off."""
        listening: Any = self.socket
        queue = select.poll()
        queue.register(listening, select.POLLIN)
        while queue.poll(0):
            self.handle_accept()
        self.del_channel()
        listening.close()

    def maintenance(self, now: Any) -> None:
        super().maintenance(now)
        at = time.monotonic()
        for channel in self.active_channels.values():
            if channel.takes_too_long(at):
                channel.will_close = True


def pool(threads: int) -> ThreadedTaskDispatcher:
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    return dispatcher


def server_on(sock: Any, application: Any, connections: dict[int, Any], *, pages: Any, gates: Any) -> Server:
    """Serve what comes to a listening socket while somebody runs the loop over `connections`."""
    adjustments = Adjustments(
        asyncore_use_poll=True,
        channel_timeout=SILENCE,
        cleanup_interval=LOOKED_AT,
        # `behind_proxies` decides.
        clear_untrusted_proxy_headers=False,
        connection_limit=CONNECTIONS,
        ident=None,
        max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 64 * KIB,
        max_request_header_size=LONGEST_HEAD,
    )
    info = (sock.family, sock.type, sock.proto, sock.getsockname())
    options = {"_sock": sock, "bind_socket": False, "sockinfo": info, "adj": adjustments}
    server = Server(application, map=connections, dispatcher=pages, **options)
    server.gates = gates
    return server


def behind_proxies(application: Any, trusted: Collection[str]) -> Any:
    """The application; only trusted proxies may name the visitor they speak for."""

    def asked(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("REMOTE_ADDR") not in trusted:
            for name in FORWARDED:
                environ.pop(name, None)
        return application(environ, start_response)

    return application if "*" in trusted else asked


def finish(servers: list[Server], connections: dict[int, Any], patience: float, notify: Callable[[], Any]) -> None:
    """Take whoever waits at the door, and nobody after; answer what is asked, as long as gunicorn waits.

    Once no process listens, a proxy turns to another machine by itself.
    """
    for server in servers:
        server.stop_listening()
    settled = time.monotonic() + JUST_COME
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and (
        time.monotonic() < settled or any(server.is_answering for server in servers)
    ):
        notify()
        wasyncore.loop(timeout=0.1, use_poll=True, map=connections, count=1)


class BufferedWorker(Worker):
    def run(self) -> None:
        connections: dict[int, Any] = {}
        pages, gates = pool(self.cfg.threads), pool(number("GATE_THREADS", 2))
        application = behind_proxies(self.wsgi, self.cfg.forwarded_allow_ips)
        sockets = [listener.sock for listener in self.sockets]
        servers = [server_on(sock, application, connections, pages=pages, gates=gates) for sock in sockets]
        while self.alive and self.ppid == os.getppid():
            self.notify()
            if sum(server.served for server in servers) >= self.max_requests:
                break
            wasyncore.loop(timeout=1, use_poll=True, map=connections, count=1)
        finish(servers, connections, self.cfg.graceful_timeout, self.notify)
        for dispatcher in (pages, gates):
            # Idle threads end; one that still works ends with the process.
            dispatcher.set_thread_count(0)
