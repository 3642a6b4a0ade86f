"""The web server, here and in production: processes times threads, each thread keeping its database connection.

GUNICORN_CMD_ARGS adds any other option, for instance `--max-requests 5000 --max-requests-jitter 500`.
"""

import gc
import os
import shutil
import sys
from typing import Any

from django.urls import get_resolver

from clients.values.communes import towns
from fixaloop.environment import data_folder, number, text
from fixaloop.preflight import SECOND, listening_host, listening_port, take_folder
from fixaloop.speed import is_on
from fixaloop.watch import logs, places

bind = f"{listening_host()}:{listening_port()}"
worker_class = "fixaloop.serving.BufferedWorker"
workers = number("WEB_CONCURRENCY", 2)
threads = number("WEB_THREADS", 4)

# Loaded before the port is opened: whoever came while each process loads it would wait, where another machine answers.
preload_app = True
graceful_timeout = 30

# Whose X-Forwarded-* headers are believed: the addresses of the reverse proxies, separated by commas.
forwarded_allow_ips = text("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

# No line per request, and no command socket in the home folder.
accesslog = None
control_socket_disable = True
if logs.log_format() == "json":
    said = {"level": "INFO", "handlers": ["console"], "propagate": False}
    logconfig_dict = logs.configuration() | {"loggers": {"gunicorn.error": said}}
# Where the processes of this server count for `/metrics`.
metrics_folder = data_folder() / "metrics" / str(os.getpid()) if text("METRICS_TOKEN") else None
if metrics_folder:
    os.environ[places.FOLDER] = str(metrics_folder)


def on_starting(server: Any) -> None:
    """Take the data folder, so that no second server works in it. One that takes over from this one may (USR2).

    Then do before the port is open what the first visitor would wait for: the map of the site, the towns. What is there
    by now stays: the collector need not walk it again, which takes the tenth of a second in the middle of a page.
    """
    place = data_folder()
    server.fixaloop_folder = take_folder(place)
    if server.fixaloop_folder is None and "GUNICORN_PID" not in os.environ:
        sys.exit(SECOND.format(folder=place))
    if metrics_folder:
        places.make_folder(metrics_folder, kept={os.environ.get("GUNICORN_PID", "")})
    if is_on("startup"):
        _ = get_resolver().url_patterns
        towns("75001")
        gc.collect()
        gc.freeze()


def pre_fork(server: Any, worker: Any) -> None:
    worker.place = places.free_place({other.place for other in server.WORKERS.values()})


def post_fork(server: Any, worker: Any) -> None:
    os.environ[places.PLACE] = str(worker.place)


def on_exit(server: Any) -> None:
    if metrics_folder:
        shutil.rmtree(metrics_folder, ignore_errors=True)
