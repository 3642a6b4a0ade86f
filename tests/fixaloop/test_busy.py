"""What one reads when the database cannot take what one sends."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client as Browser

from clients import services
from clients.models import Client
from fixaloop.accounts.sessions import SessionStore
from tests.factories import make_client
from tests.pages import said


def test_it_says_that_the_database_is_busy(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client()

    def locked(*_args: Any, **_who: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(services, "update_client", locked)
    url = f"/clients/{client.reference}/status/"
    sent = {"status_mode": "active", "status_reason": "contrat", "version": client.version}
    response = desk.post(url, sent)
    assert response.status_code == 503
    assert "La base est occupée" in said(response)
    assert Client.objects.get().status_mode == "automatic"


@pytest.mark.parametrize(("method", "url"), [("get", "/"), ("get", "/clients/"), ("post", "/access/control/")])
def test_it_says_that_nothing_is_recorded_where_the_database_is_out_of_reach(
    desk: Browser, monkeypatch: pytest.MonkeyPatch, method: str, url: str
) -> None:
    """The sessions are in the database too: it fails before any view is asked."""

    def gone(_session: Any) -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(SessionStore, "load", gone)
    desk.raise_request_exception = False
    response = getattr(desk, method)(url)
    assert response.status_code == 503
    assert "Rien de ce que vous venez d’envoyer n’est enregistré" in said(response)
