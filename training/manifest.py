"""What names a set of examples: the hash of each, where it is from, its split, what was rejected.

It holds no text and no time: the same data gives the same manifest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from training.example import KINDS, SPLITS, Example
from training.examples import ExampleSet
from training.filters import REASONS

FORMAT = 1


def manifest(examples: ExampleSet, longest: int) -> dict[str, Any]:
    """Give the manifest of a set whose examples have `longest` tokens at most, for JSON.

    `messages` of an example are the ids of all messages that it is made of, so that what was
    trained on one that is forgotten can be found.
    """
    rows = [_row(example) for example in examples.examples]
    return {
        "format": FORMAT,
        "hash": set_hash(examples.examples),
        "longest": longest,
        "counts": counts(examples),
        "examples": rows,
    }


def counts(examples: ExampleSet) -> dict[str, Any]:
    """Give how many examples there are by kind, split and specialist, and rejected by reason.

    `replay_share` is the share of replay in what is trained on.
    """
    accepted = examples.examples
    rejected = Counter(one.reason for one in examples.rejected)
    specialists = Counter(example.specialist for example in accepted)
    return {
        "accepted": len(accepted),
        "kinds": _counted((e.kind for e in accepted), KINDS),
        "splits": _counted((e.split for e in accepted), SPLITS),
        "specialists": dict(sorted(specialists.items())),
        "rejected": {reason: rejected[reason] for reason in REASONS},
        "replay_share": _share_of_replay(examples),
    }


def set_hash(examples: Iterable[Example]) -> str:
    """Give the hash that stands for a set: of its examples with split and specialist."""
    lines = sorted(json.dumps([e.hash, e.split, e.specialist]) for e in examples)
    return sha256("\n".join(lines).encode()).hexdigest()


def _row(example: Example) -> dict[str, Any]:
    return {
        "hash": example.hash,
        "kind": example.kind,
        "source": example.source,
        "split": example.split,
        "specialist": example.specialist,
        "messages": list(example.messages),
    }


def _counted(found: Iterable[str], names: Iterable[str]) -> dict[str, int]:
    counted = Counter(found)
    return {name: counted[name] for name in names}


def _share_of_replay(examples: ExampleSet) -> float:
    trained = examples.of("train")
    return round(sum(e.kind == "replay" for e in trained) / len(trained), 4) if trained else 0.0
