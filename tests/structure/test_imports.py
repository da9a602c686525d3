"""Imports go downwards only, and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["store", "agents", "training", "soma_tui"]
ELSEWHERE = {"scripts", "tests"}
HEAVY = [
    "Stemmer", "bitsandbytes", "bs4", "datasets", "gguf", "jinja2", "llama_cpp", "networkx",
    "numpy", "peft", "pypdf", "safetensors", "textual", "tokenizers", "torch", "transformers",
    "trl",
]  # fmt: skip
MODULES = [
    file.relative_to(ROOT).as_posix() for room in ROOMS for file in (ROOT / room).rglob("*.py")
]


def imported(source: str, package: str) -> set[str]:
    """Give the first names of all modules that the source imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(package if node.level else (node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and _is_import_by_name(node):
            names |= {
                str(argument.value).partition(".")[0]
                for argument in node.args[:1]
                if isinstance(argument, ast.Constant)
            }
    return names


def _is_import_by_name(node: ast.Call) -> bool:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    called = node.func.id if isinstance(node.func, ast.Name) else called
    return called in ("import_module", "__import__")


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards(module: str) -> None:
    room = module.partition("/")[0]
    above = set(ROOMS[ROOMS.index(room) + 1 :]) | ELSEWHERE
    assert not imported((ROOT / module).read_text(encoding="utf-8"), room) & above


def test_the_check_sees_every_form_of_import() -> None:
    source = (
        "import a.b, c as d\nfrom e.f import g\nfrom . import h\n"
        "def late():\n    import i\n    importlib.import_module('j.k')\n"
    )
    assert imported(source, "room") == {"a", "c", "e", "room", "i", "j"}


def loaded_by(program: str) -> list[str]:
    """Run a program in a fresh interpreter; give the heavy modules that it has loaded."""
    program += (
        f"\nimport sys; print('loaded', *[m for m in {HEAVY!r} if m in sys.modules], flush=True)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    last = run.stdout.splitlines()[-1].split()
    assert last[0] == "loaded"
    return last[1:]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ask", "--help"]])
def test_the_command_loads_nothing_heavy_to_describe_itself(arguments: list[str]) -> None:
    program = (
        "from soma_tui.cli import main\n"
        f"try:\n    status = main({arguments!r})\n"
        "except SystemExit as end:\n    status = end.code\n"
        "assert not status, status"
    )
    assert loaded_by(program) == []


@pytest.mark.parametrize(
    "module", ["soma_tui.cli", "agents.events", "store.database", "training.tools"]
)
def test_the_doors_of_the_rooms_load_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}") == []
