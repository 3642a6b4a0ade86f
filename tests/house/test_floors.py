"""The house stands: imports go down, every file has its room, and names say something. The plan is in floors.py."""

from pathlib import Path

import pytest

from tests.house.floors import House

HOUSE = House(Path(__file__).parents[2])


def test_it_imports_from_its_own_floor_or_below() -> None:
    assert HOUSE.upward() == []
    assert HOUSE.naming() == []


def test_every_file_has_a_room() -> None:
    assert HOUSE.homeless() == [], "put it into a room, or declare the new one in floors.py"
    assert HOUSE.empty() == []


def test_every_name_says_something() -> None:
    assert HOUSE.meaningless() == []


def test_it_imports_at_the_top_of_a_file() -> None:
    assert HOUSE.late() == []


def test_it_uses_no_signal() -> None:
    assert HOUSE.signalling() == []


def test_no_module_needs_itself() -> None:
    assert HOUSE.circles() == []


def test_models_and_services_need_no_page() -> None:
    assert HOUSE.showing() == []


@pytest.fixture
def built(tmp_path: Path) -> House:
    """A sound little house of two floors."""
    files = {
        "fixaloop/__init__.py": "",
        "fixaloop/words/__init__.py": "",
        "fixaloop/words/text.py": "import re\n",
        "clients/__init__.py": "",
        "clients/models.py": "from fixaloop.words import text\n",
        "clients/services.py": "",
        "clients/pages/__init__.py": "",
        "clients/pages/table.py": "",
        "clients/pages/list.py": "from clients.pages import table\nRIGHT = 'clients.view_client'\n",
        "access/__init__.py": "",
        "access/hours.py": "from fixaloop.words.text import plain\n",
    }
    for name, source in files.items():
        write(tmp_path / name, source)
    rooms = {"fixaloop": {"words"}, "clients": {"pages"}, "access": set[str]()}
    top = {"fixaloop": set[str](), "clients": {"services"}, "access": {"hours"}}
    return House(tmp_path, ("fixaloop", "clients", "access"), rooms, top)


def write(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)


CHECKS = ("upward", "naming", "homeless", "empty", "meaningless", "late", "signalling", "circles", "showing")


def found(house: House) -> dict[str, list[str]]:
    """What every check says, those with nothing to say left out."""
    return {check: lines for check in CHECKS if (lines := getattr(house, check)())}


def test_it_finds_nothing_wrong_with_a_sound_house(built: House) -> None:
    assert found(built) == {}


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("clients/models.py", "from access.hours import Hours", {"upward": ["clients/models.py: access.hours.Hours"]}),
        ("fixaloop/words/__init__.py", "import clients", {"upward": ["fixaloop/words/__init__.py: clients"]}),
        (
            "clients/models.py",
            "if TYPE_CHECKING:\n    from access import hours",
            {"upward": ["clients/models.py: access.hours"]},
        ),
        ("clients/models.py", "import_module('access.hours')", {"naming": ["clients/models.py: access.hours"]}),
        ("clients/models.py", "RIGHT = 'access.view_entry'", {"naming": ["clients/models.py: access.view_entry"]}),
        ("clients/models.py", "URL = 'access:cards'", {"naming": ["clients/models.py: access:cards"]}),
        ("clients/odds.py", "", {"homeless": ["clients/odds.py: no room"]}),
        ("clients/attic/chest.py", "", {"homeless": ["clients/attic/chest.py: no room"]}),
        ("clients/pages/attic/chest.py", "", {"homeless": ["clients/pages/attic/chest.py: no room"]}),
        ("clients/pages/utils.py", "", {"meaningless": ["clients/pages/utils.py: says nothing"]}),
        (
            "clients/pages/list.py",
            "def f():\n    import re",
            {"late": ["clients/pages/list.py: import re"]},
        ),
        (
            "clients/models.py",
            "from django.db.models import signals",
            {"signalling": ["clients/models.py: django.db.models.signals"]},
        ),
        (
            "clients/models.py",
            "from django.dispatch import receiver",
            {"signalling": ["clients/models.py: django.dispatch.receiver"]},
        ),
        (
            "clients/services.py",
            "import clients.pages.table",
            {"showing": ["clients/services.py: clients.pages.table"]},
        ),
        (
            "clients/pages/table.py",
            "from clients.pages.list import RIGHT",
            {"circles": ["clients/pages/list.py: needs itself", "clients/pages/table.py: needs itself"]},
        ),
    ],
)
def test_it_finds_what_breaks_a_rule(name: str, source: str, expected: dict[str, list[str]], built: House) -> None:
    write(built.root / name, source)
    assert found(built) == expected


def test_it_finds_rooms_that_are_declared_and_empty(built: House) -> None:
    for name in ("__init__", "list", "table"):
        (built.root / f"clients/pages/{name}.py").unlink()
    (built.root / "access/hours.py").unlink()
    assert found(built) == {"empty": ["clients/pages/: not there", "access/hours.py: not there"]}
