"""Loads a model file once, in a process that may die of it: `python -m agents.engine.trial PATH
LOG`.

Prints one JSON object; `reason` is empty when the model loads and gives finite logits.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from agents.engine.engine import Engine, EngineError, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.requests import Finished
from agents.engine.sampling import SamplingSettings
from store.errors import SomaError

TRIAL_CONTEXT = 256


async def try_model(path: Path, log: Path) -> None:
    """Loads `path` with a small context and draws two tokens. Raises SomaError with the reason."""
    header = read_header(path)
    options = EngineOptions(context=TRIAL_CONTEXT, slots=1, gpu_layers=0)
    engine = await Engine.load(header, log=log, options=options)
    try:
        tokens = engine.template.opening("", "hello")[: TRIAL_CONTEXT // 2]
        greedy = SamplingSettings(temperature=0)
        async for update in engine.generate(tokens, greedy, max_tokens=2, logprobs=1):
            if isinstance(update, Finished) and update.finish == "error":
                raise EngineError(f"{path.name} loads, but {update.reason}")
            for logprob in getattr(update, "logprobs", ()):
                if logprob.logprob != logprob.logprob:
                    raise EngineError(f"{path.name} loads, but its answers are not numbers")
    finally:
        await engine.close()


def main() -> None:
    """Prints the verdict on the file named by the first argument; the second is the log's path."""
    try:
        asyncio.run(try_model(Path(sys.argv[1]), Path(sys.argv[2])))
        reason = ""
    except SomaError as error:
        reason = str(error)
    print(json.dumps({"reason": reason}))


if __name__ == "__main__":
    main()
