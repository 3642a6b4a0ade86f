"""The table that people read."""

import json
from pathlib import Path
from typing import Any

from tests.site_year.merge import COUNTED

# What earlier rules gave on the same days, by the digest of the truth.
BEFORE = Path(__file__).with_name("before.json")
COLUMNS = {
    "inside": "inside",
    "missing": "missing",
    "missing_sure": "sure",
    "missing_sure_heard": "heard",
    "phantom": "phantom",
    "phantom_sure": "sure",
}
CAUSES = 12


def table(result: dict[str, Any]) -> str:
    """Rows, refusals, the worst causes and the verdicts."""
    return "\n".join([*_rows(result), "", *_counted(result), "", *_causes(result), "", *_verdicts(result)])


def _rows(result: dict[str, Any]) -> list[str]:
    lines = [f"{'hours':22}" + "".join(f"{heading:>10}" for heading in COLUMNS.values())]
    for row, counts in result["rows"].items():
        lines.append(f"{row:22}" + "".join(f"{counts.get(name, 0):>10}" for name in COLUMNS))
    return lines


def _counted(result: dict[str, Any]) -> list[str]:
    """How many passages there were, and what the readers answered."""
    lines = [f"{result['steps']} passages in {result['seconds']} s, truth {result['truth']}"]
    for name in COUNTED:
        told = ", ".join(f"{code} {number}" for code, number in result[name].items())
        lines += [f"{name}: {told}"]
    return lines


def _causes(result: dict[str, Any]) -> list[str]:
    row = next(iter(result["rows"]))
    worst = [cause for cause in result["causes"] if cause["row"] == row][:CAUSES]
    lines = [f"{'hours':>7} {'times':>6} {'sure':>6}  worst causes, {row}"]
    return lines + [
        f"{one['hours']:>7} {one['times']:>6} {one['sure']:>6}  {one['kind']}: {one['cause']}" for one in worst
    ]


def _verdicts(result: dict[str, Any]) -> list[str]:
    """The two targets, on the people of the whole site; the second needs the figures of before on the same year."""
    row, whole = next(iter(result["rows"].items()))
    hidden = whole.get("missing_sure_heard", 0)
    lines = [f"inside, heard of, shown outside without doubt: {hidden} person-hours (0): {_verdict(hidden == 0)}"]
    before = json.loads(BEFORE.read_text(encoding="utf-8")).get(result["truth"])
    if before is None:
        return [*lines, "no figures of before on these days: nothing to halve"]
    old, new = (_wrong(counts) for counts in (before["rows"][row], whole))
    told = f"wrong person-hours: {new}, before {old} ({before['commit']})"
    return [*lines, f"{told}: {new / old:.0%} (50 %): {_verdict(2 * new <= old)}"]


def _wrong(counts: dict[str, int]) -> int:
    return counts.get("missing", 0) + counts.get("phantom", 0)


def _verdict(reached: bool) -> str:
    return "ok" if reached else "NOT REACHED"
