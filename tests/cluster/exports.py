"""Exports in the background: asked of the site, written by a worker, kept in the bucket, fetched from both machines."""

from __future__ import annotations

import http.client
import time

from tests.bench.keys import PASSWORD
from tests.bench.server import Browser
from tests.cluster.parts import SETS, Site

DONE, FAILED = "done", "failed"
# A worker that dies leaves its work for two minutes.
LONGEST = 240.0


class Clerk:
    """Somebody who exports."""

    def __init__(self, site: Site, username: str) -> None:
        self.site, self.cookies = site, dict[str, str]()
        Browser(site.port, self.cookies).sign_in(username, PASSWORD)

    def ask(self, query: str) -> int:
        """Ask for a list of clients as a file; the number of its job."""
        answer = Browser(self.site.port, self.cookies).ask(f"/clients/export/?{query}")
        if answer.status != http.client.FOUND:
            raise SystemExit(f"an export was not taken: {answer.status}")
        with self.site.connect() as database:
            found = database.execute("SELECT max(id) FROM fixaloop_exportjob WHERE query = %s", [query]).fetchone()
        return int(found[0])

    def wait_for(self, job: int) -> str:
        """How it ended, or what it is still doing."""
        until = time.monotonic() + LONGEST
        state = ""
        while time.monotonic() < until and state not in (DONE, FAILED):
            time.sleep(1)
            with self.site.connect() as database:
                (state,) = database.execute("SELECT state FROM fixaloop_exportjob WHERE id = %s", [job]).fetchone()
        return state

    def faults(self, job: int) -> list[str]:
        """What is wrong with an export that must be there, whichever machine is asked."""
        if (state := self.wait_for(job)) != DONE:
            return [f"export lost: {state}"]
        ports = [self.site.ports[f"web {number}"] for number in SETS]
        answers = [Browser(port, self.cookies).ask(f"/exports/{job}/download/", accept="") for port in ports]
        wrong = [answer.status for answer in answers if not answer.body.startswith(b"PK")]
        return [f"export cannot be fetched: {status}" for status in wrong]
