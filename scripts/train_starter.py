"""Make the starter model: `tokenizer`, `train`, `export`, `sample` and `evaluate`.

    python scripts/train_starter.py tokenizer                # learn the vocabulary
    python scripts/train_starter.py train --minutes 50       # or --steps N for a repeatable run
    python scripts/train_starter.py train --minutes 50 --resume
    python scripts/train_starter.py train --minutes 90 --init FOLDER --late --peak 0.6   # train on
    python scripts/train_starter.py export                   # checkpoint -> training/starter
    python scripts/train_starter.py sample                   # answers to a fixed list of prompts
    python scripts/train_starter.py evaluate                 # measured figures, as JSON

The corpus folder (`--corpus`) is described in its README; scratch files go to `--work`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from scripts.starter import batches, corpus, evaluation, model, tokenizer, training  # noqa: E402

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHECKPOINT_FOLDER = REPOSITORY / "training" / "starter"


def learn_tokenizer(options: argparse.Namespace) -> None:
    """Learn the vocabulary from a sample of the corpus and of the generated conversations."""
    texts = corpus.read(options.corpus)
    rng = Random(options.seed)
    sample = rng.sample(texts.documents, min(4000, len(texts.documents)))
    for make in batches.MAKERS.values():
        for _ in range(6000):
            sample += [message["content"] for message in make(rng, texts)]
    tokenizer.train(sample, options.work / "tokenizer", model.CONTEXT)
    print(f"tokenizer written to {options.work / 'tokenizer'}")


def _source(options: argparse.Namespace) -> batches.Source:
    words = _tokenizer(options.work / "tokenizer")
    texts = corpus.read(options.corpus)
    prose = batches.tokenise_prose(texts, words, options.work / "prose.npy")
    return batches.Source(texts, prose, words, options.seed)


def _tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def train(options: argparse.Namespace) -> None:
    """Train within the budget, from the start or from the last checkpoint."""
    run = training.Run(_source(options), options.work, options.seed, not options.plain)
    if options.init:
        run.begin_from(options.init)
    if options.resume:
        run.resume()
    run.train(training.Budget(options.minutes, options.steps), options.late, options.peak)


def export(options: argparse.Namespace) -> None:
    """Write the last checkpoint as bf16 with configuration and tokenizer."""
    import torch

    network = model.build(options.seed)
    saved = torch.load(options.work / "checkpoint.pt", map_location="cpu")
    network.load_state_dict(saved["network"])
    model.export(network, options.work / "tokenizer", options.out)
    print(f"step {saved['state']['step']}, {saved['state']['tokens']} tokens -> {options.out}")


def sample(options: argparse.Namespace) -> None:
    """Print the answers to a fixed list of prompts."""
    evaluation.print_samples(options.out, options.temperature)


def evaluate(options: argparse.Namespace) -> None:
    """Print the figures of the model card as JSON."""
    evaluation.print_figures(options.out, corpus.read(options.corpus), options.items)


def main() -> None:
    """Read the command line and run one command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["tokenizer", "train", "export", "sample", "evaluate"])
    parser.add_argument("--corpus", type=Path, default=REPOSITORY / ".." / "shared" / "corpus")
    parser.add_argument("--work", type=Path, default=Path("starter-work"), help="scratch folder")
    parser.add_argument("--out", type=Path, default=CHECKPOINT_FOLDER, help="checkpoint folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=50, help="budget of training time")
    parser.add_argument("--steps", type=int, help="budget of steps, instead of minutes")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--init", type=Path, help="begin with the weights of an exported folder")
    parser.add_argument("--late", action="store_true", help="the mix of the end from the start on")
    parser.add_argument("--peak", type=float, default=1.0, help="factor of the learning rates")
    parser.add_argument("--plain", action="store_true", help="do not compile the network")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--items", type=int, default=100, help="questions of each kind")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    commands = {
        "tokenizer": learn_tokenizer,
        "train": train,
        "export": export,
        "sample": sample,
        "evaluate": evaluate,
    }
    commands[options.command](options)


if __name__ == "__main__":
    main()
