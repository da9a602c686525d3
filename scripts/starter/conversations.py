"""Conversations to train on, put together from the generators and the corpus.

Every maker takes a `Random` and gives messages as `{"role", "content"}`; the same seed gives the
same conversation. `held_out=True` asks for wordings that training never sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from scripts.starter import (
    extraction,
    notices,
    orders,
    planning,
    product,
    recall,
    routing,
    small_talk,
    told,
    values,
)
from scripts.starter.about_soma import INTENTS
from scripts.starter.corpus import Corpus, Passage
from scripts.starter.events import event
from scripts.starter.grammar import expand, is_held_out, typed, wording
from scripts.starter.product_help import HELP

Messages = list[dict[str, str]]
Turns = list[tuple[str, str]]
NOT_IN_THE_TEXT = "The text does not say that."

SIMPLE = [*((name, q, a) for name, q, a in INTENTS), *small_talk.TALK]
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
        "I remember what you tell me: it is kept on this computer, and what fits your message is "
        "recalled. Memory (Alt+4) shows it.",
        "What you told me of yourself is kept in Memory (Alt+4), and older conversations are "
        "recalled when they fit.",
        "I recall what fits from earlier conversations. Press Alt+4 to see what I know of you.",
    ],
)
_CLAUSES = re.compile(
    r"(?<=[,.!?;:])\s+|\s+(?=(?:and|but|which|who|that|where|when|because|so|while|after|before)\b)"
)
_PHRASES = re.compile(
    _CLAUSES.pattern + r"|\s+(?=(?:for|in|on|at|by|with|from|to|as|of|into|during|about)\b)"
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
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
        weights = [2.2] * len(INTENTS)
        weights += [2.0 if name == "thanks" else 1.0 for name, _, _ in small_talk.TALK]
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


def _question_about(
    known: list[recall.Fact], rng: Random, held_out: bool, unknown_share: float = 0.25
) -> tuple[str, str]:
    """A question about one of the facts, or about something that was never told."""
    if known and rng.random() >= unknown_share:
        if rng.random() < 0.08:
            everything = " ".join(fact.answer for fact in known[:4])
            return typed(wording(_ABOUT_ME, rng), rng), everything
        fact = rng.choice(known)
        return typed(fact.question, rng), fact.answer
    if not known and rng.random() < 0.15:
        return typed(wording(_ABOUT_ME, rng), rng), "I don't know anything about you yet."
    return typed(told.untold(rng, known, held_out).question, rng), recall.UNKNOWN


def _system(rng: Random, facts: list[recall.Fact] | None = None) -> Messages:
    """The product's system prompt with what is known, or now and then none at all."""
    if not facts and rng.random() < 0.08:
        return []
    statements = [fact.statement for fact in facts or []]
    return [{"role": "system", "content": product.system(rng, statements)}]


def _messages(system: Messages, turns: Turns) -> Messages:
    messages = list(system)
    for question, answer in turns:
        messages.append({"role": "user", "content": question.strip() or "..."})
        messages.append({"role": "assistant", "content": answer})
    return messages


def chat(rng: Random, corpus: Corpus, held_out: bool = False, long: bool = False) -> Messages:
    """A conversation of 1–8 turns (`long`: 12–30) about SOMA, the day, the world and the user."""
    known: list[recall.Fact] = []
    if rng.random() < 0.35:
        known = recall.distinct_facts(rng, rng.randint(1, 6), held_out)
    system = _system(rng, known)
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
        elif draw < 0.6:
            turns += _world(rng, corpus, held_out)
        elif draw < 0.66:
            turns += _reply(rng, corpus)
        elif draw < 0.84 and length > 1:
            fresh = [
                f
                for f in recall.distinct_facts(rng, 3, held_out)
                if f.kind not in {k.kind for k in known}
            ][: rng.choice([1, 1, 2])]
            if fresh:
                said = " ".join(fact.statement for fact in fresh)
                turns.append((typed(said, rng, slips=False), told.acknowledge(fresh[0], rng)))
                if turns[-1][0] != said:
                    fresh = [_as_typed(fact, turns[-1][0]) for fact in fresh]
                known += fresh
        else:
            turns.append(_question_about(known, rng, held_out))
    return _messages(system, turns)


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


def ordered(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """A conversation under a standing instruction."""
    del corpus
    small = [small_exchange(rng, held_out)[0] for _ in range(rng.choice([1, 1, 2]))]
    return orders.ordered(rng, tuple(small), held_out)[0]


def routed(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """Which of three specialists a message is for."""
    text, label = routing.message(rng, lambda r: small_exchange(r)[0][0], held_out)
    if not held_out and rng.random() < 0.12:
        text, label = rng.choice(corpus.sentences).question, "researcher"
    return _messages([], [(routing.asked(text), label)])


def extracted(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """The facts in a message as JSON, and in further messages without the question anew."""
    del corpus
    text, facts = extraction.extraction(rng, held_out)
    turns = [(extraction.asked(text), facts)]
    while not held_out and len(turns) < 4 and rng.random() < 0.65:
        text, facts = extraction.extraction(rng)
        turns.append((f"Message:\n<message>\n{text}\n</message>", facts))
    return _messages([], turns)


def helped(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """Questions about the keys, about SOMA and what it can do."""
    del corpus
    turns: Turns = []
    for _ in range(rng.choice([1, 2, 3, 4])):
        entries = HELP if rng.random() < 0.7 else INTENTS
        _, questions, answers = rng.choice(entries)
        question = typed(wording(questions, rng, held_out), rng)
        turns.append((question, expand(rng.choice(answers), rng)))
    facts = recall.distinct_facts(rng, 3) if rng.random() < 0.3 else []
    return _messages(_system(rng, facts), turns)


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
            said, question, answer = recall.other_people(rng)
            turns.append((rng.choice([" ", "\n"]).join([*said, question]), answer))
    return _messages(_system(rng) if rng.random() < 0.5 else [], turns)


def _ask_about(text: str, question: str, rng: Random) -> str:
    match rng.randrange(5):
        case 0:
            return product.with_document(rng, text, question)
        case 1:
            return product.with_file(rng, text, question)
        case 2:
            return f"{question}\n\n{text}"
        case _:
            return f"{text}\n\n{question}"


def passage(rng: Random, corpus: Corpus, held_out: bool = False) -> Passage:
    """A passage or a sentence; one text in twelve is kept for evaluation."""
    for _ in range(400):
        found = rng.choice(corpus.passages if rng.random() < 0.25 else corpus.sentences)
        if is_held_out(found.text) == held_out:
            break
    return found


def _shortened(text: str, asked: list[Passage], rng: Random) -> tuple[str, list[Passage]]:
    """Some sentences of a long text around one answer, and what they answer."""
    sentences = _SENTENCES.split(text)
    if len(sentences) < 4 or rng.random() < 0.3:
        return text, asked
    due = rng.choice(asked).answer.rstrip(".").lower()
    at = next((n for n, one in enumerate(sentences) if due in one.lower()), 0)
    low = max(0, at - rng.randint(0, 2))
    shorter = " ".join(sentences[low : at + rng.randint(1, 3)])
    return shorter, [one for one in asked if one.answer.rstrip(".").lower() in shorter.lower()]


def in_its_words(found: Passage) -> str:
    """The shortest clause or phrase of the text with the answer, as the text has it."""
    pieces = _CLAUSES if len(_SENTENCES.split(found.text)) > 3 else _PHRASES
    due = found.answer.rstrip(".").lower()
    holding = [
        piece.strip(" ,.;:\"'`?!")
        for piece in pieces.split(found.text)
        if re.search(rf"(?<!\w){re.escape(due)}(?!\w)", piece.lower())
    ]
    clause = min(holding, key=len, default=found.answer.rstrip("."))
    clause = re.sub(r"^(?:and|but|so|while) ", "", clause)
    return f"{clause[:1].upper()}{clause[1:]}."


def asked_of(rng: Random, text: str, question: str) -> Messages:
    """A question about a text, in one of the forms in which the product shows texts."""
    system = {"role": "system", "content": product.system(rng, plain=True)}
    return [system, {"role": "user", "content": _ask_about(text, question, rng)}]


def _questions_about(
    rng: Random, corpus: Corpus, held_out: bool
) -> tuple[str, list[tuple[str, str]], list[str]]:
    """A text, questions with answers that stand in it, and questions that it does not answer."""
    draw = rng.random()
    if draw < 0.12:
        remarks = [event(rng, held_out) for _ in range(rng.randint(2, 5))]
        text = " ".join(remark.statement for remark in remarks)
        return (
            text,
            [(remark.question, remark.answer) for remark in remarks],
            [told.untold(rng, remarks, held_out).question],
        )
    if draw < 0.42:
        text, asked = notices.notice(rng, held_out)
        others = [one for one in notices.notice(rng, held_out)[1] if one.answer not in text]
    else:
        found = passage(rng, corpus, held_out)
        text, asked = _shortened(found.text, corpus.about(found.text) or [found], rng)
        asked = [replace(one, answer=in_its_words(one)) for one in asked or [found]]
        others = []
    return (
        text,
        [(f"{one.question.rstrip(' ?')}?", one.answer) for one in asked],
        [f"{one.question.rstrip(' ?')}?" for one in others],
    )


def reading(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """A text and one to six questions; the answers stand in the text, or it does not say."""
    text, answered, others = _questions_about(rng, corpus, held_out)
    rng.shuffle(answered)
    turns = answered[: rng.choice([1, 2, 3, 4, 6])]
    if others and rng.random() < 0.3:
        turns.insert(rng.randint(0, len(turns)), (rng.choice(others), NOT_IN_THE_TEXT))
    turns[0] = (_ask_about(text, turns[0][0], rng), turns[0][1])
    return _messages(_system(rng), turns)


def planned(rng: Random, corpus: Corpus, held_out: bool = False) -> Messages:
    """A request, and the tasks it is divided into."""
    del corpus
    request, tasks = planning.plan(rng, held_out)
    system = {"role": "system", "content": product.system(rng, plain=True)}
    return _messages([system], [(planning.asked(request), tasks)])
