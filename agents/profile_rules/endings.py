"""What holds no longer: "I don't live in Bremen any more"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.profile_rules.phrases import I_AM, Said, rule
from agents.profile_rules.words import DIET
from store.claims import Claim

_ENDED = r"(?P<v>[^,;:!?()]+?)(?P<e>\s+(?:any ?more|any longer))?(?=\s*[.,!;]|$)"
_VERBS = {
    "live in": "home town",
    "work (?:at|for)": "employer",
    "work as(?: an?)?": "job",
    "(?:like|love|enjoy)": "likes",
    "(?:hate|dislike)": "dislikes",
    "play(?: the)?": "plays",
    "study": "studies",
    "(?:drive|own)(?: an?)?": "vehicle",
    "speak": "speaks",
}
_NO_LONGER = tuple(
    (rule(rf"(?<!\w)I (?:no longer|don't|do not) {verb} {_ENDED}"), attribute)
    for verb, attribute in _VERBS.items()
)
_NOT_ANY_MORE = rule(rf"{I_AM} (?:not|no longer)(?: an?| allergic to)? {_ENDED}")


def endings(said: Said) -> Iterator[Claim]:
    """Find claims that take something back."""
    for pattern, attribute in _NO_LONGER:
        found = pattern.search(said.text)
        if found and _has_ended(found):
            yield Claim("fact", attribute, found["v"].strip(), retract=True)
    found = _NOT_ANY_MORE.search(said.text)
    if found and _has_ended(found):
        value = found["v"].strip()
        attribute = "allergy" if "allergic" in found[0] else "job"
        if re.fullmatch(DIET, value, re.IGNORECASE):
            attribute = "diet"
        yield Claim("fact", attribute, value, retract=True)


def _has_ended(found: re.Match[str]) -> bool:
    return bool(found["e"]) or "no longer" in found[0].casefold()
