"""Runs llama.cpp's own converters: `python _original.py FOLDER JOBS.json`.

FOLDER holds the converters; each job is a script, its arguments, and the name of the pre-tokenizer,
since tokenizers of one's own are refused by their hash; with null there, the file gets no tokens.
"""

from __future__ import annotations

import json
import logging
import runpy
import sys
from pathlib import Path
from typing import Any


def main(folder: Path, jobs: Path) -> None:
    """Runs all jobs in this process, one after the other."""
    sys.path[:0] = [str(folder), str(folder / "gguf-py")]
    model = __import__("conversion.base", fromlist=["TextModel"]).TextModel
    # It imports sentencepiece before it looks for the file, which the models here do not have.
    model._create_vocab_sentencepiece = _no_sentencepiece
    vocabulary = model._set_vocab_gpt2
    for job in json.loads(jobs.read_text(encoding="utf-8")):
        model._set_vocab_gpt2 = vocabulary if job["pre"] else lambda self: None
        model.get_vocab_base_pre = lambda self, tokenizer, pre=job["pre"]: pre
        script = str(folder / job["script"])
        sys.argv = [script, *job["arguments"]]
        runpy.run_path(script, run_name="__main__")
        logging.getLogger().handlers.clear()


def _no_sentencepiece(model: Any) -> None:
    raise FileNotFoundError(model.dir_model / "tokenizer.model")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
