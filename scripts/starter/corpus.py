"""Readers of the corpus folder: plain English, passages with questions, and harmless replies."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

_COARSE = re.compile(
    r"\b(f+u+c+k\w*|sh[i1]t\w*|bitch\w*|ass|asses|asshole\w*|cunt\w*|dick|dicks|cock|cocks|puss(y|ies)|"
    r"bastard\w*|damn\w*|whore\w*|slut\w*|nigg\w*|negro\w*|fag|fags|faggot\w*|rape\w*|porn\w*|sex|sexy|"
    r"sexual\w*|piss\w*|crap\w*|wtf|stfu|goddamn\w*|motherf\w*|boobs?|tits?|nude|nudes|naked|orgasm\w*|"
    r"penis|vagina|hell|retard\w*|nazi\w*|hitler|suicid\w*|kill (your|my)self|cocaine|heroin|meth|"
    r"weed|trump|hillary|obama)\b",
    re.IGNORECASE,
)
_HUMAN_CLAIM = re.compile(
    r"\b(i|i'\w+|im|ive|id|ill|me|my|mine|myself|we|we'\w+|us|our|ours|same here|"
    r"here too|you and)\b",
    re.IGNORECASE,
)
_ABOUT_OTHERS = set("he she they him her his their them movie game song team season".split())
_ODD = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, a question about it and the answer, which stands in the text."""

    text: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything the training reads from the corpus folder."""

    documents: list[str]
    passages: list[Passage]
    sentences: list[Passage]
    sums: list[str]
    replies: list[tuple[str, str]]
    _by_text: dict[str, list[Passage]] = field(default_factory=dict)

    def about(self, text: str) -> list[Passage]:
        """All that is asked about a text, without questions of two or three words."""
        if not self._by_text:
            for one in (*self.passages, *self.sentences):
                if len(one.question.split()) > 3:
                    self._by_text.setdefault(one.text, []).append(one)
        return self._by_text.get(text, [])


def _records(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _tidy(line: str) -> str:
    """A chat line with capitals and a final mark, as it would be printed."""
    line = " ".join(line.split())
    line = re.sub(r"\bi\b", "I", line)
    line = re.sub(r"([a-z])([.?!]) ?([a-z])", lambda m: f"{m[1]}{m[2]} {m[3].upper()}", line)
    line = re.sub(r"\s+([,.?!])", r"\1", line)
    line = line[:1].upper() + line[1:]
    return line if line[-1:] in ".?!" else line + "."


def _stories(folder: Path) -> Iterator[str]:
    for name in ("fairytales", "storybooks", "novels"):
        text = gzip.decompress((folder / f"{name}.txt.gz").read_bytes()).decode("utf-8")
        for document in text.split("<|endoftext|>"):
            paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", document)]
            kept = [part for part in paragraphs if part and not _COARSE.search(part)]
            yield "\n".join(kept)


def _dialogues(folder: Path) -> Iterator[list[str]]:
    for name in ("selfdialogue", "persona-chat", "topical-chat"):
        for record in _records(folder / f"{name}.jsonl.gz"):
            lines = [_tidy(turn["text"]) for turn in record["turns"] if turn["text"].strip()]
            if not _COARSE.search("\n".join(lines)):
                yield lines


def _replies(dialogues: list[list[str]]) -> list[tuple[str, str]]:
    """Pairs of a remark and a reply that claims no life and uses only the commonest words."""
    words = Counter(
        word
        for lines in dialogues
        for line in lines
        for word in re.findall(r"[a-z']+", line.lower())
    )
    common = {word for word, _ in words.most_common(900)}
    pairs = []
    for lines in dialogues:
        for remark, reply in pairwise(lines):
            said = reply.lower().replace("\u2019", "'")
            if _HUMAN_CLAIM.search(said) or _ODD.search(reply) or _ODD.search(remark):
                continue
            used = re.findall(r"[a-z']+", said)
            if not 3 <= len(used) <= 18 or not 3 <= len(remark.split()) <= 30 or ":" in reply:
                continue
            if re.search(r"\d", reply) or _ABOUT_OTHERS & set(used) or "?" in remark:
                continue
            if not re.search(r"\bI\b|\bmy\b", remark) or not {"you", "your", "that"} & set(used):
                continue
            if set(used) <= common | set(re.findall(r"[a-z']+", remark.lower())):
                pairs.append((remark, reply))
    return pairs


def _passages(folder: Path) -> Iterator[Passage]:
    for record in _records(folder / "fairytale-qa.jsonl.gz"):
        answer = record["answers"][0].strip()
        text = " ".join(record["passage"].split())
        if len(text) <= 1100 and len(answer) <= 60 and answer.lower() in text.lower():
            yield Passage(text, record["question"].strip(), _tidy(answer))


def _sentences(folder: Path) -> Iterator[Passage]:
    for record in _records(folder / "qamr.jsonl.gz"):
        answer = record["answer"].strip()
        if answer and answer.lower() in record["sentence"].lower() and len(answer) <= 60:
            yield Passage(_tidy(record["sentence"]), record["question"].strip(), _tidy(answer))


def read(folder: Path) -> Corpus:
    """Read and filter the corpus in `folder`; raises OSError where a file is not there."""
    dialogues = list(_dialogues(folder))
    scripts = [
        "\n".join(f"{'AB'[number % 2]}: {line}" for number, line in enumerate(lines))
        for lines in dialogues
    ]
    small_talk = []
    table = gzip.decompress((folder / "small-talk.tsv.gz").read_bytes()).decode("utf-8-sig")
    for row in csv.DictReader(table.splitlines(), delimiter="\t"):
        question, answer = _tidy(row["Question"]), row["Answer"].strip()
        odd = re.search(r"\*|internet|name tag", question + answer)
        if not odd and not _HUMAN_CLAIM.search(answer) and not _COARSE.search(question):
            small_talk.append((question, _tidy(answer)))
    return Corpus(
        documents=[*_stories(folder), *scripts],
        passages=[p for p in _passages(folder) if not _COARSE.search(p.text + p.question)],
        sentences=[p for p in _sentences(folder) if not _COARSE.search(p.text + p.question)],
        sums=[record["question"] for record in _records(folder / "gsm8k.jsonl.gz")],
        replies=[*_replies(dialogues), *small_talk],
    )
