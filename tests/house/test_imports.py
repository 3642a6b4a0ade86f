"""Imports go down (house.md, rule 1): what a module stands on never stands on it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A model names only apps to its left.
APPS = ("clients", "access", "interventions")
# urls, admin, commands → views, lists, api → forms, filters → services → activity → models.
LAYERS = {
    "models": 0,
    "activity": 1,
    "services": 2,
    "forms": 3,
    "filters": 3,
    "views": 4,
    "lists": 4,
    "api": 4,
    "urls": 5,
    "admin": 5,
    "management": 5,
}
# A database backend is a package whose module `base` holds the connection.
NAMED_BY_DJANGO = {"fixaloop.speed.postgresql.base"}
MAY_NAME_APPS = {"fixaloop.settings", "fixaloop.urls"}


def modules() -> list[str]:
    """The modules of the project but migrations, by name."""
    files = (path.relative_to(ROOT) for app in ("fixaloop", *APPS) for path in (ROOT / app).rglob("*.py"))
    names = (".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files)
    return sorted(name for name in names if ".migrations" not in name)


MODULES = modules()
every_module = pytest.mark.parametrize("name", MODULES)


@cache
def tree(name: str) -> ast.Module:
    path = ROOT.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def at_run_time(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of a module that happen when it is loaded, those for type checkers left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        else:
            yield from at_run_time(child)


@cache
def imported(name: str) -> frozenset[str]:
    """The modules a module names, ours and others, as precisely as its imports say."""
    found: set[str] = set()
    for node in at_run_time(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {part if part in MODULES else node.module for part in parts}
    return frozenset(found)


@cache
def reached(name: str) -> frozenset[str]:
    """Our modules that loading one loads, at any depth."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        following = {module for module in imported(waiting.pop()) if module in MODULES} - seen
        seen |= following
        waiting += following
    return frozenset(seen)


def layer(name: str) -> int | None:
    app, _dot, rest = name.partition(".")
    return LAYERS.get(rest.split(".")[0]) if app in APPS else None


@every_module
def test_it_imports_from_below(name: str) -> None:
    own = layer(name)
    if own is not None:
        assert [other for other in imported(name) if (layer(other) or 0) > own] == []


@every_module
def test_it_keeps_the_machinery_free_of_apps(name: str) -> None:
    if name.startswith("fixaloop") and name not in MAY_NAME_APPS:
        assert [other for other in imported(name) if other.split(".")[0] in APPS] == []


@pytest.mark.parametrize("app", APPS)
def test_it_lets_models_name_only_the_apps_to_their_left(app: str) -> None:
    allowed = APPS[: APPS.index(app) + 1]
    for name in MODULES:
        if name.startswith(f"{app}.models"):
            assert [other for other in reached(name) if other.split(".")[0] not in (*allowed, "fixaloop")] == []


@every_module
def test_it_imports_no_signal(name: str) -> None:
    forbidden = ("django.dispatch", "django.db.models.signals", "django.contrib.auth.signals")
    assert [other for other in imported(name) if other.startswith(forbidden)] == []


@every_module
def test_it_imports_at_the_top(name: str) -> None:
    functions = (node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    inside = [node for function in functions for node in at_run_time(function)]
    assert [ast.unparse(node) for node in inside] == []


@pytest.mark.parametrize("name", sorted({*MODULES} - NAMED_BY_DJANGO))
def test_it_names_no_module_after_nothing(name: str) -> None:
    assert not {"utils", "helpers", "common", "manager", "base", "misc"} & set(name.split("."))
