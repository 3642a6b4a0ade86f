"""Who comes by an address that the site does not know is told the cure; other machines are known with LAN=1."""

import logging
from pathlib import Path

import pytest
from django.test import Client as Browser

from tests.pages import said
from tests.programs import run_program

ASK = "from fixaloop import settings; print(settings.IS_REACHABLE, *settings.ALLOWED_HOSTS)"


def test_an_unknown_address_is_told_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        response = Browser(headers={"host": "atelier.example"}).get("/accounts/login/")
    assert response.status_code == 400
    page = said(response)
    assert "« atelier.example »" in page
    assert "LAN=1" in page
    assert "127.0.0.1" not in page
    [line] = caplog.records
    assert "ALLOWED_HOSTS" in line.getMessage()
    assert line.exc_info is None


@pytest.mark.parametrize(
    ("variables", "reachable"),
    [({}, False), ({"LAN": "1"}, True), ({"ALLOWED_HOSTS": "clients.example.fr"}, True), ({"HOST": "0.0.0.0"}, True)],
)
def test_the_machine_itself_is_always_known(variables: dict[str, str], reachable: bool, tmp_path: Path) -> None:
    reached, *hosts = run_program("-c", ASK, VAR_DIR=str(tmp_path), **variables).stdout.split()
    assert reached == str(reachable)
    assert {"localhost", "127.0.0.1", *variables.get("ALLOWED_HOSTS", "").split()} <= set(hosts)
