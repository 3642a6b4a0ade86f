"""The plan of the house: its floors, the rooms of each, and what breaks them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

# From the ground up: a file imports from its own floor or from those below.
FLOORS = ("fixaloop", "clients", "access", "interventions")
# They compose the floors.
ABOVE_ALL = frozenset(("fixaloop/settings.py", "fixaloop/urls.py"))
# The menu leads everywhere.
NAMING = frozenset(("fixaloop/web/navigation.py",))
# What stands at the top of an app, beside its rooms.
DJANGO = frozenset(("__init__", "admin", "apps", "models", "urls"))
TOP = {
    "fixaloop": {
        "discovery",
        "environment",
        "failures",
        "groups",
        "jobs",
        "network",
        "operations",
        "preflight",
        "running",
        "serving",
        "settings",
        "wsgi",
    },
    "clients": {
        "extensions",
        "payers",
        "phone",
        "privacy",
        "reference",
        "search",
        "spelling",
        "status",
        "tasks",
        "typed",
    },
    "access": {
        "extensions",
        "hours",
        "periods",
        "search",
        "tasks",
        "typed",
    },
    "interventions": {
        *(
            "activity",
            "checks",
            "dashboard",
            "first_steps",
            "rights",
            "search",
            "states",
            "status_ends",
            "tasks",
            "times",
        ),
    },
}
EVERYWHERE = frozenset(("declared", "management", "management/commands", "migrations"))
ROOMS = {
    "fixaloop": {
        *(
            "accounts",
            "admin",
            "audit",
            "charts",
            "databases",
            "databases/postgresql",
            "exports",
            "files",
            "forms",
            "imports",
            "installation",
            "lists",
            "notices",
            "records",
        ),
        *("search", "speed", "tables", "templatetags", "watch", "web", "words", "worker"),
    },
    "clients": {"imports", "lists", "models", "pages", "services", "values"},
    "access": {
        *("admin", "calendar", "cards", "client", "counter", "entries", "events", "firm", "gate", "models", "notices"),
        *("places", "presence", "reader", "services", "shared", "tariffs", "vehicles"),
    },
    "interventions": {"imports", "models", "pages", "planning", "reports", "services", "statements", "till"},
}
FORBIDDEN = frozenset(("utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc", "tools"))
# A database backend is a package whose module `base` holds the connection.
NAMED_BY_DJANGO = frozenset(("fixaloop/databases/postgresql/base.py",))
# What shows, and what never needs it. The picker is also how a client is found by what was typed.
BELOW = frozenset(("models", "services", "activity", "status"))
SHOWING = frozenset(("pages", "page", "list", "lists", "forms", "filters", "cells", "tabs", "api", "admin", "urls"))
SERVING = frozenset(("clients.pages.picker",))
SIGNALS = ("signals", "dispatch", "receiver", "user_logged_in", "user_logged_out", "user_login_failed")

Import = ast.Import | ast.ImportFrom


@dataclass
class House:
    """The code below a folder. Each check gives what breaks its rule, as “file: what”; empty when nothing does."""

    root: Path
    floors: tuple[str, ...] = FLOORS
    rooms: dict[str, set[str]] = field(default_factory=lambda: ROOMS)
    top: dict[str, set[str]] = field(default_factory=lambda: TOP)

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """Each file but migrations by its path, parsed."""
        paths = [path for app in self.floors for path in sorted((self.root / app).rglob("*.py"))]
        names = [path.relative_to(self.root) for path in paths]
        return {
            name.as_posix(): ast.parse((self.root / name).read_text(encoding="utf-8"))
            for name in names
            if "migrations" not in name.parts
        }

    @cached_property
    def modules(self) -> dict[str, str]:
        """The file of each module, by its dotted name."""
        return {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in self.trees}

    def upward(self) -> list[str]:
        """Imports of a floor above, those for type checkers included."""
        return [
            f"{path}: {name}"
            for path, tree in self.trees.items()
            if path not in ABOVE_ALL
            for node in imports(tree)
            for name in names_of(node)
            if self._floor(name) > self._floor(path)
        ]

    def _floor(self, name: str) -> int:
        app = name.replace("/", ".").split(".")[0]
        return self.floors.index(app) if app in self.floors else -1

    def naming(self) -> list[str]:
        """Texts that name a module, a right or an address of a floor above: “access.view_card”, “access:cards”."""
        return [
            f"{path}: {node.value}"
            for path, tree in self.trees.items()
            if path not in ABOVE_ALL | NAMING
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if (named := re.match(r"(\w+)[.:]\w", node.value)) and self._floor(named[1]) > self._floor(path)
        ]

    def homeless(self) -> list[str]:
        """Files in no declared room that are not declared to stand at the top."""
        lost = []
        for path in self.trees:
            app, *rooms, file = path.split("/")
            room = "/".join(rooms)
            known = room in self.rooms[app] | EVERYWHERE if room else file[:-3] in self.top[app] | DJANGO
            lost += [] if known else [f"{path}: no room"]
        return lost

    def empty(self) -> list[str]:
        """Declared rooms and files of the top that do not exist."""
        rooms = [f"{app}/{room}/" for app, rooms in self.rooms.items() for room in sorted(rooms)]
        files = [f"{app}/{name}.py" for app, names in self.top.items() for name in sorted(names)]
        lacking = [room for room in rooms if not any(path.startswith(room) for path in self.trees)]
        return [f"{name}: not there" for name in (*lacking, *(file for file in files if file not in self.trees))]

    def meaningless(self) -> list[str]:
        """Files and folders with a name that says nothing."""
        paths = (path for path in self.trees if path not in NAMED_BY_DJANGO)
        return [f"{path}: says nothing" for path in paths if FORBIDDEN & set(path.removesuffix(".py").split("/"))]

    def late(self) -> list[str]:
        """Imports inside a function."""
        return [
            f"{path}: {ast.unparse(node)}"
            for path, tree in self.trees.items()
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for node in imports(function)
        ]

    def signalling(self) -> list[str]:
        """Imports of signals, and of what receives them."""
        return [
            f"{path}: {name}"
            for path, tree in self.trees.items()
            for node in imports(tree)
            for name in names_of(node)
            if not set(name.split(".")).isdisjoint(SIGNALS)
        ]

    def circles(self) -> list[str]:
        """Modules that need themselves when they are loaded, through others."""
        return [f"{self.modules[module]}: needs itself" for module in self.modules if module in self._reached(module)]

    def showing(self) -> list[str]:
        """Models and services that need a page, through others too."""
        return [
            f"{self.modules[module]}: {other}"
            for module in self.modules
            if module.split(".")[0] != self.floors[0] and not BELOW.isdisjoint(module.split(".")[1:2])
            for other in sorted(self._reached(module) - SERVING)
            if other.split(".")[0] != self.floors[0] and not SHOWING.isdisjoint(other.split(".")[1:])
        ]

    def _reached(self, module: str) -> set[str]:
        """Our modules that loading one loads, at any depth."""
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            waiting += (following := self._needs[waiting.pop()] - seen)
            seen |= following
        return seen

    @cached_property
    def _needs(self) -> dict[str, set[str]]:
        return {module: self._needed(module) for module in self.modules}

    def _needed(self, module: str) -> set[str]:
        """Our modules that one imports when it is loaded."""
        found = set()
        for node in at_run_time(self.trees[self.modules[module]]):
            for name in names_of(node):
                found |= {name if name in self.modules else name.rpartition(".")[0]}
        return found & self.modules.keys()


def imports(tree: ast.AST) -> list[Import]:
    return [node for node in ast.walk(tree) if isinstance(node, Import)]


def names_of(node: Import) -> list[str]:
    """What an import names, as precisely as it says: `from a import b` is `a.b`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]


def at_run_time(tree: ast.AST) -> Iterator[Import]:
    """The imports that happen when a module is loaded: those for type checkers left out."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, Import):
            yield child
        else:
            yield from at_run_time(child)
