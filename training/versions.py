"""From a finished run, an evaluation and a decision to a version; its export; how versions went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from store.digests import file_digest
from store.errors import SomaError
from store.making import Making
from store.paths import Home
from store.version import PERSONAL, Version
from store.versions import Versions
from training import jobs
from training.evaluation import PERSONAL as PERSONAL_GROUP
from training.evaluation import Evaluation, read_evaluation
from training.run_folder import RunFolder

if TYPE_CHECKING:
    from training.convert import OutType
    from training.tools import OnProgress

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """The sealed measure of a version: the mean natural logarithm of the probability of a token of
    the answers that the person accepted, by the model before (`old`) and by it (`new`).

    `items` are those that both could be measured on, `unknown` the others; `sealed` is the hash of
    all. As items are added and forgotten, two versions are compared on the `shared` ones alone:
    `change` is by how much more likely these are than by the version that was measured before, None
    where there is none or it has another base. `level` adds the changes up from the version whose
    number is `start`, where it is `new`: levels of one start are of one trend. What cannot be
    computed is None.
    """

    version: str
    created: float
    sealed: str
    items: int
    unknown: int
    old: float | None
    new: float | None
    shared: int
    change: float | None
    level: float | None
    start: int


def make_version(
    home: Home,
    run: RunFolder,
    base: str,
    base_name: str,
    *,
    parent: str | None = None,
    evaluation: Json | None = None,
    decision: Json | None = None,
) -> Version:
    """Keep what came of a finished run as a version, which does not serve yet.

    `base` is the digest of the GGUF file that it was measured on and is to be served with, and
    `base_name` the model's name. `parent` is the version that it was measured against, "" for the
    base, None for the one that serves. Raises SomaError where the run is not done, or the
    evaluation is of other files.
    """
    where = jobs.view(home, run)
    if where.state != "done" or where.adapter is None:
        raise SomaError(f"{run.name} is not done ({where.state}), so no version comes of it")
    settings = run.settings()
    if settings.trial:
        raise SomaError(f"{run.name} only measured, so no version comes of it")
    if evaluation is not None:
        measured = read_evaluation(evaluation).new
        if (measured.base, measured.adapter) != (base, file_digest(run.gguf)):
            raise SomaError(f"the evaluation is not of the files of {run.name}; evaluate it again")
    versions = Versions(home.versions)
    if parent is None:
        serving = versions.serving(settings.specialist).version
        parent = serving.name if serving else ""
    making = Making(
        adapter=run.gguf,
        base=base,
        base_name=base_name,
        specialist=settings.specialist,
        parent=parent,
        run=run.name,
        manifest={**run.manifest(), "settings": settings.as_json()},
        evaluation=evaluation,
        decision=decision,
        peft=run.adapter if run.adapter.is_dir() else None,
    )
    return versions.add(making)


def version_of(home: Home, run: RunFolder) -> Version | None:
    """Give the version that came of a run, None where none has."""
    return versions_by_run(home).get(run.name)


def versions_by_run(home: Home) -> dict[str, Version]:
    """Give the version that came of each run that has one, by the run's name."""
    # Of two, as a copied folder makes them, the newest counts, which is listed first.
    listed = [one.version for one in Versions(home.versions).all()]
    return {version.run: version for version in reversed(listed) if version}


def export_version(
    home: Home,
    name: str,
    out: Path,
    kind: OutType = "f16",
    base: Path | None = None,
    *,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
) -> None:
    """Write a version merged into its base: to a GGUF file, or a new folder as a checkpoint.

    `base` is the folder of the checkpoint that it was trained on, where that is not where the run
    found it. Raises SomaError where that is another, or the version lacks what a merge needs.
    """
    from training.merge import merge_to_checkpoint, merge_to_gguf

    versions = Versions(home.versions)
    versions.get(name)
    peft = versions.peft(name)
    if not peft.is_dir():
        raise SomaError(f"{name} was kept without what a merge needs; train again")
    base = base or _checkpoint(versions, name)
    if out.suffix == ".gguf":
        merge_to_gguf(
            base, peft, out, kind, f"SOMA {name}", overwrite=overwrite, on_progress=on_progress
        )
    else:
        merge_to_checkpoint(base, peft, out, kind, on_progress=on_progress)


def trend(versions: Versions, specialist: str = PERSONAL) -> Sequence[Point]:
    """Give the sealed measure of every version of a specialist that was measured, oldest first."""
    points: list[Point] = []
    before: tuple[Point, str, dict[str, float]] | None = None
    for listed in reversed(versions.all(specialist)):
        measured = versions.evaluation(listed.name)
        if listed.version is None or measured is None:
            continue
        evaluation = read_evaluation(measured)
        known = before if before and before[1] == evaluation.new.base else None
        point, news = _point(listed.version, evaluation, known)
        points.append(point)
        if news:
            before = point, evaluation.new.base, news
    return points


def _point(
    version: Version, evaluation: Evaluation, before: tuple[Point, str, dict[str, float]] | None
) -> tuple[Point, dict[str, float]]:
    """A version's point, and what it was measured at by item."""
    found = evaluation.of(PERSONAL_GROUP, "likelihood")
    pairs = {o.item: (o.old, o.new) for o in found if o.old is not None and o.new is not None}
    news = {item: new for item, (_, new) in pairs.items()}
    old = fmean(one for one, _ in pairs.values()) if pairs else None
    new = fmean(news.values()) if news else None
    last, known = (before[0], before[2]) if before else (None, {})
    shared = news.keys() & known.keys()
    change = fmean(news[item] - known[item] for item in shared) if shared else None
    level, start = new, version.number
    if last is not None and last.level is not None and change is not None:
        level, start = last.level + change, last.start
    point = Point(
        version.name, version.created, evaluation.sealed, len(pairs), len(found) - len(pairs),
        old, new, len(shared), change, level, start,
    )  # fmt: skip
    return point, news


def _checkpoint(versions: Versions, name: str) -> Path:
    """The checkpoint that a version was trained on, where its run found it or as the starter."""
    from training.checkpoint import Checkpoint
    from training.starter import CHECKPOINT

    settings = (versions.manifest(name) or {}).get("settings")
    noted = settings if isinstance(settings, dict) else {}
    base = Path(str(noted.get("base") or CHECKPOINT))
    if base.is_dir():
        return base
    # The starter lies where SOMA is installed, which may be elsewhere by now.
    if Checkpoint(CHECKPOINT).fingerprint() == noted.get("base_fingerprint"):
        return CHECKPOINT
    raise SomaError(f"the base of {name} is not in {base} any more; name its folder with --base")
