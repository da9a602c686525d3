"""What can be asked about versions from outside the screen: all, one of them, its export."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from agents.requests import Json, Operation, text
from agents.runtime import Runtime
from agents.version_operations import open_model
from store.errors import SomaError
from store.versions import Listed, Serving, Versions
from training.retraining import offers

if TYPE_CHECKING:
    from training.versions import Point


async def _list(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """All versions, of `specialist` if one is named: which serves, what was measured, what is
    wrong, and which runs are offered."""
    yield {"result": await asyncio.to_thread(_listing, runtime, request.get("specialist"))}


async def _show(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """One `version`, with its evaluation and what it was trained on."""
    yield {"result": await asyncio.to_thread(_shown, runtime, text(request, "version"))}


async def _export(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Writes `version` merged into its base to `out`."""
    from training.convert import out_type
    from training.versions import export_version

    name, out = text(request, "version"), Path(text(request, "out"))
    kind = out_type(text(request, "outtype"))
    base = None if request.get("base") is None else Path(text(request, "base"))
    overwrite = request.get("overwrite") is True
    await asyncio.to_thread(
        export_version, runtime.home, name, out, kind, base, overwrite=overwrite
    )
    files = out.iterdir() if out.is_dir() else [out]
    yield {"result": {"path": str(out), "bytes": sum(file.stat().st_size for file in files)}}


def _listing(runtime: Runtime, specialist: str | None) -> Json:
    versions = runtime.serving.versions
    model, base = open_model(runtime)
    found = versions.all(specialist)
    whose = dict.fromkeys(one.version.specialist for one in found if one.version)
    serving = {name: versions.serving(name) for name in whose}
    rows = [_row(versions, one, base) for one in found]
    points = {point.version: point for name in whose for point in _trend(versions, name)}
    answers = {name: _answering(one, base) for name, one in serving.items()}
    for row in rows:
        row["serving"] = not row["problem"] and answers[row["specialist"]] == row["name"]
        row["measured"] = asdict(points[row["name"]]) if row["name"] in points else None
    wanted = {name: one.wanted for name, one in serving.items()}
    return {
        "versions": rows,
        "serving": {
            name: {"version": answers[name], "wanted": one.wanted, "notice": one.notice}
            for name, one in serving.items()
        },
        "offers": [asdict(one) for one in offers(rows, wanted, model)],
    }


def _answering(serving: Serving, base: str | None) -> str:
    """The version that answers with the model that is open, "" for that model alone."""
    version = serving.version
    if version is None or (base is not None and version.base != base):
        return ""
    return version.name


def _shown(runtime: Runtime, name: str) -> Json:
    versions = runtime.serving.versions
    version = versions.get(name)
    listed = _listing(runtime, version.specialist)
    row = next(one for one in listed["versions"] if one["name"] == name)
    manifest = versions.manifest(name) or {}
    return {
        **row,
        "fault": versions.fault(name),
        "path": str(versions.folder / name),
        "counts": manifest.get("counts"),
        "settings": manifest.get("settings"),
        "evaluation": versions.evaluation(name),
    }


def _row(versions: Versions, listed: Listed, base: str | None) -> Json:
    if listed.version is None:
        return {"name": listed.name, "problem": listed.problem}
    version = listed.version
    content = version.as_json() | {"retrain": version.retrain, "problem": ""}
    del content["format"]
    content["other_base"] = None if base is None else version.base != base
    return content


def _trend(versions: Versions, specialist: str) -> list[Point]:
    from training.versions import trend

    try:
        return list(trend(versions, specialist))
    except SomaError:
        return []


VERSION_LIST_OPERATIONS: dict[str, Operation] = {
    "versions.list": _list,
    "versions.show": _show,
    "versions.export": _export,
}
