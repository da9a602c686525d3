"""Everything about one thing that is remembered, as a title and pairs of what and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.in_the_prompt import fact_in_prompt, trait_in_prompt
from agents.memory import Memory
from agents.profile_lines import fact_in_words
from agents.text import visible
from soma_tui.figures import byte_count, counted
from soma_tui.memory_rows import Subject, moved, share, words_of
from store.claims import Evidence, Fact
from store.errors import UnknownIdError
from store.library import Document, Library
from store.personality import Change, TraitState
from store.recall import Hit
from store.traits import bounds

_MOST = 6
_LONGEST_PASSAGE = 300
_KINDS = {"set": "set by you", "reset": "reset", "pin": "pinned", "unpin": "let loose"}


@dataclass(frozen=True, slots=True)
class Details:
    """A title and pairs of what and how, all safe to draw."""

    title: str
    pairs: tuple[tuple[str, str], ...]


def details(subject: Subject, memory: Memory, library: Library) -> Details:
    """Read from the store what there is to say about one thing. For any thread."""
    try:
        if isinstance(subject, Fact):
            title, pairs = fact_in_words(subject), _fact(subject, memory)
        elif isinstance(subject, TraitState):
            title, pairs = words_of(subject.name), _trait(subject, memory)
        elif isinstance(subject, Document):
            title, pairs = subject.name, _document(subject, library)
        else:
            title, pairs = subject.item.source or "a conversation without a title", _hit(subject)
        return Details(visible(title), tuple((name, visible(text)) for name, text in pairs))
    except UnknownIdError as error:
        return Details("", (("", str(error)),))


def day(seconds: float) -> str:
    """A day in words, such as "3 November 2026"."""
    moment = datetime.fromtimestamp(seconds)
    return f"{moment.day} {moment:%B %Y}"


def _fact(fact: Fact, memory: Memory) -> Iterator[tuple[str, str]]:
    yield from _evidence(fact.evidence)
    history = [one for one in memory.profiles.history(fact.id) if one.id != fact.id]
    for earlier in reversed(history[-_MOST:]):
        yield "before", f"{fact_in_words(earlier)}, until {day(earlier.updated)}"
    heading, line = fact_in_prompt(fact)
    when = "always told" if fact.pinned else "told where there is room"
    told = f"“{line.removeprefix('- ')}” under “{heading.rstrip(':')}”"
    yield "in the prompt", f"{when}: {told}"


def _evidence(evidence: Sequence[Evidence]) -> Iterator[tuple[str, str]]:
    if not evidence:
        yield "", "its evidence was forgotten"
    for one in reversed(evidence[-_MOST:]):
        if one.by == "hand":
            said = f"kept by you on {day(one.at)}"
        else:
            read = ", read by the model" if one.by == "model" else ""
            said = f"you said so on {day(one.at)}{read}"
        yield "", f"{said}: “{one.quote}”" if one.quote else said


def _trait(trait: TraitState, memory: Memory) -> Iterator[tuple[str, str]]:
    shift = f" {moved(trait)}" if moved(trait) else ""
    yield "value", f"{share(trait.value).strip()}{shift}"
    chosen = trait.baseline != trait.default
    own = f", set by you; {share(trait.default).strip()} at first" if chosen else ""
    yield "baseline", share(trait.baseline).strip() + own
    low, high = (share(one).strip() for one in bounds(trait.baseline))
    held = "held where it is" if trait.pinned else f"what you say moves it from {low} to {high}"
    pieces = f"{trait.evidence} pieces" if trait.evidence != 1 else "1 piece"
    yield "evidence", f"{pieces} so far; {held}"
    told = trait_in_prompt(trait.name, trait.value)
    yield "in the prompt", f"“{told}”" if told else "nothing: it is in the middle"
    for change in memory.personality.log(trait.name)[:_MOST]:
        yield "", _change(change)


def _change(change: Change) -> str:
    moment = datetime.fromtimestamp(change.at)
    values = f"{share(change.before).strip()} → {share(change.after).strip()}"
    why = _KINDS.get(change.kind, "taken back" if change.kind == "undo" else change.kind)
    if change.evidence is not None:
        quote = f": “{change.evidence.quote}”" if change.evidence.quote else ""
        why = f"{change.evidence.source}{quote}"
    undone = " (taken back)" if change.undone is not None else ""
    return f"{moment.day} {moment:%b %H:%M}  {values}  {why}{undone}"


def _document(document: Document, library: Library) -> Iterator[tuple[str, str]]:
    yield "", document.path
    pages = f" · {document.pages} pages" if document.pages else ""
    yield "kind", f"{document.kind}{pages} · {byte_count(document.size)}"
    yield "taken in", f"{day(document.taken)} · {counted(document.passages, 'passage')}"
    yield "in the prompt", "its passages are quoted where recall finds that they matter"
    for _, passage in zip(range(3), library.passages(document.id), strict=False):
        text = " ".join(passage.text.split())
        yield "", ""
        yield "", text if len(text) <= _LONGEST_PASSAGE else f"{text[:_LONGEST_PASSAGE]}…"


def _hit(hit: Hit) -> Iterator[tuple[str, str]]:
    item = hit.item
    who = item.speaker or {"user": "you", "assistant": "SOMA"}.get(item.role, "")
    when = "" if item.time is None else day(item.time)
    yield "", " · ".join(part for part in (who, when) if part)
    yield "", item.text
    yield "found by", str(hit.why)
    if item.pinned:
        yield "pinned", "recalled before others"
