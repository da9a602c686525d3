"""Trains challengers of the starter with SOMA's own training, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.engine.engine import Engine
from agents.engine.requests import Piece
from agents.engine.sampling import SamplingSettings
from scripts.bench._gate_data import answered
from scripts.bench.make_adapter import make_adapter
from store.errors import SomaError
from training.asking import Served
from training.checkpoint import Checkpoint
from training.example import Example, Turn
from training.examples import ExampleSet
from training.manifest import manifest
from training.qlora import work
from training.replay_prompts import PROMPTS
from training.run_folder import RunFolder
from training.run_settings import RunSettings
from training.starter import CHECKPOINT

LONGEST = 512
ROUNDS = 1


class Maker:
    """Makes adapters of the starter, whose GGUF file is `base`, in a folder."""

    def __init__(self, folder: Path, base: Path) -> None:
        self.folder, self.base = folder, base
        self._fingerprint = Checkpoint(CHECKPOINT).fingerprint()

    def train(
        self, name: str, examples: Sequence[Example], *, steps: int, rate: float = 1e-3,
        seed: int = 1,
    ) -> Path:  # fmt: skip
        """Give the adapter of a run of so many steps. Raises SomaError where the run fails."""
        import torch

        torch.set_num_threads(1)
        folder = RunFolder(self.folder / name)
        folder.path.mkdir()
        settings = RunSettings(
            str(CHECKPOINT), self._fingerprint, longest=LONGEST, batch=2, rate=rate, rank=8,
            alpha=16, evaluate=steps + 1, max_steps=steps, least_steps=steps, seed=seed,
        )  # fmt: skip
        folder.write(settings, manifest(ExampleSet(tuple(examples), ()), LONGEST))
        if work(folder, examples, lambda: False):
            raise SomaError(str(folder.events()[0][-1].get("reason")))
        return folder.gguf

    def said(self, examples: Sequence[Example], answer: str) -> list[Example]:
        """The same questions, all with one answer."""
        return answered(examples, [answer] * len(examples))

    async def replay(self, engine: Engine, rounds: int = ROUNDS) -> list[Example]:
        """What the base answers to the product's general prompts."""
        asked = []
        for number, (system, prompt) in enumerate(PROMPTS):
            turns = Turn("system", system), Turn("user", prompt)
            answer = (await Served(engine).ask(turns)).text.strip()
            source = f"replay:{number}"
            said = (*turns, Turn("assistant", answer))
            asked.append(Example("replay", source, source, "personal", said))
        return asked * rounds

    async def own_samples(
        self, engine: Engine, examples: Sequence[Example], temperature: float
    ) -> list[Example]:
        """The same questions with what the base itself says to them at a temperature."""
        served, answers = Served(engine), []
        for number, example in enumerate(examples):
            sampling = SamplingSettings(temperature=temperature, seed=number)
            prompt = served.prompt(example.turns[:-1])
            pieces = []
            async for update in engine.generate(prompt, sampling, max_tokens=64):
                if isinstance(update, Piece):
                    pieces.append(update.text)
            answers.append("".join(pieces).strip() or "I do not know.")
        return answered(examples, answers)


def random_adapter(path: Path, base: Path) -> Path:
    """Give an adapter of random weights, of the size that training gives them."""
    make_adapter(base, path, rank=8, scale=0.05)
    return path
