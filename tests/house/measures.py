"""Measures of the code: size, functions, docstrings, imports, and the files that the usual requests enter.

python -m tests.house.measures [TREE]

prints a table and writes `house/COMMIT.json` in `VAR_DIR`. TREE is another copy of the code (a `git worktree` of an
older commit), to compare. Tests, migrations and empty files are left out.
"""

import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
APPS = ("fixaloop", "clients", "access", "interventions")
LARGEST = 8
ENTER = "import django, runpy, sys; django.setup(); del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main(arguments: list[str]) -> int:
    """The command line."""
    tree = Path(arguments[0]).absolute() if arguments else ROOT
    measured = {"commit": commit(tree), **sizes(tree), "entered": entered(tree)}
    print(table(measured))
    folder = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "house"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{measured['commit']}.json").write_text(json.dumps(measured, indent=1, ensure_ascii=False))
    return 0


def commit(tree: Path) -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def sizes(tree: Path) -> dict[str, Any]:
    """What the text of the code says."""
    sources = {path.relative_to(tree): path.read_text(encoding="utf-8") for path in files_of(tree)}
    parsed = {path: ast.parse(source) for path, source in sources.items()}
    lines = {path: len(source.splitlines()) for path, source in sources.items()}
    functions = [node for module in parsed.values() for node in ast.walk(module) if isinstance(node, Function)]
    lengths = [node.end_lineno - node.lineno + 1 for node in functions if node.end_lineno]
    import_lines = sum(span(node) for module in parsed.values() for node in imports(module))
    total = sum(lines.values())
    largest = sorted(lines, key=lambda path: (-lines[path], path))[:LARGEST]
    return {
        "files": len(lines),
        "lines": total,
        "file_lines": spread(list(lines.values())),
        "functions": len(functions),
        "function_lines": spread(lengths),
        "with_docstring": sum(ast.get_docstring(node) is not None for node in functions) / len(functions),
        "import_lines": import_lines / total,
        "between_apps": between_apps(parsed),
        "top_files": dict(Counter(path.parts[0] for path in lines if len(path.parts) == 2)),
        "largest": {path.as_posix(): lines[path] for path in largest},
    }


def files_of(tree: Path) -> list[Path]:
    """The files of code that are looked at."""
    found = (path for app in APPS for path in sorted((tree / app).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts and path.stat().st_size]


def imports(module: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom)]


def span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def spread(values: list[int]) -> dict[str, float]:
    """Median, 90th percentile and greatest."""
    ordered = sorted(values)
    return {"median": statistics.median(ordered), "p90": ordered[int(len(ordered) * 0.9)], "max": ordered[-1]}


def between_apps(parsed: dict[Path, ast.Module]) -> dict[str, int]:
    """How many import statements lead from one app to another, by direction."""
    found: Counter[str] = Counter()
    for path, module in parsed.items():
        for node in imports(module):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            others = {name.split(".")[0] for name in names if name.split(".")[0] in APPS} - {path.parts[0]}
            found.update(f"{path.parts[0]} → {other}" for other in others)
    return dict(sorted(found.items()))


def entered(tree: Path) -> dict[str, list[str]]:
    """The files of the tree that each usual request enters."""
    with tempfile.TemporaryDirectory() as folder:
        environ = os.environ | {"DJANGO_SETTINGS_MODULE": "fixaloop.settings", "LOG_LEVEL": "CRITICAL"}
        environ |= {"VAR_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/measures.sqlite3"}
        command = [sys.executable, "-c", ENTER, str(HERE / "entered.py"), folder]
        output = subprocess.run(command, cwd=tree, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout
        return dict(json.loads(output))


def table(measured: dict[str, Any]) -> str:
    """The measures as lines for people."""
    rows: list[tuple[str, Any]] = [("commit", measured["commit"])]
    rows += [(name, measured[name]) for name in ("files", "lines")]
    rows += [("file: median / p90 / largest", slashed(measured["file_lines"]))]
    rows += [("functions", measured["functions"])]
    rows += [("function: median / p90 / largest", slashed(measured["function_lines"]))]
    rows += [("functions with a docstring", f"{measured['with_docstring']:.0%}")]
    rows += [("lines that import", f"{measured['import_lines']:.1%}")]
    rows += [(f"imports {direction}", number) for direction, number in measured["between_apps"].items()]
    rows += [(f"files at the top of {app}", number) for app, number in measured["top_files"].items()]
    rows += [(f"our files entered: {name}", len(files)) for name, files in measured["entered"].items()]
    rows += [(f"largest: {path}", number) for path, number in measured["largest"].items()]
    return "\n".join(f"{name:54} {value:>14}" for name, value in rows)


def slashed(values: dict[str, float]) -> str:
    return " / ".join(f"{value:g}" for value in values.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
