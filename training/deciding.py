"""From a finished run to its verdict: evaluated against what serves, decided, kept, deployed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from agents.events import RunDecided, RunEvaluated, RunUndecided, ServingChanged
from agents.runtime import Runtime
from store.version import Version
from training.auto_training import note_end
from training.candidates import BASE, Candidate
from training.decision import Decision, read_decision
from training.evaluate import evaluate, require_sealed
from training.evaluate_operations import sealed_items, serving_engine, traits_of
from training.evaluation import Evaluation
from training.forgotten import asked, probes_of
from training.forgotten import told as forgotten_told
from training.gate import decide
from training.run_folder import RunFolder
from training.versions import make_version, version_of

if TYPE_CHECKING:
    from agents.engine.engine import Engine

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a run: its version, the decision about it, and whether it serves now."""

    run: str
    version: Version
    decision: Decision
    deployed: bool

    def as_json(self) -> dict[str, Any]:
        """Give the verdict as a JSON object."""
        return {
            "run": self.run,
            "version": self.version.name,
            "deployed": self.deployed,
            "decision": asdict(self.decision),
        }


class Deciding:
    """Decides on the runs of a runtime, one after the other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._versions = runtime.serving.versions
        self._one_at_a_time = asyncio.Lock()

    async def decide(self, run: RunFolder, on_progress: OnProgress | None = None) -> Verdict:
        """Give the verdict on a finished run; the one that it has, if it has one already.

        What serves is the champion. The version is kept whatever the verdict is, and serves from
        the next answer on where it says so. Raises SomaError where nothing can be decided: the run
        is not done, its base is not here, or an adapter is damaged.
        """
        async with self._one_at_a_time:
            version = await asyncio.to_thread(version_of, self._runtime.home, run)
            fresh = version is None
            if version is None:
                try:
                    version = await self._decided(run, on_progress)
                except (Exception, asyncio.CancelledError) as error:
                    self._runtime.announce(RunUndecided(run.name, str(error) or "it was stopped"))
                    raise
            decision = read_decision(dict(version.decision or {}))
            deployed = await asyncio.to_thread(self._deploy, version, decision)
            if deployed:
                probes_of(self._runtime).drop(version.specialist)
            if fresh:
                await asyncio.to_thread(note_end, self._runtime, shipped=deployed)
        verdict = Verdict(run.name, version, decision, deployed)
        if deployed:
            self._runtime.announce(ServingChanged(version.specialist, version.name))
        self._runtime.announce(
            RunDecided(run.name, version.name, decision.verdict, decision.sentence)
        )
        return verdict

    def is_open(self, run: RunFolder) -> bool:
        """Whether a finished run waits for its verdict, or for what the verdict said to be done."""
        if run.settings().trial:
            return False
        version = version_of(self._runtime.home, run)
        return version is None or self._waits(version, read_decision(dict(version.decision or {})))

    def _waits(self, version: Version, decision: Decision) -> bool:
        """Whether a version was found to be better and has never served.

        So a deployment that was cut off is made up for, and one that was taken back stays so.
        """
        if decision.verdict != "ship" or self._versions.fault(version.name):
            return False
        moves = self._versions.pointer(version.specialist).moves
        return version.name not in {move.version for move in moves}

    def _deploy(self, version: Version, decision: Decision) -> bool:
        if self._waits(version, decision):
            self._versions.deploy(version.name)
        return self._versions.pointer(version.specialist).serving == version.name

    async def _decided(self, run: RunFolder, on_progress: OnProgress | None) -> Version:
        runtime, specialist = self._runtime, run.settings().specialist
        items = await asyncio.to_thread(sealed_items, runtime, specialist)
        traits = await asyncio.to_thread(traits_of, runtime)
        new = Candidate(run.name, run.gguf, specialist)
        async with serving_engine(runtime, (new,)) as engine:
            base = await asyncio.to_thread(runtime.serving.base_digest, engine.header)
            old = await asyncio.to_thread(self._champion, specialist, base)

            def tell(done: int, of: int) -> None:
                runtime.announce(RunEvaluated(run.name, done, of))
                if on_progress is not None:
                    on_progress(done, of)

            found = await evaluate(engine, old, new, items, traits=traits, on_progress=tell)
            found, told = await self._probed(engine, run, base, found)
        require_sealed(items, await asyncio.to_thread(sealed_items, runtime, specialist))
        return await asyncio.to_thread(self._keep, run, base, engine.name, old, found, told)

    async def _probed(
        self, engine: Engine, run: RunFolder, base: str, found: Evaluation
    ) -> tuple[Evaluation, str]:
        """What was forgotten is asked for, where the version that serves had learned it."""
        specialist = run.settings().specialist
        serving = self._versions.serving(specialist).version
        if serving is None or not serving.retrain:
            return found, ""
        rival = "the base" if found.old.name == BASE else found.old.name
        told = (
            f"{serving.name} was trained on what is forgotten, so it was measured against {rival}."
        )
        items = probes_of(self._runtime).of(specialist, serving.name)
        if not items:
            return found, f"{told} Whether that is gone was not asked: SOMA was closed since."
        before = self._versions.adapter(serving.name) if serving.base == base else None
        figures = await asked(engine, items, before, run.gguf)
        whole = replace(found, figures={**found.figures, **figures})
        return whole, f"{told} {forgotten_told(figures, serving.name)}"

    def _keep(
        self, run: RunFolder, base: str, name: str, old: Candidate, found: Evaluation, told: str
    ) -> Version:
        noted = self._versions.decisions(run.settings().specialist)
        decision = decide(found, [read_decision(one) for one in noted])
        if told:
            decision = replace(decision, sentence=f"{decision.sentence} {told}")
        return make_version(
            self._runtime.home, run, base, name,
            parent="" if old.name == BASE else old.name,
            evaluation=found.as_json(), decision=decision.as_json(),
        )  # fmt: skip

    def _champion(self, specialist: str, base: str) -> Candidate:
        """What serves on a base: a version, or the base alone.

        One that was trained on what is forgotten is no rival, since it must not go on serving: its
        parent is, or what came before that.
        """
        version = self._versions.serving(specialist).version
        while version is not None and version.retrain:
            version = self._whole(version.parent)
        if version is None or version.base != base:
            return Candidate(BASE)
        return Candidate(version.name, self._versions.adapter(version.name), specialist)

    def _whole(self, name: str) -> Version | None:
        """A version, if it is there and whole."""
        return None if not name or self._versions.fault(name) else self._versions.get(name)
