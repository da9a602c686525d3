"""How often the router gives a request to the right specialists, against keywords and chance.

Usage: python scripts/bench/router.py [--model FILE]

On the `report` requests of router_set.jsonl, whose templates were used for nothing else. Right is
a request that goes to exactly the specialists of its label. Intervals hold 95 % of 10,000
resamplings of templates, since requests of one template are alike; margins are paired. Chance gives
each request to one of the three at random.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agents.embedder import find_embedder
from agents.router import Router
from agents.specialists import BUILT_IN, PERSONAL
from scripts.bench._common import report
from scripts.bench.make_router_set import KEYWORDS, SET, words_of

RESAMPLES = 10_000
Json = dict[str, Any]
Way = Callable[[str], set[str]]


def by_keywords(text: str) -> set[str]:
    """The specialists one of whose words stands in a text, else personal."""
    words = words_of(text)
    return {name for name, keywords in KEYWORDS.items() if words & set(keywords)} or {PERSONAL}


def by_router(router: Router) -> Way:
    """The specialists that a router chooses."""
    return lambda text: set(router.route(text, BUILT_IN).specialists)


def share_right(way: Way, rows: Sequence[Json]) -> Any:
    """1 for each request that goes to the right specialists, else 0."""
    return np.array([way(row["text"]) == set(row["specialists"]) for row in rows], float)


def interval(values: Any, templates: Any) -> Json:
    """The mean, and what 95 % of the means lie between when templates are drawn anew."""
    names = sorted(set(templates))
    sums = np.array([values[templates == name].sum() for name in names])
    counts = np.array([(templates == name).sum() for name in names])
    drawn = np.random.default_rng(0).integers(0, len(names), (RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def measured(right: dict[str, Any], templates: Any, chosen: Any) -> Json:
    """The accuracy of each way on the chosen requests, and by how much meaning is better."""
    best, rest = next(iter(right)), list(right)[1:]
    return {
        "requests": int(chosen.sum()),
        "templates": len(set(templates[chosen])),
        "accuracy": {way: interval(v[chosen], templates[chosen]) for way, v in right.items()},
        f"{best}_is_better_by": {
            way: interval((right[best] - right[way])[chosen], templates[chosen]) for way in rest
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="an embedding model (GGUF)")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["split"] == "report"]
    embedder = find_embedder(Path("."), arguments.model)
    if embedder is None:
        raise SystemExit("no embedding model is there; `soma setup recall` gets it")
    routers = {"meaning": Router(embedder.embed), "words": Router()}
    right = {name: share_right(by_router(router), rows) for name, router in routers.items()}
    right["keywords"] = share_right(by_keywords, rows)
    chance = [(len(row["specialists"]) == 1) / len(BUILT_IN) for row in rows]
    right["chance"] = np.array(chance, float)
    embedder.close()
    templates = np.array([row["template"] for row in rows])
    keywords = np.array([row["keywords"] for row in rows])
    report(
        "router",
        all=measured(right, templates, np.ones(len(rows), bool)),
        with_keywords=measured(right, templates, keywords),
        without_keywords=measured(right, templates, ~keywords),
    )


if __name__ == "__main__":
    main()
