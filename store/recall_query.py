"""What a query names besides its words: people who speak, and days."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.words import COMMON

LONGEST = 20_000
"""Characters of a query that count; a letter of ten pages says no more about what it is about."""

_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name} | {
    name.lower(): n for n, name in enumerate(calendar.month_abbr) if name
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = re.compile(
    rf"\b(?P<iy>\d{{4}})-(?P<im>\d\d)(?:-(?P<id>\d\d))?\b"
    rf"|\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?(?P<m>{_MONTH})\b\.?"
    rf"(?:,? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b)?(?:,? (?:of )?(?P<y>\d{{4}}))?"
    rf"|\bin (?P<year>(?:19|20)\d\d)\b"
    r"|\b(?P<day>today|yesterday)\b|\blast (?P<span>week|month|year)\b",
    re.IGNORECASE,
)
_MINE = re.compile(r"\b(i|i'm|i've|my|me|mine|we|our|us|ours)\b", re.IGNORECASE)
_YOURS = re.compile(r"\b(you|your|yours)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: from the one up to, not including, the other, in Unix seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Query:
    """A query with what it names: `bare` is its text without the names of speakers.

    `speakers` are the names of those whom it names. Where it names none, `role` is whose words it
    asks for: "user" for one that says "my", "assistant" for one that says "you".
    """

    text: str
    bare: str
    speakers: frozenset[str]
    role: str
    spans: tuple[Span, ...]


def read_query(text: str, known_speakers: Collection[str], now: float) -> Query:
    """Read a query: `known_speakers` are all names of people who speak, `now` is in Unix seconds.

    What lies behind the first 20,000 characters is left out.
    """
    text = text[:LONGEST]
    named, bare = _without_names(text, known_speakers)
    role = ""
    if not named:
        role = "assistant" if _YOURS.search(text) else "user" if _MINE.search(text) else ""
    return Query(text, bare, frozenset(named), role, tuple(_spans(text, now)))


def _without_names(text: str, known: Collection[str]) -> tuple[set[str], str]:
    """The speakers that are named by their whole name or one part of it, and the text without.

    A name counts with a capital letter, or in a text without any; one that is a common word, too,
    such as Will, only with a capital inside the text.
    """
    parts: dict[str, set[str]] = {}
    for name in known:
        for part in {name, *name.split()}:
            if len(part) > 1:
                parts.setdefault(part.casefold(), set()).add(name)
    present = [part for part in parts if part in text.casefold()]
    if not present:
        return set(), text
    named: set[str] = set()
    has_capitals = text != text.lower()

    def take(match: re.Match[str]) -> str:
        word = match[1]
        capital = word[:1] != word[:1].lower()
        inside = capital and match.start() > 0
        if not (inside if word.casefold() in COMMON else capital or not has_capitals):
            return match[0]
        named.update(parts[word.casefold()])
        return " "

    alternatives = "|".join(re.escape(part) for part in sorted(present, key=len, reverse=True))
    bare = re.sub(rf"\b({alternatives})(?:['\u2019]s)?\b", take, text, flags=re.IGNORECASE)
    return named, bare if bare.strip() else text


def _spans(text: str, now: float) -> Iterable[Span]:
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for match in _DATES.finditer(text[:2000]):
        try:
            span = _span(match, today)
        except (ValueError, OverflowError, OSError):
            continue
        if span is not None:
            yield Span(span[0].timestamp(), span[1].timestamp())


def _span(match: re.Match[str], today: datetime) -> tuple[datetime, datetime] | None:
    found = match.groupdict()
    if found["day"]:
        day = today - timedelta(days=found["day"].lower() == "yesterday")
        return day, day + timedelta(days=1)
    if found["span"]:
        days = {"week": 14, "month": 62, "year": 731}[found["span"].lower()]
        return today - timedelta(days=days), today + timedelta(days=1)
    if found["year"]:
        return datetime(int(found["year"]), 1, 1), datetime(int(found["year"]) + 1, 1, 1)
    if found["iy"]:
        return _of(int(found["iy"]), int(found["im"]), found["id"])
    month, year = _MONTHS[found["m"].lower()], found["y"]
    day_named = found["d1"] or found["d2"]
    if not year and not day_named and match[0] in ("may", "march", "mar"):
        return None
    if year:
        return _of(int(year), month, day_named)
    start, end = _of(today.year, month, day_named)
    return (start, end) if start <= today else _of(today.year - 1, month, day_named)


def _of(year: int, month: int, day: str | None) -> tuple[datetime, datetime]:
    if day:
        start = datetime(year, month, int(day))
        return start, start + timedelta(days=1)
    after = datetime(year + month // 12, month % 12 + 1, 1)
    return datetime(year, month, 1), after
