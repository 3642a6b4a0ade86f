"""One result from those of the parts of the population."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

COUNTED = ("counts", "refusals", "anomalies")
EXAMPLES = 3


def merge(parts: list[dict[str, Any]]) -> dict[str, Any]:
    rows = {row: _sum(part["rows"][row] for part in parts) for row in parts[0]["rows"]}
    return {
        "seconds": max(part["seconds"] for part in parts),
        "truth": "-".join(part["truth"] for part in parts),
        "steps": sum(part["steps"] for part in parts),
        **{name: _sum(part[name] for part in parts) for name in COUNTED},
        "rows": rows,
        "causes": _causes(parts, list(rows)),
    }


def _sum(counted: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counts in counted:
        total.update(counts)
    return dict(total.most_common())


def _causes(parts: list[dict[str, Any]], rows: list[str]) -> list[dict[str, Any]]:
    """By row, the worst first."""
    known: dict[tuple[str, str, str], dict[str, Any]] = {}
    for cause in (cause for part in parts for cause in part["causes"]):
        key = (cause["row"], cause["kind"], cause["cause"])
        kept = known.setdefault(key, dict(zip(("row", "kind", "cause"), key, strict=True)) | {"examples": []})
        for name in ("hours", "times", "sure"):
            kept[name] = kept.get(name, 0) + cause[name]
        kept["examples"] = (kept["examples"] + cause["examples"])[:EXAMPLES]
    return sorted(known.values(), key=lambda cause: (rows.index(cause["row"]), -cause["hours"], cause["cause"]))
