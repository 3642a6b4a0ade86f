"""What Prometheus is told (`METRICS_TOKEN`): what the processes of this machine have counted.

Each process of the web server counts in files of its place (fixaloop/watch/places.py): a process that takes the place
of a dead one goes on with its counts, so that nothing is counted twice or forgotten. Any other process, of a test or of
`runserver`, counts in memory. Labels name views, reasons and kinds: never an address, a person or a record.
"""

import os

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from fixaloop.watch.places import FOLDER, PLACE

if FOLDER in os.environ:
    # Asked each time: the application is loaded before the process that counts is made, and has its place.
    values.ValueClass = values.MultiProcessValue(lambda: os.environ.get(PLACE, ""))

COUNTED = CollectorRegistry()
REQUESTS = Counter("fixaloop_requests", "Requests answered", ("view", "method", "status"), registry=COUNTED)
REQUEST_SECONDS = Histogram(
    "fixaloop_request_seconds",
    "From the first middleware to the answer",
    ("view",),
    registry=COUNTED,
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
DATABASE_ERRORS = Counter(
    "fixaloop_database_errors", "Requests that the database did not serve: busy or away", ("kind",), registry=COUNTED
)
SIGN_IN_FAILURES = Counter(
    "fixaloop_sign_in_failures", "Secrets typed wrongly, or not looked at", ("secret", "why"), registry=COUNTED
)


def count(counter: Counter, *labels: str) -> None:
    if settings.METRICS_TOKEN:
        counter.labels(*labels).inc()


def observe(histogram: Histogram, seconds: float, *labels: str) -> None:
    if settings.METRICS_TOKEN:
        histogram.labels(*labels).observe(seconds)


def counted() -> Collector:
    """What this process has counted; under the web server, what all processes of this machine have."""
    return MultiProcessCollector(None) if FOLDER in os.environ else COUNTED
