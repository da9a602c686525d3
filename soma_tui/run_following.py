"""What is new of the training runs in a data directory: read from their folders, on any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soma_tui.training_state import RunState

if TYPE_CHECKING:
    from store.paths import Home
    from training.jobs import RunView

Json = dict[str, Any]


def all_runs(home: Home) -> list[RunView]:
    """Give where each run stands, the newest first."""
    from training import jobs

    found = []
    for folder in jobs.runs(home):
        try:
            found.append(jobs.view(home, folder))
        except OSError:
            continue  # removed since it was listed
    return found


def news_of(home: Home, run: RunState | None) -> tuple[str, list[Json], int, RunView | None]:
    """Which run is under way, the events of `run` that were not read yet, where the next begin,
    and how it stands where that is new."""
    from training import jobs
    from training.run_folder import PREFIX, RunFolder
    from training.run_lock import holder

    # Looked for first, so that nothing is written after the last look at a run that ended.
    held = holder(home.runs)
    under_way = held.run if held is not None and held.run.startswith(PREFIX) else ""
    if run is None:
        return under_way, [], 0, None
    folder = RunFolder(home.runs / run.name)
    events, place = folder.events(run.place)
    settled = run.state not in ("", "running") and not events
    if run.name == under_way or settled or not folder.path.is_dir():
        return under_way, events, place, None
    return under_way, events, place, jobs.view(home, folder)
