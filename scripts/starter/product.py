"""Prompts as SOMA builds them: profile and standing instructions, what was recalled, files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from agents.attachments import Attachment
from agents.persona import HONESTY, IDENTITY, SENTENCES, SYSTEM_PROMPT, VERBOSITY
from agents.profile_extraction import claims_in
from agents.profile_lines import profile_sections
from agents.recalling import render
from store.claims import Claim, Fact
from store.message import Memory

ROOM = 10_000
_FIRST_DAY, _DAYS, _DAY = 1_735_700_000, 700, 86_400
_TITLES = ("My day|Plans for the week|A new start|Notes|The garden|Travel|Family|Work|Hello").split(
    "|"
)
_FILES = "notes.txt|tale.md|report.md|story.txt|letter.txt|text.md|chapter.txt|page.html".split("|")


@lru_cache(maxsize=200_000)
def claims(statement: str) -> tuple[Claim, ...]:
    """What the product's own rules find in a statement."""
    return tuple(claim for claim, _ in claims_in(statement, []))


def profile(statements: Sequence[str]) -> list[Fact]:
    """The facts that a profile holds after these statements; a note where no rule finds any."""
    kept: dict[tuple[str, str], Claim] = {}
    for statement in statements:
        note = Claim("fact", "note", statement.rstrip("."), many=True)
        for one in claims(statement) or (note,):
            kept[one.attribute, one.value if one.many else ""] = one
    return [
        Fact(
            number, 1, one.kind, one.attribute, one.value, one.many, one.confidence, False,
            "current", None, 0.0, 0.0, (),
        )
        for number, one in enumerate(kept.values(), start=1)
    ]  # fmt: skip


def system(
    rng: Random, statements: Sequence[str] = (), orders: Sequence[str] = (), plain: bool = False
) -> str:
    """A system prompt with a profile of `statements` and standing `orders`.

    The personality is the usual one in four of five, and always where `plain`.
    """
    first = SYSTEM_PROMPT
    if not plain and rng.random() < 0.2:
        wanted = rng.choice([-1, 0, 0, 1])
        manner = [rng.choice(pair) for pair in rng.sample(list(SENTENCES.values()), 2)]
        first = " ".join([IDENTITY, VERBOSITY[wanted], HONESTY, *manner[: rng.randint(0, 2)]])
    facts = profile(statements)
    facts += [
        Fact(
            1000 + number, 1, "instruction", "instruction", order.rstrip("."), True, 0.9, False,
            "current", None, 0.0, 0.0, (),
        )
        for number, order in enumerate(orders)
    ]  # fmt: skip
    return "\n\n".join([first, *profile_sections(facts, ROOM, len)])


def with_recalled(rng: Random, texts: Sequence[str], question: str) -> str:
    """A message behind what was recalled for it, with speaker, date and source."""
    memories = []
    for text in texts:
        day = float(_FIRST_DAY + rng.randrange(_DAYS) * _DAY)
        document = rng.random() < 0.1
        source = rng.choice(_FILES if document else _TITLES) if rng.random() < 0.4 else ""
        speaker = "" if document else "user"
        memories.append(Memory("", text, source, None if document else day, speaker, "", 0.0))
    return render(question, memories)


def with_file(rng: Random, text: str, question: str) -> str:
    """A message with a file that goes with it."""
    name = rng.choice(_FILES)
    return f"{question} @{name}\n\n{Attachment(name, text).source}"


def with_document(rng: Random, text: str, question: str) -> str:
    """A message behind a passage that was recalled from a document."""
    name = rng.choice(_FILES)
    return render(question, [Memory("", text, name, None, "", "", 0.0)])
