"""A pristine base with a LoRA on all its linear layers, in torch: loss, saving, going on.

Imported by the training process alone: torch, transformers and peft take seconds to load.
"""

from __future__ import annotations

import errno
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from training.base_weights import load_base
from training.checkpoint import Checkpoint, ConvertError
from training.lora import CONFIG, WEIGHTS, check_base, note_base
from training.packing import CHUNK, IGNORED, Row
from training.run_settings import RunSettings

OPTIMISER = "optimiser.safetensors"


class LoraModel:
    """The base of `settings` with a fresh adapter, and the AdamW that trains it.

    The base's weights are held in 32 bits on the processor. The same seed gives the same adapter.
    Raises ConvertError where transformers cannot load the base.
    """

    def __init__(self, settings: RunSettings) -> None:
        self._checkpoint = Checkpoint(Path(settings.base))
        torch.manual_seed(settings.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self._base = load_base(settings)
            config = LoraConfig(
                r=settings.rank,
                lora_alpha=settings.alpha,
                target_modules="all-linear",
                task_type="CAUSAL_LM",
            )
            self._model = get_peft_model(self._base, config)
        # Without this the adapter would carry the path of a folder on this machine.
        self._model.peft_config["default"].base_model_name_or_path = Path(settings.base).name
        self._weights = {
            name: weight for name, weight in self._model.named_parameters() if weight.requires_grad
        }
        self._optimiser = torch.optim.AdamW(self._weights.values(), lr=0.0, weight_decay=0.0)
        self._softcap = getattr(self._base.config, "final_logit_softcapping", None)

    @property
    def trainable(self) -> int:
        """How many numbers are trained."""
        return sum(weight.numel() for weight in self._weights.values())

    def step(self, rows: Sequence[Row], rate: float, clip: float) -> float | None:
        """Learn from rows; give the mean loss of a trained token before it.

        None, with nothing changed, where loss or gradients are not finite.
        """
        self._model.train()
        trained = sum(row.trained for row in rows)
        total = 0.0
        for row in rows:
            if row.trained:
                loss = self._summed_loss(row)
                (loss / trained).backward()
                total += float(loss.detach())
        weights = list(self._weights.values())
        norm = torch.nn.utils.clip_grad_norm_(weights, clip)
        sound = bool(torch.isfinite(norm)) and total == total
        if sound and trained:
            for group in self._optimiser.param_groups:
                group["lr"] = rate
            self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        return total / max(1, trained) if sound else None

    def loss(self, rows: Sequence[Row]) -> float:
        """Give the mean loss of a trained token; nothing is learned."""
        self._model.eval()
        with torch.no_grad():
            total = sum(float(self._summed_loss(row)) for row in rows)
        return total / sum(row.trained for row in rows)

    def _summed_loss(self, row: Row) -> Any:
        """The sum over the trained tokens, with the logits of some places at a time."""
        labels = torch.tensor(row.labels)
        hidden = self._base.model(
            input_ids=torch.tensor([row.ids]),
            position_ids=torch.tensor([row.positions]),
            use_cache=False,  # with a cache, transformers would not keep packed examples apart
        ).last_hidden_state[0]
        chosen = labels != IGNORED
        hidden, labels = hidden[chosen], labels[chosen]
        total = torch.zeros(())
        for start in range(0, len(labels), CHUNK):
            part = hidden[start : start + CHUNK], labels[start : start + CHUNK]
            if torch.is_grad_enabled():
                total = total + checkpoint(self._chunk_loss, *part, use_reentrant=False)
            else:
                total = total + self._chunk_loss(*part)
        return total

    def _chunk_loss(self, hidden: Any, labels: Any) -> Any:
        logits = self._base.get_output_embeddings()(hidden).float()
        if self._softcap:
            logits = torch.tanh(logits / self._softcap) * self._softcap
        return cross_entropy(logits, labels, reduction="sum")

    def save_adapter(self, folder: Path) -> None:
        """Write the adapter as peft does, with a note of its base. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings(), _told_by_the_system():
            warnings.simplefilter("ignore")
            self._model.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)
        note_base(folder, self._checkpoint)

    def save(self, folder: Path) -> None:
        """Write adapter and optimiser, to go on from. Raises OSError."""
        self.save_adapter(folder)
        state = {
            f"{name}.{key}": value.reshape(1) if value.ndim == 0 else value
            for name, weight in self._weights.items()
            for key, value in self._optimiser.state[weight].items()
        }
        with _told_by_the_system():
            save_file(state, folder / OPTIMISER)

    def load(self, folder: Path) -> None:
        """Go on from what `save` wrote. Raises ConvertError where it is for another base, another
        adapter, or damaged."""
        check_base(folder, self._checkpoint)
        try:
            found = load_file(folder / WEIGHTS)
            state = load_file(folder / OPTIMISER)
            shapes = {name.replace(".default.", "."): w.shape for name, w in self._weights.items()}
            if {name: weight.shape for name, weight in found.items()} != shapes:
                raise ValueError(f"its matrices are not those that {CONFIG} asks for")
            set_peft_model_state_dict(self._model, found)
            for name, weight in self._weights.items():
                self._optimiser.state[weight] = {
                    "step": state[f"{name}.step"].reshape(()),
                    "exp_avg": state[f"{name}.exp_avg"],
                    "exp_avg_sq": state[f"{name}.exp_avg_sq"],
                }
        except Exception as error:
            why = str(error).strip().splitlines()[:1]
            raise ConvertError(
                f"the checkpoint {folder} cannot be read ({''.join(why)}); remove it to go on from "
                "the one before"
            ) from error


@contextmanager
def _told_by_the_system() -> Iterator[None]:
    """Raises the system's own error where safetensors only quotes it."""
    try:
        yield
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        raise OSError(int(number[1]) if number else errno.EIO, str(error)) from error
