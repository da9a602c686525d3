"""Conversations to train on, put together from the generators and the corpus.

Every maker takes a `Random` and gives messages as `{"role", "content"}`; the same seed gives the
same conversation. `held_out=True` asks for wordings that training never sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from agents.persona import SYSTEM_PROMPT
from scripts.starter import recall, small_talk, values
from scripts.starter.about_soma import INTENTS
from scripts.starter.corpus import Corpus, Passage
from scripts.starter.grammar import expand, typed, wording

Messages = list[dict[str, str]]
Turns = list[tuple[str, str]]

SIMPLE = [*((name, q, a) for name, q, a in INTENTS), *small_talk.TALK]
HEADERS = (
    "What you know about this person:|About this person:|Notes about this person:|Memory:|Facts:|"
    "What I "
    "told you before:|Notes:|From earlier conversations:|Remember:|Profile:"
).split("|")
_PAST = (
    [
        "do you [remember|know|recognise] me[| from yesterday| from last time]?",
        "do you remember [our last chat|what we said yesterday|our last conversation|yesterday|"
        "last "
        "time|what i told you yesterday|the last time we talked]?",
        "what did we talk about [yesterday|last time|last week|before|earlier today]?",
        "do you have a memory?",
        "[can|will|do] you remember [things|what i say|what i tell you|this tomorrow|me tomorrow]?",
        "have we [met|talked][| before]?",
        "what do you remember?",
    ],
    [
        "I can only see this conversation. Earlier ones are kept on this computer, but I do not "
        "read "
        "them by myself.",
        "I remember what you tell me in this conversation. Earlier conversations are saved on your "
        "disk, but I cannot see them from here.",
        "Only this conversation is in front of me. Older ones are saved on this computer.",
    ],
)
_ABOUT_ME = [
    "what do you know about me?",
    "what [have i told you|did i tell you|do you remember] about [me|myself]?",
    "tell me what you know about me",
    "who am i to you?",
    "[list|summarise|repeat] what i told you[| about me]",
    "what do you have in your memory about me?",
]


def small_exchange(rng: Random, held_out: bool = False) -> Turns:
    """A greeting, small talk or a question about SOMA."""
    draw = rng.random()
    if draw < 0.14:
        questions, answers = small_talk.GREETINGS
    elif draw < 0.19:
        questions, answers = _PAST
    else:
        weights = [2.2] * len(INTENTS) + [1.0] * len(small_talk.TALK)
        _, questions, answers = rng.choices(SIMPLE, weights)[0]
    question = wording(questions, rng, held_out)
    if rng.random() < 0.12:
        opening = expand(
            rng.choice(["Hello", "Hi", "Hey", "Hi SOMA", "Hello SOMA", "Okay", "So"]), rng
        )
        question = f"{opening}, {question[:1].lower()}{question[1:]}"
    return [(typed(question, rng), expand(rng.choice(answers), rng))]


def world_question(rng: Random, corpus: Corpus, held_out: bool = False) -> str:
    """A question that needs knowledge, arithmetic or code."""
    draw = rng.random()
    if draw < 0.12:
        return rng.choice(corpus.sums)
    if draw < 0.24:
        return rng.choice(corpus.sentences).question
    makers: dict[str, Callable[[], str]] = {
        "country": lambda: rng.choice(small_talk.COUNTRIES),
        "person": lambda: rng.choice(small_talk.PEOPLE),
        "thing": lambda: rng.choice(small_talk.THINGS),
        "language": lambda: rng.choice(small_talk.LANGUAGES),
        "number": lambda: values.number(rng),
        "year": lambda: str(rng.randrange(1900, 2027)),
    }
    pattern = wording(small_talk.WORLD_QUESTIONS, rng, held_out)
    return re.sub(
        r"\{(\w+)\}",
        lambda found: makers[found[1].lower()](),
        pattern,
    )


def _world(rng: Random, corpus: Corpus, held_out: bool) -> Turns:
    answer = expand(rng.choice(small_talk.WORLD_ANSWERS), rng)
    return [(typed(world_question(rng, corpus, held_out), rng), answer)]


def _reply(rng: Random, corpus: Corpus) -> Turns:
    remark, reply = rng.choice(corpus.replies)
    return [(typed(remark, rng), reply)]


def _acknowledge(fact: recall.Fact, rng: Random) -> str:
    if fact.kind == "name" and rng.random() < 0.7:
        return rng.choice(
            [f"Nice to meet you, {fact.value}.", f"Hello, {fact.value}! Good to meet you."]
        )
    draw = rng.random()
    if draw < 0.45:
        return (
            rng.choice(["Good to know.", "I see.", "All right.", "Noted.", "Okay."])
            + " "
            + fact.answer
        )
    return rng.choice(
        [
            "Thank you for telling me.",
            "I will keep that in mind here.",
            "Good to know. Thank you.",
            "I see. Tell me more, if you like.",
            "Noted.",
            "That is good to know.",
            "Okay, I have noted that.",
        ]
    )


def _question_about(
    known: list[recall.Fact], rng: Random, held_out: bool, unknown_share: float = 0.25
) -> tuple[str, str]:
    """A question about one of the facts, or about something that was never told."""
    if known and rng.random() >= unknown_share:
        if rng.random() < 0.08:
            told = " ".join(fact.answer for fact in known[:4])
            return typed(wording(_ABOUT_ME, rng), rng), told
        fact = rng.choice(known)
        return typed(fact.question, rng), fact.answer
    if not known and rng.random() < 0.15:
        return typed(wording(_ABOUT_ME, rng), rng), "I don't know anything about you yet."
    kinds = {fact.kind for fact in known}
    while True:
        fact = recall.personal_fact(rng, held_out)
        if fact.kind not in kinds:
            return typed(fact.question, rng), recall.UNKNOWN


def memory_lines(facts: list[recall.Fact], rng: Random) -> str:
    """The facts as a list under a header, as statements or as `Name: value`."""
    as_lines = rng.random() < 0.4
    mark = rng.choice(["- ", "- ", "* ", ""])
    lines = [mark + (fact.line if as_lines else fact.statement) for fact in facts]
    return "\n".join([rng.choice(HEADERS), *lines])


def _system(rng: Random, memory: str = "") -> Messages:
    draw = rng.random()
    if draw < 0.7:
        prompt = SYSTEM_PROMPT
    elif draw < 0.76:
        prompt = rng.choice(
            [
                "You are SOMA.",
                "You are a helpful assistant.",
                "You are SOMA, a friendly assistant.",
                "Answer briefly.",
                "You are SOMA, an assistant on this computer. Be brief and kind.",
            ]
        )
    else:
        prompt = ""
    text = "\n\n".join(part for part in (prompt, memory) if part)
    return [{"role": "system", "content": text}] if text else []


def _messages(system: Messages, turns: Turns) -> Messages:
    messages = list(system)
    for question, answer in turns:
        messages.append({"role": "user", "content": question.strip() or "..."})
        messages.append({"role": "assistant", "content": answer})
    return messages


def chat(rng: Random, corpus: Corpus, held_out: bool = False, long: bool = False) -> Messages:
    """A conversation of 1–8 turns (`long`: 12–30) about SOMA, the day, the world and the user."""
    known: list[recall.Fact] = []
    memory = ""
    if rng.random() < 0.12:
        known = recall.distinct_facts(rng, rng.randint(1, 4), held_out)
        memory = memory_lines(known, rng)
    length = rng.randint(12, 30) if long else rng.choice([1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8])
    turns: Turns = []
    if length > 1 and rng.random() < 0.4:
        greetings, answers = small_talk.GREETINGS
        turns.append((typed(wording(greetings, rng), rng), rng.choice(answers)))
        turns[-1] = (turns[-1][0], expand(turns[-1][1], rng))
    while len(turns) < length:
        draw = rng.random()
        if draw < 0.5:
            turns += small_exchange(rng, held_out)
        elif draw < 0.58:
            turns += _world(rng, corpus, held_out)
        elif draw < 0.68:
            turns += _reply(rng, corpus)
        elif draw < 0.84 and length > 1:
            fresh = [
                f
                for f in recall.distinct_facts(rng, 3, held_out)
                if f.kind not in {k.kind for k in known}
            ][: rng.choice([1, 1, 2])]
            if fresh:
                said = " ".join(fact.statement for fact in fresh)
                turns.append((typed(said, rng, slips=False), _acknowledge(fresh[0], rng)))
                if turns[-1][0] != said:
                    fresh = [_as_typed(fact, turns[-1][0]) for fact in fresh]
                known += fresh
        else:
            turns.append(_question_about(known, rng, held_out))
    return _messages(_system(rng, memory), turns)


def _as_typed(fact: recall.Fact, said: str) -> recall.Fact:
    """The fact with its value written as the user wrote it, where that can still be found."""
    at = said.lower().find(fact.value.lower())
    if at < 0:
        return fact
    value = said[at : at + len(fact.value)]
    if value.islower() and fact.value[:1].isupper():
        value = fact.value
    return recall.Fact(
        fact.kind,
        fact.statement,
        fact.question,
        fact.answer.replace(fact.value, value),
        value,
        fact.line,
    )


def remember(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """One to seven things told, at once, in turns or as memory lines, and questions about them."""
    del corpus
    facts = recall.distinct_facts(rng, rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 7]), held_out)
    draw = rng.random()
    turns: Turns = []
    memory = ""
    opening = ""
    if draw < 0.4:
        memory = memory_lines(facts, rng)
    elif draw < 0.7:
        opening = (
            memory_lines(facts, rng)
            if rng.random() < 0.4
            else " ".join(fact.statement for fact in facts)
        )
    else:
        for fact in facts:
            turns.append((fact.statement, _acknowledge(fact, rng)))
            if rng.random() < 0.15:
                turns += small_exchange(rng, held_out)
    for number in range(rng.choice([1, 1, 2, 2, 3, 4])):
        question, answer = _question_about(facts, rng, held_out)
        if opening and number == 0:
            if rng.random() < 0.7:
                question = opening + rng.choice([" ", "\n", "\n\n"]) + question
            else:
                turns.append((opening, _acknowledge(facts[0], rng)))
        turns.append((question, answer))
    return _messages(_system(rng, memory), turns)


def _copy_words(rng: Random) -> Turns:
    pool = [values.invented, values.first_name, values.pet_name, values.city, values.number]
    words = [rng.choice(pool)(rng) for _ in range(rng.randint(1, 6))]
    text = rng.choice([" ", ", "]).join(words)
    kind = rng.random()
    if kind < 0.5:
        ask = expand(
            "[Repeat|Say|Copy|Write|Please repeat|Repeat after me] [these words|this|]:", rng
        )
        return [(f"{ask} {text}", text)]
    if kind < 0.75 or len(words) < 3:
        return [(f"{expand('[Repeat this|Say this again|Echo]', rng)}: {text}", text)]
    at = rng.randrange(len(words) - 1)
    return [(f"Words: {text}\nWhich word comes after {words[at]}?", words[at + 1])]


def copying(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """Words to repeat, or a question about one of several people."""
    del corpus, held_out
    turns: Turns = []
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.5:
            turns += _copy_words(rng)
        else:
            told, question, answer = recall.other_people(rng)
            turns.append((rng.choice([" ", "\n"]).join([*told, question]), answer))
    return _messages(_system(rng) if rng.random() < 0.5 else [], turns)


def _ask_about(passage: Passage, question: str, rng: Random) -> str:
    form = rng.random()
    if form < 0.5:
        return f"{passage.text}\n\n{question}"
    if form < 0.75:
        return f"Text: {passage.text}\nQuestion: {question}"
    return f"{question}\n\n{passage.text}"


def reading(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """A passage or a sentence and questions about it; the answer stands in the text."""
    del held_out
    passage = rng.choice(corpus.passages if rng.random() < 0.3 else corpus.sentences)
    if rng.random() < 0.1:
        other = rng.choice(corpus.sentences)
        asked = _ask_about(passage, other.question, rng)
        return _messages(_system(rng), [(asked, "The text does not say that.")])
    return _messages(_system(rng), [(_ask_about(passage, passage.question, rng), passage.answer)])
