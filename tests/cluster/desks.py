"""Desks: somebody signed in who looks for clients, creates and changes them, and takes money.

Like a person, they send again what was not answered, from the same form.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from tests.bench.keys import PASSWORD
from tests.bench.server import Answer, Browser
from tests.cluster.load import Pace, Person
from tests.pages import values

PATIENCE, LONGEST, AGAIN = 15.0, 90.0, 0.5
LOGIN = "/accounts/login/"


@dataclass(frozen=True)
class Ask:
    """One request of a desk and its answer: status 0 where there was none."""

    what: str
    at: float
    seconds: float
    status: int
    page: str = ""

    @property
    def title(self) -> str:
        found = re.search("<title>(.*?)</title>", self.page, re.DOTALL)
        return found[1].partition(" — ")[0].strip() if found else self.page[:60]

    @property
    def is_ours(self) -> bool:
        """Whether an error was told in French, by a page of ours, without anything of the program."""
        return 'lang="fr"' in self.page and "Fixaloop" in self.page and "Traceback" not in self.page


class Desk(Person):
    def __init__(self, number: int, plan: dict[str, str], pace: Pace, port: int) -> None:
        super().__init__(f"desk {number}", pace, pause=1.0)
        self.number, self.plan, self.port = number, plan, port
        self.cookies: dict[str, str] = {}
        self.asks: list[Ask] = []
        # What was acknowledged, and what was sent at all.
        self.saved: dict[str, list[str]] = {"client": [], "edit": [], "payment": []}
        self.sent: dict[str, list[str]] = {"client": [], "edit": [], "payment": []}
        # Clients that a list did not show to who had just created them.
        self.unseen: list[str] = []
        self.turn = 0
        Browser(port, self.cookies).sign_in(plan["username"], PASSWORD)

    def act(self) -> None:
        self.turn += 1
        (self.create, self.look, self.edit, self.pay)[self.turn % 4]()

    def create(self) -> None:
        name = f"Essai{self.number}n{self.turn}"
        self.save("client", name, "/clients/new/?kind=individual", first_name="Camille", last_name=name)

    def look(self) -> None:
        last = self.saved["client"][-1] if self.saved["client"] else "Comptoir"
        if last not in self.page("list", f"/clients/?q={last}"):
            self.unseen.append(last)

    def edit(self) -> None:
        said = f"changement {self.number} {self.turn}"
        self.save("edit", said, f"/clients/{self.plan['client']}/edit/", description=said)

    def pay(self) -> None:
        amount = f"{self.turn // 100},{self.turn % 100:02}"
        url = f"/interventions/{self.plan['intervention']}/payments/"
        self.save("payment", amount, url, amount=amount, kind="partial", method="card", paid_on=f"{date.today()}")  # noqa: DTZ011

    def save(self, what: str, value: str, url: str, **typed: str) -> None:
        """Fill a form in and send it until it is taken."""
        self.sent[what].append(value)
        form = self.form(url) | typed
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            answer = self.ask(what, url, form)
            if answer is not None and answer.status == http.client.FOUND:
                break
            if answer is not None and answer.status == http.client.CONFLICT:
                # Perhaps our own change, whose answer never came: the page shows what is stored.
                stored = self.form(url)
                if stored.items() >= typed.items():
                    break
                form = stored | typed
            elif answer is not None and answer.status < http.client.INTERNAL_SERVER_ERROR:
                raise RuntimeError(f"{what} {value}: {answer.status} {answer.text[:3000]}")
            time.sleep(AGAIN)
        else:
            raise RuntimeError(f"{what} {value}: not taken in time")
        self.saved[what].append(value)

    def form(self, url: str) -> dict[str, str]:
        return values(SimpleNamespace(content=self.page("form", url).encode()))

    def page(self, what: str, url: str) -> str:
        """A page, asked for until it comes."""
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            answer = self.ask(what, url)
            if answer is not None and answer.status == http.client.OK:
                return answer.text
            if answer is not None and answer.status < http.client.INTERNAL_SERVER_ERROR:
                raise RuntimeError(f"{what} {url}: {answer.status} {answer.headers.get('location')}")
            time.sleep(AGAIN)
        raise RuntimeError(f"{what} {url}: no answer in time")

    def ask(self, what: str, url: str, data: Mapping[str, str] | None = None) -> Answer | None:
        browser = Browser(self.port, self.cookies)
        browser.connection.timeout = PATIENCE
        began = time.monotonic()
        try:
            answer: Any = browser.ask(url, data)
        except (OSError, http.client.HTTPException):
            answer = None
        finally:
            browser.connection.close()
        if answer is not None and answer.headers.get("location", "").startswith(LOGIN):
            raise RuntimeError(f"{what} {url}: signed out")
        told = answer.text if answer is not None and answer.status >= http.client.INTERNAL_SERVER_ERROR else ""
        now, status = time.monotonic(), answer.status if answer is not None else 0
        self.asks.append(Ask(what, now, now - began, status, told))
        return answer

    @property
    def answered(self) -> list[float]:
        return [ask.at for ask in self.asks if 0 < ask.status < http.client.INTERNAL_SERVER_ERROR]
