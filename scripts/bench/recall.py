"""How well recall finds what answers a question, and how fast it is with 100,000 messages.

Usage: python scripts/bench/recall.py [--messages N] [--model FILE] [--quality-only|--speed-only]

On the recall set (RECALL_SET.md) the share of evidence among the first 5 and 10 hits: fused; by
words (BM25) and by meaning alone, with the turn's neighbours and without them; names are taken out
in each. For the questions kept for reporting, and for all. The margins are means of paired
differences with 95 % intervals of a bootstrap over questions. For speed, messages of the set are
varied up to N; their vectors are random, those of the queries real.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from agents.embedder import find_embedder
from scripts.bench._common import report, say
from store.conversations import Conversations
from store.database import Database
from store.imports import Importer
from store.message_tables import MessageTables
from store.paths import Home
from store.recall import Embedder, Parts, Recall
from store.recall_sources import Messages

HERE = Path(__file__).parent
CONVERSATIONS = HERE / "recall_conversations.jsonl"
QUESTIONS = [json.loads(line) for line in (HERE / "recall_questions.jsonl").open(encoding="utf-8")]
WAYS = {
    "fused": Parts(),
    "words": Parts(meaning=False, terms=False),
    "meaning": Parts(words=False, terms=False),
    "words of the turn": Parts(meaning=False, neighbours=False, terms=False),
    "meaning of the turn": Parts(words=False, neighbours=False, terms=False),
}
RESAMPLES = 10_000
Json = dict[str, Any]


def quality(folder: Path, embedder: Embedder) -> Json:
    """Recall at 5 and 10 in each way, by the splits of the questions."""
    home = Home(folder / "quality")
    with Database.open(home) as database:
        Importer(database, "").import_file(CONVERSATIONS)
        recall = Recall([Messages(MessageTables(database))], home.cache, lambda: embedder)
        while not recall.follow():
            pass
        while recall.embed_some(256):
            say(f"{recall.status().missing} messages left to embed")
        groups = {
            fields["source"]: str(number)
            for number, fields in database.table("conversations").peek_all()
        }
        found = {way: _shares(recall, QUESTIONS, groups, parts) for way, parts in WAYS.items()}
        recall.close()
    splits = np.array([question["split"] for question in QUESTIONS])
    return {
        "reported": _compared(found, splits == "report"),
        "all": _compared(found, splits != ""),
    }


def _compared(found: dict[str, Any], chosen: Any) -> Json:
    """The means of each way over the chosen questions, and by how much the fused is better."""
    found = {way: shares[chosen] for way, shares in found.items()}
    wordings = np.array([question["wording"] for question in QUESTIONS])[chosen]
    return {
        "questions": len(wordings),
        "recall_at_5": {way: _interval(shares[:, 0]) for way, shares in found.items()},
        "recall_at_10": {way: _interval(shares[:, 1]) for way, shares in found.items()},
        "fused_is_better_by": {
            way: _margins(found["fused"] - shares)
            for way, shares in found.items()
            if way != "fused"
        },
        "by_wording": {
            wording: {
                way: shares[wordings == wording].mean(axis=0).round(3).tolist()
                for way, shares in found.items()
            }
            for wording in ("plain", "other")
        },
    }


def _shares(recall: Recall, questions: Iterable[Json], groups: Json, parts: Parts) -> Any:
    """For each question, the share of its evidence among the first 5 and 10 hits."""
    shares = []
    for question in questions:
        group = groups.get(question.get("conversation", ""))
        hits = recall.search(question["query"], limit=10, group=group, parts=parts)
        named = [hit.item.named for hit in hits]
        evidence = question["evidence"]
        shares.append([sum(e in named[:k] for e in evidence) / len(evidence) for k in (5, 10)])
    return np.array(shares)


def _interval(values: Any) -> Json:
    """The mean with its 95 % interval, by a bootstrap over questions."""
    chooser = np.random.default_rng(1)
    picked = chooser.integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[picked].mean(axis=1), [2.5, 97.5])
    return {"mean": round(float(values.mean()), 3), "from": round(low, 3), "to": round(high, 3)}


def _margins(differences: Any) -> Json:
    return {"at_5": _interval(differences[:, 0]), "at_10": _interval(differences[:, 1])}


def speed(folder: Path, embedder: Embedder, messages: int) -> Json:
    """Milliseconds a query and an added message take among so many."""
    home = Home(folder / "speed")
    with Database.open(home) as database:
        fill(folder, database, messages)
        recall = Recall([Messages(MessageTables(database))], home.cache, lambda: embedder)
        started = time.perf_counter()
        while not recall.follow():
            pass
        built = time.perf_counter() - started
        fill_vectors(recall)
        status = recall.status()
        recall.search("warm", limit=10)
        queries, adds, words = [], [], []
        conversations = Conversations(database)
        own = conversations.create("added")
        for number, question in enumerate(QUESTIONS):
            queries.append(_milliseconds(lambda q=question: recall.search(q["query"], limit=10)))
            started = time.perf_counter()
            recall.search(question["query"], limit=10, parts=WAYS["words"])
            words.append(1000 * (time.perf_counter() - started))
            conversations.add_user(own.id, f"number {number}: {question['query']}")
            adds.append(_milliseconds(recall.follow))
        recall.close()
    return {
        "messages": status.items,
        "with_vectors": status.embedded,
        "build_index_s": round(built, 2),
        "query_ms": _figures(queries),
        "query_by_words_ms": _figures(words),
        "add_ms": _figures(adds),
    }


def _milliseconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def _figures(samples: list[float]) -> Json:
    return {
        "p50": round(statistics.median(samples), 2),
        "p95": round(float(np.percentile(samples, 95)), 2),
        "worst": round(max(samples), 2),
    }


def fill(folder: Path, database: Database, messages: int) -> None:
    """Store so many messages: those of the set, with words of others mixed in."""
    say(f"storing {messages:,} messages …")
    chooser = np.random.default_rng(7)
    talks = [json.loads(line) for line in CONVERSATIONS.open(encoding="utf-8")]
    texts = [message["text"] for talk in talks for message in talk["messages"]]
    words = np.array(sorted({word for text in texts for word in text.split()}))
    path = folder / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(messages // 50):
            lines = []
            for place in range(50):
                text = texts[chooser.integers(len(texts))]
                text += " " + " ".join(chooser.choice(words, chooser.integers(4, 24)))
                role = ("user", "assistant")[place % 2]
                lines.append({"id": f"{number}/{place}", "role": role, "text": text})
            file.write(json.dumps({"conversation": f"many-{number}", "messages": lines}) + "\n")
    Importer(database, "").import_file(path)


def fill_vectors(recall: Recall) -> None:
    """Give every row random vectors of length 1, as if it had been embedded."""
    say("making vectors …")
    chooser = np.random.default_rng(8)
    state = recall._current()
    assert state.vectors is not None
    while rows := state.waiting(4096):
        hashes = {text for row in rows for text in state.hashes(row) if text not in state.vectors}
        made = chooser.standard_normal((len(hashes), 384), np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        state.vectors.add(list(hashes), made)
        state.settle(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--model", type=Path, help="the embedding model (SOMA's own)")
    parser.add_argument("--quality-only", action="store_true")
    parser.add_argument("--speed-only", action="store_true")
    arguments = parser.parse_args()
    embedder = find_embedder(Home.from_environment().cache, arguments.model)
    if embedder is None:
        raise SystemExit("there is no embedding model; `soma setup recall` gets it")
    with tempfile.TemporaryDirectory() as folder:
        figures: Json = {}
        if not arguments.speed_only:
            figures["quality"] = quality(Path(folder), embedder)
        if not arguments.quality_only:
            figures["speed"] = speed(Path(folder), embedder, arguments.messages)
    embedder.close()
    targets = {"query_ms p95": "<= 50", "add_ms p95": "<= 5", "margins": "intervals above 0"}
    report("recall", **figures, targets=targets)


if __name__ == "__main__":
    main()
