"""Write the recall set: conversations with known evidence, and questions in other words.

Usage: python scripts/bench/make_recall_set.py CORPUS/persona-chat.jsonl.gz

Three pairs of people talk over many months, each pair in one conversation (a question about them
is asked of that conversation alone); one person talks with an assistant in many short ones (asked
of everything). What the questions ask for stands in `_recall_topics` and `_recall_dialogues`; the
rest are dialogues of Synthetic-Persona-Chat. The same seed gives the same files.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from scripts.bench._recall_dialogues import PAIRS, Dialogue, Pair
from scripts.bench._recall_talk import ADVICE, CHANGED, CONFIRMATIONS, REPLIES
from scripts.bench._recall_topics import MONTHLY, TOPICS

HERE = Path(__file__).parent
CONVERSATIONS = HERE / "recall_conversations.jsonl"
QUESTIONS = HERE / "recall_questions.jsonl"
START = datetime(2024, 9, 2, 17, 30, tzinfo=UTC)
FILLERS = range(400, 1000)
"""Dialogues without a question of their own; those of the pairs are among the ones before."""
FILLERS_OF_A_PAIR = 7
TURNS_OF_A_FILLER = 18
TURNS_OF_A_SHORT_TALK = 10
Json = dict[str, Any]


class Talk:
    """One conversation being written, message by message."""

    def __init__(self, name: str, speakers: tuple[str, str], rng: Random) -> None:
        self.name = name
        self.messages: list[Json] = []
        self._speakers = speakers
        self._rng = rng
        self._time = START

    def begin(self, time: datetime) -> None:
        """Let the next message come at `time`."""
        self._time = time

    def say(self, speaker: int, text: str) -> str:
        """Add a message by the user (0) or the assistant (1); gives its id."""
        message: Json = {"id": f"{self.name}/{len(self.messages) + 1}"}
        message["role"] = ("user", "assistant")[speaker]
        if self._speakers[speaker]:
            message["name"] = self._speakers[speaker]
        message |= {"text": text, "time": self._time.isoformat().replace("+00:00", "Z")}
        self.messages.append(message)
        self._time += timedelta(seconds=self._rng.randrange(20, 90))
        return str(message["id"])

    def line(self) -> Json:
        """The conversation as `soma import` reads it."""
        return {"conversation": self.name, "messages": self.messages}


def pair_talk(number: int, pair: Pair, corpus: Sequence[Json], rng: Random) -> Iterator[Json]:
    """One pair's conversation and its questions; every topic is told by both, months apart."""
    name = f"pair-{number + 1}"
    talk = Talk(name, (pair.user, pair.assistant), rng)
    people = {"u": pair.user, "a": pair.assistant}
    fillers = rng.sample(FILLERS, FILLERS_OF_A_PAIR)
    sessions = len(pair.dialogues) + len(fillers)
    dialogues = [*pair.dialogues, *(Dialogue(number, 0) for number in fillers)]
    rng.shuffle(dialogues)
    topics = rng.sample(TOPICS, 17)
    planted: list[list[tuple[int, int]]] = [[] for _ in range(sessions)]
    for index in range(len(topics)):
        for speaker, session in enumerate(rng.sample(range(sessions), 2)):
            planted[session].append((index, speaker))
    questions = []
    for session, dialogue in enumerate(dialogues):
        talk.begin(START + timedelta(days=25 * session + rng.randrange(20), hours=rng.randrange(4)))
        turns = corpus[dialogue.number]["turns"][dialogue.first :]
        if not dialogue.lines:
            turns = turns[:TURNS_OF_A_FILLER]
        waiting = planted[session]
        breaks = sorted(rng.randrange(1, len(turns)) for _ in waiting)
        ids = {}
        for place, turn in enumerate(turns):
            while breaks and breaks[0] == place:
                breaks.pop(0)
                index, speaker = waiting.pop(0)
                topic = topics[index]
                if topic.lead:
                    talk.say(1 - speaker, topic.lead)
                value = topic.options()[(number + 2 * speaker) % len(topic.options())]
                told = talk.say(speaker, topic.say.format(v=value))
                talk.say(1 - speaker, rng.choice(REPLIES))
                person = (pair.user, pair.assistant)[speaker]
                questions.append(("fact", "other", topic.ask.format(n=person), [told]))
                questions.append(("fact", "plain", topic.plain_ask.format(n=person), [told]))
            spoken = talk.say(turn["role"] == "assistant", turn["text"])
            ids[place + dialogue.first] = spoken
        for question in dialogue.questions():
            answers = [ids[turn] for turn in question.turns]
            questions.append(("chat", question.wording, question.text.format(**people), answers))
    yield talk.line()
    for kind, wording, text, evidence in questions:
        yield {
            "query": text,
            "evidence": evidence,
            "conversation": name,
            "kind": kind,
            "wording": wording,
        }


def own_talks(corpus: Sequence[Json], rng: Random) -> Iterator[Json]:
    """Many short conversations of one person with an assistant, and questions about them."""
    exchanges: list[tuple[int, str, list[tuple[int, str, bool]]]] = []  # month, key, turns
    questions: dict[str, tuple[str, str, str]] = {}
    for index, topic in enumerate(TOPICS):
        value = topic.options()[-1]
        lead = [(1, topic.lead, False)] if topic.lead else []
        said = [*lead, (0, topic.say.format(v=value), True), (1, rng.choice(CONFIRMATIONS), False)]
        key = f"fact {index}"
        exchanges.append((rng.randrange(14), key, said))
        questions[key] = ("fact", topic.mine, topic.plain_mine)
    for index, topic in enumerate(MONTHLY):
        for place, value in enumerate(topic.options()):
            month = 1 + 2 * place + index % 2
            key = f"month {index} {place}"
            said = [(0, topic.say.format(v=value), True), (1, rng.choice(CONFIRMATIONS), False)]
            exchanges.append((month, key, said))
            when = (START + timedelta(days=30.5 * month)).strftime("%B %Y")
            questions[key] = (
                "dated",
                topic.mine.format(when=when),
                topic.plain_mine.format(when=when),
            )
    for index, advice in enumerate(ADVICE):
        said = [(0, advice.request, False), (1, advice.answer, True)]
        key = f"advice {index}"
        exchanges.append((rng.randrange(14), key, said))
        questions[key] = ("advice", advice.question, advice.plain)
    for index, (before, after, question, plain) in enumerate(CHANGED):
        for month, text in ((4 + index, before), (5 + index, after)):
            said = [(0, text, True), (1, rng.choice(CONFIRMATIONS), False)]
            exchanges.append((month, f"changed {index}", said))
        questions[f"changed {index}"] = ("changed", question, plain)
    exchanges.sort(key=lambda exchange: exchange[0])
    evidence: dict[str, list[str]] = {}
    fillers = rng.sample(FILLERS, len(exchanges) // 2 + 1)
    for number, filler in enumerate(fillers):
        mine = exchanges[2 * number : 2 * number + 2]
        turns = corpus[filler]["turns"]
        first = rng.randrange(0, max(1, len(turns) - TURNS_OF_A_SHORT_TALK), 2)
        turns = turns[first : first + TURNS_OF_A_SHORT_TALK]
        talk = Talk(f"own-{number + 1}", ("", ""), rng)
        for half, (month, key, said) in enumerate(mine):
            # A dated question names the month of the exchange, so it opens the conversation.
            talk.begin(START + timedelta(days=30.5 * month, minutes=40 * half))
            for speaker, text, is_evidence in said:
                spoken = talk.say(speaker, text)
                if is_evidence:
                    evidence.setdefault(key, []).append(spoken)
            for turn in turns[half * 5 : half * 5 + 5]:
                talk.say(turn["role"] == "assistant", turn["text"])
        if talk.messages:
            yield talk.line()
    for key, (kind, other, plain) in questions.items():
        for wording, text in (("other", other), ("plain", plain)):
            yield {"query": text, "evidence": evidence[key], "kind": kind, "wording": wording}


def main() -> None:
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as file:
        corpus = [json.loads(line) for line in file]
    rng = Random(20261103)
    lines = list(own_talks(corpus, rng))
    for number, pair in enumerate(PAIRS):
        lines += pair_talk(number, pair, corpus, rng)
    questions = [line for line in lines if "query" in line]
    for number, question in enumerate(questions):
        question["split"] = "choose" if number // 2 % 2 else "report"
    for path, kept in (
        (CONVERSATIONS, [line for line in lines if "messages" in line]),
        (QUESTIONS, questions),
    ):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept)
        path.write_text(text, encoding="utf-8")
        print(f"{path.name}: {len(kept)} lines, {len(text.encode()):,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
