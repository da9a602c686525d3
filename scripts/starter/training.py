"""The training run: Muon on the matrices, AdamW on the rest, within a budget of time or steps."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.starter import model
from scripts.starter.batches import MIX_AT_END, Batch, Source

MATRIX_RATE, OTHER_RATE = 0.02, 4e-3


@dataclass(frozen=True, slots=True)
class Budget:
    """When the run ends: after `minutes` of training time or, reproducibly, after `steps`."""

    minutes: float
    steps: int | None = None

    def progress(self, step: int, seconds: float) -> float:
        """The share of the budget that is spent, 0 to 1."""
        share = step / self.steps if self.steps else seconds / (self.minutes * 60)
        return min(1.0, share)


@dataclass(slots=True)
class State:
    """How far a run is: steps done, tokens seen and seconds of training."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def rate(progress: float) -> float:
    """Learning-rate factor: up in the first 2 %, level to 30 %, then down in a line to 2 %."""
    if progress < 0.02:
        return 0.05 + 0.95 * progress / 0.02
    return 1.0 if progress < 0.3 else max(0.02, 1 - 0.98 * (progress - 0.3) / 0.7)


class Run:
    """A training run with checkpoints in `folder`; `resume` continues the newest."""

    def __init__(self, source: Source, folder: Path, seed: int, compiled: bool) -> None:
        import torch

        self.folder = folder
        self.source = source
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.network = model.build(seed).to(self.device)
        self.state = State()
        matrices: list[Any] = []
        others: list[Any] = []
        for name, weight in self.network.named_parameters():
            (matrices if weight.ndim == 2 and "embed" not in name else others).append(weight)
        self.optimizers = [
            torch.optim.Muon(matrices, lr=MATRIX_RATE, weight_decay=0.01, momentum=0.95),
            torch.optim.AdamW(others, lr=OTHER_RATE, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        body = self.network.model
        self._body = torch.compile(body, dynamic=False) if compiled else body

    def loss(self, batch: Batch, plain: bool = False) -> Any:
        """Cross-entropy of the next token under bf16 autocast: the mean, weighted by its weight.

        Only tokens that count are given to the head, whose logits are what costs memory and time.
        """
        import torch

        ids, positions, weights = (
            torch.from_numpy(part).to(self.device)
            for part in (batch.ids, batch.positions, batch.weights)
        )
        due = weights.roll(-1, dims=1)
        due[:, -1] = 0
        counts = due > 0
        with torch.autocast(self.device, torch.bfloat16):
            hidden = (self.network.model if plain else self._body)(
                input_ids=ids,
                position_ids=positions,
                attention_mask=batch.masks(self.device),
                use_cache=False,
            ).last_hidden_state
            logits = self.network.lm_head(hidden[counts]).float()
        losses = torch.nn.functional.cross_entropy(
            logits, ids.roll(-1, dims=1)[counts], reduction="none"
        )
        return (losses * due[counts]).sum() / due.sum().clamp(min=1.0)

    def held_out_losses(self) -> dict[str, float]:
        """Loss of each kind of text on held-out wordings: all of prose, the answers of the rest."""
        import torch

        with torch.no_grad():
            return {
                kind: round(self.loss(self.source.held_out(kind, 0), plain=True).item(), 4)
                for kind in MIX_AT_END
            }

    def save(self) -> None:
        """Write the checkpoint to go on from, atomically."""
        import torch

        part = self.folder / "checkpoint.pt.part"
        torch.save(
            {
                "network": self.network.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                "state": asdict(self.state),
            },
            part,
        )
        os.replace(part, self.folder / "checkpoint.pt")

    def begin_from(self, folder: Path) -> None:
        """Take over the weights of an exported checkpoint; raises OSError if there is none."""
        self.network.load_state_dict(model.load(folder).state_dict())

    def resume(self) -> None:
        """Go on from the checkpoint in the folder; raises FileNotFoundError if there is none."""
        import torch

        saved = torch.load(self.folder / "checkpoint.pt", map_location=self.device)
        self.network.load_state_dict(saved["network"])
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.state = State(**saved["state"])

    def train(
        self, budget: Budget, late: bool = False, peak: float = 1.0, save_every: float = 180.0
    ) -> None:
        """Train until the budget is spent; prints progress and appends to `curves.jsonl`.

        With `late` the mix is that of the end from the first step on, for weights that can read
        already; `peak` is a factor of all rates.
        """
        import torch

        state, smooth, last_save = self.state, 0.0, time.monotonic()
        before, tokens_before = time.monotonic(), state.tokens
        while (progress := budget.progress(state.step, state.seconds)) < 1:
            started = time.monotonic()
            batch = self.source.training(state.step, 1.0 if late else progress)
            loss = self.loss(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            for optimizer, most in zip(self.optimizers, (MATRIX_RATE, OTHER_RATE), strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = most * peak * rate(progress)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            state.step += 1
            state.tokens += int((batch.documents > 0).sum())
            state.seconds += time.monotonic() - started
            smooth = loss.item() if smooth == 0 else 0.95 * smooth + 0.05 * loss.item()
            if state.step % 20 == 0:
                now = time.monotonic()
                entry: dict[str, Any] = {
                    "step": state.step,
                    "tokens": state.tokens,
                    "tokens_per_s": round((state.tokens - tokens_before) / (now - before)),
                    "loss": round(smooth, 4),
                    "rate": round(peak * rate(progress), 4),
                    "minutes": round(state.seconds / 60, 2),
                    "progress": round(progress, 4),
                }
                if state.step % 200 == 0:
                    entry["held_out"] = self.held_out_losses()
                self._report(entry, budget)
                before, tokens_before = time.monotonic(), state.tokens
            if time.monotonic() - last_save > save_every:
                self.save()
                last_save = time.monotonic()
        self.save()
        self._report(
            {
                **asdict(state),
                "loss": round(smooth, 4),
                "held_out": self.held_out_losses(),
                "finished": True,
            },
            budget,
        )

    def _report(self, entry: dict[str, Any], budget: Budget) -> None:
        share = budget.progress(self.state.step, self.state.seconds)
        left = self.state.seconds / 60 * (1 - share) / max(share, 1e-6)
        print(
            " ".join(f"{key} {value}" for key, value in entry.items()),
            f"left {left:.1f} min",
            flush=True,
        )
        with (self.folder / "curves.jsonl").open("a", encoding="utf-8") as curves:
            curves.write(json.dumps(entry) + "\n")
