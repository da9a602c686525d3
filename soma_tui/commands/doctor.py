"""`soma doctor`: is everything as it should be, what to do where it is not, and the repair."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from agents.service import NotOpenError, call
from agents.text import visible
from soma_tui import headless
from store.errors import SomaError
from store.paths import Home

_PACKAGES = ("soma-tui", "textual", "tinydb", "llama-cpp-python", "gguf")
_LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `advice` says what to do where it is not `ok`."""

    subject: str
    ok: bool
    detail: str
    advice: str = ""


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Prints the findings, 0 where all are ok, 1 otherwise; or repairs the journal, always 0."""
    if arguments.repair:
        return _repair(home, arguments.json)
    findings = list(examine(home))
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            mark = "ok " if finding.ok else "!! "
            advice = f"\n      {finding.advice}" if finding.advice else ""
            print(f"{mark} {finding.subject:<14} {finding.detail}{advice}")
    return 0 if all(finding.ok for finding in findings) else 1


def examine(home: Home) -> Iterator[Finding]:
    """Looks at versions, hardware, llama.cpp, data directory, journal, the open SOMA and the
    tools."""
    yield _versions()
    yield Finding("system", True, f"{platform.platform()}, Python {platform.python_version()}")
    yield _hardware()
    yield _llama(home)
    yield from _cards()
    yield from _data_directory(home)
    yield _journal(home)
    yield from _serving(home)
    yield _open_soma(home)
    yield _recall(home)
    yield _training_tools()


def _versions() -> Finding:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    advice = f"{', '.join(missing)} missing: run `make run` again" if missing else ""
    return Finding("versions", not missing, ", ".join(found), advice)


def _hardware() -> Finding:
    from agents.engine.threads import available_cores, default_threads

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores, threads = available_cores(), default_threads(beside_screen=True)
    detail = f"{cores} cores, {threads} for the model beside the screen, {memory:.1f} GiB memory"
    return Finding("hardware", True, detail)


def _llama(home: Home) -> Finding:
    try:
        from agents.engine import library

        library.load(home.logs / "llama.log" if home.logs.is_dir() else None)
        gpu = "GPU supported" if library.supports_gpu() else "CPU only"
        features = library.system_information().strip().rstrip("|").strip()
        return Finding("llama.cpp", True, f"{gpu}; {features}")
    except (ImportError, OSError, RuntimeError) as error:
        return Finding("llama.cpp", False, str(error), "run `make run` again to compile it")


def _serving(home: Home) -> Iterator[Finding]:
    from store.versions import Versions

    versions = Versions(home.versions)
    for specialist in versions.deployed():
        found = versions.serving(specialist)
        name = found.version.name if found.version else "the base"
        advice = f"{found.notice}; `soma versions list` shows what there is" if found.notice else ""
        yield Finding("serving", not advice, f"{specialist}: {name}", advice)


def _cards() -> Iterator[Finding]:
    """The graphics cards that layers of a model go onto, with what is free there."""
    from agents.engine.gpu import cards

    for card in cards():
        memory = f"{card.free / 1e9:.1f} of {card.total / 1e9:.1f} GB free"
        yield Finding("graphics card", True, f"{visible(card.name)}, {memory}")


def _data_directory(home: Home) -> Iterator[Finding]:
    try:
        home.create()
    except SomaError as error:
        yield Finding("data", False, str(home.root), str(error))
        return
    mode = stat.S_IMODE(home.root.stat().st_mode)
    private = not mode & 0o077
    advice = "" if private else f"others can read it: chmod 700 {home.root}"
    yield Finding("data", private, f"{home.root} (mode {mode:04o})", advice)
    free = shutil.disk_usage(home.root).free
    enough = free >= _LEAST_FREE_BYTES
    advice = "" if enough else "free some space, or move SOMA_HOME to another disk"
    yield Finding("disk", enough, f"{free / 1e9:.1f} GB free", advice)


def _journal(home: Home) -> Finding:
    from store.database import Database

    try:
        report = Database.check(home)
    except SomaError as error:
        return Finding("journal", False, "not readable", str(error))
    advice = (
        "close SOMA and run `soma doctor --repair`; it keeps a copy" if report.repairable else ""
    )
    return Finding("journal", report.ok, visible(str(report)), advice)


def _repair(home: Home, as_json: bool) -> int:
    from store.repair import repair

    report = repair(home)
    if as_json:
        print(json.dumps(asdict(report)))
        return 0
    print(visible(str(report)))
    if report.copy is not None:
        print(f"everything as it was before: {report.copy}")
    for place in report.lost:
        print(visible(f"damaged: {place}"))
    return 0


def _open_soma(home: Home) -> Finding:
    async def ask() -> bool:
        try:
            async for _ in call(home.socket, {"operation": "conversations.list"}):
                pass
        except NotOpenError:
            return False
        return True

    if not Path(home.socket).exists():
        return Finding("open", True, "no SOMA is open")
    try:
        answered: bool = headless.run(home, ask)
    except SomaError as error:
        return Finding("open", False, "the open SOMA does not answer", str(error))
    if answered:
        return Finding("open", True, "a SOMA is open and answers on its socket")
    return Finding(
        "open", True, "a socket of a SOMA that died lies there; the next one replaces it"
    )


def _recall(home: Home) -> Finding:
    from agents.embedder import embedder_places

    if any(place.exists() for place in embedder_places(home.cache)):
        return Finding("recall", True, "by words and by meaning")
    return Finding("recall", True, "by words alone; `soma setup recall` gets the model for meaning")


def _training_tools() -> Finding:
    from training import tools

    missing = tools.missing()
    if missing:
        return Finding("training tools", True, "not installed; `soma setup training` gets them")
    return Finding("training tools", True, "installed")
