"""A reader in one file, to show how to call Fixaloop; it needs Python alone.

    FIXALOOP_URL=http://127.0.0.1:8000 FIXALOOP_TOKEN=fxd_… python3 reader.py --type qr --list list.jsonl

Reads one value per line, as a hand scanner types them, and prints OPEN or CLOSED. Without a network, or where the
server could not decide in time, it decides by the signed list that it holds (`--list`), else opens on the way out only;
it keeps these passages in a file, and sends them when the network is back. With `--confirm`, a line “+” after OPEN says
that somebody passed, and “-” that nobody did.
"""

import argparse
import contextlib
import hashlib
import hmac
import http.client
import io
import json
import os
import re
import sys
import threading
import time
import unicodedata
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# How long somebody is kept waiting at the door, and how long a call without anybody before it may take.
PATIENCE, TIMEOUT = 2.0, 30
# The way there and back, beyond the time at which the server stops deciding.
SLACK = 0.5
MOST_READS = 500
LONGEST_VALUE = 4_296
# How often a reader says that it is there and asks for the list; nothing is sent where that is the same.
LIST_EVERY = 300
OFFLINE = "hors ligne"
# No answer, half of one, or that of something else on the way.
BROKEN = (OSError, http.client.HTTPException, ValueError)


class Unreachable(Exception):
    """The server did not answer, or cannot now."""


class Misread(Exception):
    """The server refuses this call as invalid: asking again would not help."""


class Clock:
    """The server’s clock, as far ahead of ours as its answers say."""

    ahead = timedelta(0)

    @classmethod
    def now(cls) -> datetime:
        return datetime.now(UTC) + cls.ahead

    @classmethod
    def follow(cls, answer: dict[str, Any], asked: datetime) -> None:
        """Move as little as must be: the server looked at its clock some time between the question and now."""
        if said := answer.get("server_time"):
            looked = datetime.fromisoformat(said)
            cls.ahead = min(max(cls.ahead, looked - datetime.now(UTC)), looked - asked)


def fetch(path: str, body: bytes | None, seconds: float, **headers: str) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the address is the installer's
        os.environ["FIXALOOP_URL"].rstrip("/") + path,
        body,
        {"Authorization": f"Bearer {os.environ['FIXALOOP_TOKEN']}", "Content-Type": "application/json", **headers},
    )
    return urllib.request.urlopen(request, timeout=seconds)  # noqa: S310


def call(
    path: str, body: dict[str, Any] | None = None, seconds: float = TIMEOUT, *, again: bool = False
) -> dict[str, Any]:
    """One call. Raises `Unreachable`, `Misread`, or `SystemExit` for an unknown token.

    A read that is sent `again` may get its first answer, which has an old time.
    """
    asked = datetime.now(UTC)
    try:
        with fetch(path, json.dumps(body).encode() if body is not None else None, seconds) as response:
            answer: dict[str, Any] = json.load(response)
            if not again:
                Clock.follow(answer, asked)
            return answer
    except urllib.error.HTTPError as error:
        if error.code == 401:
            raise SystemExit(f"{error.code}: {error.read().decode()}") from error
        if error.code in (404, 409, 413, 422):
            raise Misread(detail(error)) from error
        raise Unreachable(str(error)) from error
    except BROKEN as error:
        raise Unreachable(str(error)) from error


def detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (*BROKEN, KeyError, TypeError):
        return str(error)


class HeldList:
    """The list by which a reader decides alone: of each code a hash that the token makes, and when it opens."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.mark, self.asked = path, "", 0.0
        self.until, self.codes = 0, {}  # type: int, dict[str, list[list[int]]]
        if path is not None and path.exists():
            self.read(path.read_bytes())

    def refresh_meanwhile(self) -> None:
        """Ask for the list, if it is time to, while people go on passing: a long one takes a while."""
        if not self.asked or time.monotonic() - self.asked > LIST_EVERY:
            threading.Thread(target=self.refresh, daemon=True).start()

    def refresh(self) -> None:
        """Ask for the list; the one held stays where there is no other."""
        if self.path is None:
            return
        self.asked = time.monotonic()
        known = {"If-None-Match": self.mark} if self.mark else {}
        try:
            with fetch("/api/v1/device/list", None, TIMEOUT, **known) as response:
                content, mark = response.read(), response.headers["ETag"]
        except BROKEN:
            return
        if self.read(content):
            self.mark = mark
            self.path.touch(mode=0o600)
            self.path.write_bytes(content)

    def read(self, content: bytes) -> bool:
        """Take a list over if it is whole and its signature is that of our token."""
        signed, _newline, last = content.rstrip(b"\n").rpartition(b"\n")
        try:
            first, *lines = map(json.loads, signed.splitlines())
            signature, until = json.loads(last)["signature"], first["until"]
        except (ValueError, KeyError, TypeError):
            return False
        if not hmac.compare_digest(signature, hmac.new(token(), signed + b"\n", hashlib.sha256).hexdigest()):
            return False
        self.until, self.codes = until, {line["code"]: line["open"] for line in lines if "code" in line}
        return True

    def opens(self, read: dict[str, Any]) -> bool:
        now = Clock.now().timestamp()
        hashed = hashlib.sha256(normal(read["type"], read["value"]).encode("utf-8", "surrogatepass")).hexdigest()
        code = hmac.new(token(), f"{read['type']}:{hashed}".encode(), hashlib.sha256).hexdigest()
        return now < self.until and any(start <= now < end for start, end in self.codes.get(code, ()))


def token() -> bytes:
    return os.environ["FIXALOOP_TOKEN"].encode()


def normal(kind: str, value: str) -> str:
    """A value as the server compares it, whatever a scanner adds."""
    text = unicodedata.normalize("NFC", value).strip()
    if kind == "badge":
        return re.sub(r"[\s:.\-]", "", text).upper()
    if kind == "plate":
        return "".join(filter(str.isalnum, text.upper()))[:20]
    return text.upper() if text.upper().startswith("FXL-") else text


class Reader:
    """One door. `given_up` are reads that were not answered in time: what came of them is taken back."""

    def __init__(self, kind: str, direction: str, queue: Path, held: HeldList | None = None) -> None:
        self.kind, self.direction, self.queue = kind, direction, queue
        self.held = held or HeldList(None)
        self.given_up: list[dict[str, Any]] = []
        self.opened: int | None = None
        self.catching_up = threading.Lock()

    def decide(self, read: dict[str, Any]) -> tuple[bool, str]:
        """Whether to open, and what to show. Asks again with the same nonce while there is time."""
        self.opened, started, again = None, time.monotonic(), False
        while (left := PATIENCE - (time.monotonic() - started)) > 0:
            try:
                answer = call("/api/v1/reads", read, left + SLACK, again=again)
                if answer["event"] is None:
                    raise Unreachable("it could write nothing")
            except Unreachable:
                again = True
                time.sleep(min(0.3, left))
                continue
            except Misread as problem:
                return self.direction == "out", str(problem)
            if "too_late" in (answer["reason"], *answer["anomalies"]):
                break
            self.opened = answer["event"] if answer["decision"] == "granted" else None
            return answer["decision"] == "granted", answer["message"]
        granted = self.direction == "out" or self.held.opens(read)
        if granted:
            keep(self.queue, read)
        else:
            self.given_up.append(read)
        return granted, OFFLINE

    def hear(self, value: str) -> str:
        """What to do for one value."""
        now = Clock.now()
        read = {"nonce": str(uuid.uuid4()), "type": self.kind, "value": value[:LONGEST_VALUE]}
        read |= {"read_at": now.isoformat(), "answer_by": (now + timedelta(seconds=PATIENCE)).isoformat()}
        granted, message = self.decide(read)
        return f"{'OPEN' if granted else 'CLOSED'} {message}"

    def catch_up(self) -> None:
        """Send what happened offline, take back what was given up, and ask for the list; nobody waits meanwhile."""
        if not self.catching_up.acquire(blocking=False):
            return
        try:
            tell(self.queue)
            while self.given_up:
                take_back(self.given_up[0])
                del self.given_up[0]
        except Unreachable:
            return
        finally:
            self.catching_up.release()
        self.held.refresh_meanwhile()

    def keep_up(self, done: threading.Event) -> None:
        """Until it is done, catch up and tell that the reader is there, also while nobody passes."""
        while not done.wait(LIST_EVERY):
            with contextlib.suppress(Unreachable, Misread):
                call("/api/v1/device")
                self.catch_up()

    def confirm(self, sign: str) -> None:
        """Tell whether somebody passed by the way that was opened last."""
        if self.opened is not None:
            settle(self.opened, "confirm" if sign == "+" else "not_used")
        self.opened = None


def take_back(read: dict[str, Any]) -> None:
    """Have a read that nobody waited for answered, which is too late now, and taken back if it had been granted."""
    try:
        answer = call("/api/v1/reads", read, again=True)
    except Misread:
        return
    if answer["decision"] == "granted" and answer["event"] is not None:
        settle(answer["event"], "not_used")


def settle(event: int, became: str) -> None:
    try:
        call(f"/api/v1/passages/{event}/{became}", {})
    except Misread as problem:
        sys.stderr.write(f"{problem}\n")


def read_all(values: Iterable[str], reader: Reader, confirm: bool = False) -> Iterator[str]:
    """What to do for each value, one line each."""
    for value in filter(None, map(str.strip, values)):
        if confirm and value in ("+", "-"):
            reader.confirm(value)
        else:
            yield (line := reader.hear(value))
            if not line.endswith(OFFLINE):
                reader.catch_up()


# Passages are kept by who waits at the door, and dropped by what tells them meanwhile.
_queue = threading.Lock()


def keep(queue: Path, read: dict[str, Any]) -> None:
    """Add a passage to tell later, in a file of the reader's own: it holds codes."""
    with _queue:
        queue.touch(mode=0o600)
        with queue.open("a") as file:
            file.write(json.dumps(read) + "\n")


def kept(queue: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in queue.read_text().splitlines()] if queue.exists() else []


def tell(queue: Path) -> None:
    """Send kept passages, as many as one call takes; those not recorded stay for the next time."""
    part = kept(queue)[:MOST_READS]
    if not part:
        return
    try:
        results = call("/api/v1/reads/batch", {"sent_at": Clock.now().isoformat(), "reads": part})["results"]
    except (Unreachable, Misread):
        return
    again = {result["nonce"] for result in results if result.get("code") == "internal_error"}
    told = {read["nonce"] for read in part} - again
    with _queue:
        queue.write_text("".join(f"{json.dumps(read)}\n" for read in kept(queue) if read["nonce"] not in told))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--type", choices=("qr", "badge", "plate", "username"), default="qr")
    parser.add_argument("--queue", type=Path, default=Path("passages.jsonl"))
    parser.add_argument("--list", type=Path, help="where to keep the list to decide by without a network")
    parser.add_argument("--confirm", action="store_true")
    options = parser.parse_args()
    missing = [name for name in ("FIXALOOP_URL", "FIXALOOP_TOKEN") if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"Il manque {', '.join(missing)}. Missing: {', '.join(missing)}. {__doc__}")
    try:
        device = call("/api/v1/device")
    except (Unreachable, Misread, ValueError) as error:
        raise SystemExit(f"Fixaloop ne répond pas à {os.environ['FIXALOOP_URL']}. No answer there: {error}") from error
    sys.stderr.write(f"{device['name']}, {device['zone']}\n")
    reader = Reader(options.type, device["direction"], options.queue, HeldList(options.list))
    reader.held.refresh()
    threading.Thread(target=reader.keep_up, args=[threading.Event()], daemon=True).start()
    values = io.TextIOWrapper(sys.stdin.buffer, "utf-8", errors="replace")  # a code may hold anything
    for line in read_all(values, reader, options.confirm):
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
