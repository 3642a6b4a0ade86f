"""What stops a start or a command is said in one French and one English sentence, with the cure."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from fixaloop.preflight import take_folder
from tests.programs import ROOT, manage, run_program


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


def test_a_taken_port_is_said_before_anything_is_done(taken: str, tmp_path: Path) -> None:
    told = run_program("-m", "fixaloop.preflight", VAR_DIR=str(tmp_path), PORT=taken)
    assert told.returncode == 1
    french, english = told.stderr.splitlines()
    assert french.startswith(f"Le port {taken} est déjà pris")
    assert "make run PORT=" in english


def test_two_servers_do_not_share_a_folder(tmp_path: Path) -> None:
    held = take_folder(tmp_path)
    assert held is not None
    told = run_program("-m", "fixaloop.preflight", VAR_DIR=str(tmp_path), PORT="1")
    assert (told.returncode, "Un autre Fixaloop travaille déjà" in told.stderr) == (1, True)
    served = run_program("-m", "gunicorn", "fixaloop.wsgi", VAR_DIR=str(tmp_path), PORT="8199")
    assert served.returncode == 1
    assert "Another Fixaloop already works" in served.stderr
    held.close()
    again = take_folder(tmp_path)
    assert again is not None
    again.close()


def test_it_waits_for_a_server_that_ends(taken: str, tmp_path: Path) -> None:
    held = take_folder(tmp_path)
    assert held is not None
    command = [sys.executable, "-m", "fixaloop.preflight", "60"]
    environment = os.environ | {"VAR_DIR": str(tmp_path), "PORT": taken}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        assert "j’attends qu’il finisse" in program.stderr.readline()
        held.close()
        # It went on to the next question.
        assert "déjà pris" in program.stderr.read()


@pytest.mark.parametrize(("make", "right"), [("file", "can be made"), ("file/below", "can be made")])
def test_a_folder_that_cannot_be_is_a_sentence(make: str, right: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = run_program("manage.py", "check", VAR_DIR=str(tmp_path / make))
    french, line = told.stderr.splitlines()
    assert french.startswith("Fixaloop ne démarre pas. VAR_DIR=")
    assert right in line


def test_tables_that_lack_are_a_sentence(tmp_path: Path) -> None:
    with manage(VAR_DIR=str(tmp_path)) as run:
        for command in ("imports", "nightly", "verify_payments"):
            told = run(command)
            assert told.returncode == 1
            lines = told.stderr.splitlines()
            assert lines[0] == f"Base\u00a0: {tmp_path}/fixaloop.sqlite3"
            assert "manage.py migrate" in lines[1]
            assert len(lines) == 3


def test_a_python_without_its_packages_is_told_what_to_run() -> None:
    bare = [sys.executable, "-S", "-I", "manage.py", "check"]
    told = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "lancez « make run »" in told.stderr


def test_settings_are_kept_in_one_file_that_all_read(tmp_path: Path) -> None:
    where, file = {"VAR_DIR": str(tmp_path)}, tmp_path / "settings.env"
    ask = ("-c", "from fixaloop import settings; print(settings.RECENT_DAYS, settings.FIRM['name'], settings.GIVEN)")
    with manage(**where) as run:
        assert run("configure", "RECENT_DAYS=30", "FIRM_NAME=Garage du Port").returncode == 0
        refused = run("configure", "RECENT_DAYS=abc")
        assert (refused.returncode, "a whole number from 0" in refused.stderr) == (2, True)
        assert "n’est pas un réglage" in run("configure", "RECENT_DAY=3").stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run_program(*ask, **where).stdout.startswith("30 Garage du Port")
    assert run_program(*ask, **where, RECENT_DAYS="10").stdout.startswith("10 Garage")
    assert run_program("manage.py", "configure", "RECENT_DAYS=", **where).returncode == 0
    assert file.read_text() == "FIRM_NAME=Garage du Port\n"


def test_units_start_what_runs_here(tmp_path: Path) -> None:
    call_command("systemd", str(tmp_path), stderr=StringIO())
    web = (tmp_path / "fixaloop-web.service").read_text()
    assert f'ExecStart="{sys.executable}" -m gunicorn fixaloop.wsgi' in web
    assert "Type=notify" in web
    assert "OnCalendar" in (tmp_path / "fixaloop-nightly.timer").read_text()


def test_the_reader_says_what_it_lacks() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FIXALOOP_")}
    command = [sys.executable, "docs/reader.py"]
    told = subprocess.run(command, cwd=ROOT, env=environ, input="", capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("Il manque FIXALOOP_URL, FIXALOOP_TOKEN.")


def test_what_runs_ends_when_told_and_when_nobody_reads_it_any_more() -> None:
    talker = [sys.executable, "-uc", "import time\nwhile True: print('said'); time.sleep(0.01)"]
    program = f"import sys; from fixaloop.running import run; sys.exit(run({talker!r}))"
    for end in (lambda running: running.stdout.close(), lambda running: running.terminate()):
        with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == b"said\n"
            end(running)
            assert running.wait(30) == 0
