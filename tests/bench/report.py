"""The table one reads and the JSON one compares between commits."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.bench.measure import Figure

COLUMNS = (
    f"{'':44} {'median':>7} {'p95':>7} {'hello':>6} {'ratio':>6} {'p95':>6} {'bar':>8} "
    f"{'':8} {'CPU':>6} {'ratio':>6} {'SQL':>4} {'kB':>5} {'8 at once':>10} {'ratio':>6} {'p95':>6} {'req/s':>6}"
)


def line(figure: Figure) -> str:
    """One case as a line of the table."""
    bars = "" if not figure.bar else f"{figure.bar:g}" + (f" / {figure.bar_p95:g}" if figure.bar_p95 else "")
    return (
        f"{figure.name:44} {figure.median:7.1f} {figure.p95:7.1f} {figure.hello:6.1f} {figure.ratio:6.2f}"
        f" {figure.ratio_p95:6.2f} {bars:>8} {figure.verdict:8}"
        f" {figure.processor:6.1f} {figure.ratio_processor:6.2f} {figure.queries:4} {figure.bytes / 1000:5.1f}"
        f" {figure.median_8:10.1f} {figure.ratio_8:6.2f} {figure.ratio_p95_8:6.2f} {figure.per_second_8:6.0f}"
    )


def visit_line(visit: dict[str, Any]) -> str:
    verdict = "ok" if visit["bytes"] <= 60_000 and visit["requests"] <= 8 else "TOO HEAVY"
    return (
        f"first visit of the list: {visit['bytes'] / 1000:.1f} kB in {visit['requests']} requests (60 kB, 8): {verdict}"
    )


def commit() -> str:
    """The commit measured, marked where files differ from it."""
    described = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"


def write(path: Path, result: dict[str, Any]) -> None:
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False))


def growth_line(var: Path, size: str) -> str:
    """List at a million over list at a hundred thousand, from the newest result of the other size."""
    newest = {}
    for name in ("100k", "1m"):
        files = sorted(var.glob(f"{name}-*.json"), key=lambda path: path.stat().st_mtime)
        if not files:
            return f"list at 1m over list at 100k: measure {'1m' if size == '100k' else '100k'} too"
        newest[name] = json.loads(files[-1].read_text())
    first = {name: result["cases"][0] for name, result in newest.items()}
    ratio = first["1m"]["ratio"] / first["100k"]["ratio"]
    verdict = "ok" if ratio <= 1.15 else "TOO SLOW"
    commits = " and ".join(result["commit"] for result in newest.values())
    return f"list at 1m over list at 100k, each over hello: {ratio:.2f} (1.15; {commits}): {verdict}"
