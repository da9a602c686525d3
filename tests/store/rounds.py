"""How often the tests that kill and break things do so."""

from __future__ import annotations

import os
from typing import Any

import pytest


def rounds(sample: int, whole: int) -> Any:
    """Parametrise a test with its rounds: a sample in `make test`, the whole in `make torture`.

    SOMA_TORTURE_ROUNDS multiplies the whole: 0.1 is a tenth, 10 a long night.
    """
    times = float(os.environ.get("SOMA_TORTURE_ROUNDS", "1"))
    torture = pytest.param(max(1, round(whole * times)), marks=pytest.mark.torture, id="torture")
    return pytest.mark.parametrize("rounds", [pytest.param(sample, id="sample"), torture])
