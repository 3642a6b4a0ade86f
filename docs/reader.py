"""A reader in one page, to show how to call Fixaloop; it needs Python alone.

    FIXALOOP_URL=http://127.0.0.1:8000 FIXALOOP_TOKEN=fxd_… python3 reader.py --type qr --queue passages.jsonl

Reads one value per line, as a hand scanner types them, and prints OPEN or CLOSED. Without a network it opens on the way
out only, keeps the passages in a file, and sends them when the network is back.
"""

import argparse
import io
import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TIMEOUT = 3
MOST_READS = 500
LONGEST_VALUE = 4_296


class Unreachable(Exception):
    """The server did not answer, or cannot now."""


class Misread(Exception):
    """The server refuses this read as invalid: asking again would not help."""


def call(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call. Raises `Unreachable`, `Misread`, or `SystemExit` for an unknown token."""
    request = urllib.request.Request(  # noqa: S310 - the address is the installer's
        os.environ["FIXALOOP_URL"].rstrip("/") + path,
        json.dumps(body).encode() if body is not None else None,
        {"Authorization": f"Bearer {os.environ['FIXALOOP_TOKEN']}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        if error.code == 401:
            raise SystemExit(f"{error.code}: {error.read().decode()}") from error
        if error.code in (409, 413, 422):
            raise Misread(json.load(error)["detail"]) from error
        raise Unreachable(str(error)) from error
    except OSError as error:
        raise Unreachable(str(error)) from error


def decide(read: dict[str, str], direction: str) -> tuple[bool, str]:
    """Whether to open, and what to show. Tries twice with the same nonce, in case the first answer is lost."""
    for _attempt in range(2):
        try:
            answer = call("/api/v1/reads", read)
        except Unreachable:
            continue
        except Misread as problem:
            return direction == "out", str(problem)
        return answer["decision"] == "granted", answer["message"]
    return direction == "out", "hors ligne"


def read_all(values: Iterable[str], kind: str, direction: str, queue: Path) -> Iterator[str]:
    """What to do for each value, one line each. Offline passages are sent as soon as the server answers."""
    for value in filter(None, map(str.strip, values)):
        now = datetime.now(UTC).isoformat()
        read = {"nonce": str(uuid.uuid4()), "type": kind, "value": value[:LONGEST_VALUE], "read_at": now}
        granted, message = decide(read, direction)
        if message == "hors ligne":
            if granted:
                with queue.open("a") as file:
                    file.write(json.dumps(read) + "\n")
        else:
            tell(queue)
        yield f"{'OPEN' if granted else 'CLOSED'} {message}"


def tell(queue: Path) -> None:
    """Send kept passages, as many as one call takes; those not recorded stay for the next time."""
    waiting = [json.loads(line) for line in queue.read_text().splitlines()] if queue.exists() else []
    if not waiting:
        return
    part, rest = waiting[:MOST_READS], waiting[MOST_READS:]
    try:
        results = call("/api/v1/reads/batch", {"sent_at": datetime.now(UTC).isoformat(), "reads": part})["results"]
    except (Unreachable, Misread):
        return
    again = {result["nonce"] for result in results if result.get("code") == "internal_error"}
    kept = [read for read in part if read["nonce"] in again] + rest
    queue.write_text("".join(f"{json.dumps(read)}\n" for read in kept))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--type", choices=("qr", "badge", "plate", "username"), default="qr")
    parser.add_argument("--queue", type=Path, default=Path("passages.jsonl"))
    options = parser.parse_args()
    missing = [name for name in ("FIXALOOP_URL", "FIXALOOP_TOKEN") if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"Il manque {', '.join(missing)}. Missing: {', '.join(missing)}. {__doc__}")
    try:
        device = call("/api/v1/device")
    except (Unreachable, ValueError) as error:
        raise SystemExit(f"Fixaloop ne répond pas à {os.environ['FIXALOOP_URL']}. No answer there: {error}") from error
    sys.stderr.write(f"{device['name']}, {device['zone']}\n")
    values = io.TextIOWrapper(sys.stdin.buffer, "utf-8", errors="replace")  # a code may hold anything
    for line in read_all(values, options.type, device["direction"], options.queue):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
