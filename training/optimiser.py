"""AdamW without weight decay, in 32 bits or in 8 with pages that go to main memory and back."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch

_KEPT = ("step", "exp_avg", "exp_avg_sq", "state1", "state2", "absmax1", "absmax2")


class Optimiser:
    """Trains `weights`, which are by name; `kind` as in `RunSettings.optimiser`."""

    def __init__(self, weights: Mapping[str, Any], kind: str) -> None:
        self._weights = dict(weights)
        self._inner: Any
        if kind == "adamw":
            self._inner = torch.optim.AdamW(self._weights.values(), lr=0.0, weight_decay=0.0)
        else:
            from bitsandbytes.optim import PagedAdamW8bit

            self._inner = PagedAdamW8bit(self._weights.values(), lr=0.0, weight_decay=0.0)

    def step(self, rate: float) -> None:
        """Change the weights by their gradients, with a learning rate."""
        for group in self._inner.param_groups:
            group["lr"] = rate
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Paged optimizers are not supported on CPU")
            self._inner.step()

    def forget_gradients(self) -> None:
        """Give the memory of the gradients back."""
        self._inner.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """Give what it remembers, as tensors by name, to go on from."""
        return {
            f"{name}.{key}": torch.as_tensor(value).reshape(-1).cpu().clone()
            for name, weight in self._weights.items()
            for key, value in self._inner.state[weight].items()
            if key in _KEPT
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave. Raises KeyError or RuntimeError where that is another's."""
        for place, (name, weight) in enumerate(self._weights.items()):
            own = self._inner.state[weight]
            if isinstance(self._inner, torch.optim.AdamW):
                own["step"] = state[f"{name}.step"].reshape(())
                for key in ("exp_avg", "exp_avg_sq"):
                    own[key] = state[f"{name}.{key}"].reshape(weight.shape).to(weight.device)
                continue
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Paged optimizers are not supported on CPU")
                self._inner.init_state(self._inner.param_groups[0], weight, 0, place)
            for key in own:
                if key == "step":
                    own[key] = int(state[f"{name}.step"])
                elif key in _KEPT:
                    own[key].copy_(state[f"{name}.{key}"].reshape(own[key].shape))
