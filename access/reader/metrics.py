"""What the gate counts for Prometheus."""

from prometheus_client import Counter, Histogram

from fixaloop.watch.metrics import COUNTED

GATE_READS = Counter("fixaloop_gate_reads", "Reads answered to readers", ("decision", "reason"), registry=COUNTED)
GATE_SECONDS = Histogram(
    "fixaloop_gate_read_seconds",
    "From the first byte of a read to its answer",
    ("decision",),
    registry=COUNTED,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2),
)
