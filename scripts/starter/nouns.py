"""Nouns for what a person can tell, so many that only reading the prompt tells them apart."""

from __future__ import annotations

from random import Random

from scripts.starter import values

_NAMED = (
    "theatre|choir|club|gym|library|newspaper|radio station|bakery|garden|farm|island|lake|river|"
    "mountain|valley|hotel|restaurant|pub|tavern|market|shop|phone brand|bicycle brand|printer|"
    "computer|tablet|network|mailbox|account|course|class|workshop|exam topic|thesis|poem|song|"
    "album|band name|stage name|pen name|character|wizard|planet|star|robot|drone|kayak|canoe|"
    "yacht|caravan|tractor|motorbike|truck|plant|tree|apple sort|rose sort|cheese sort|tea sort|"
    "soap|perfume|recipe|dish|cocktail|landlord|plumber|guide|tutor|trainer|hairdresser|supervisor|"
    "secretary|lawyer|banker|agent|publisher|church|museum|gallery|festival|holiday place|hamlet|"
    "district|square|bridge|tower|castle|ward|clinic|chemist|tennis partner|roommate|pen friend"
).split("|")
_COUNTED = (
    "shoe size|bus line|tram line|shelf number|ticket number|floor|parking space|customer number|"
    "order number|pin|extension|desk number|seat|table number|gate|platform|jersey number|weight|"
    "height|record|score|budget|rent|meter reading|box number|cabin|lane|row|page|chapter|draft"
).split("|")
_KINDS = (
    "gate colour|door colour|kitchen colour|hair colour|eye colour|team colour|coat colour|"
    "bedroom colour|curtain colour"
).split("|")
_DAYS = (
    "laundry day|choir day|market day|cleaning day|lesson day|delivery day|swimming day|visit day"
).split("|")
_WITH = (
    "old|new|first|second|last|next|other|main|spare|own|former|secret|winter|summer|work|home"
).split("|")


def _made(rng: Random, count: int) -> list[str]:
    return sorted({values.invented(rng).lower() for _ in range(count)})


_RNG = Random(5)
NAMED = "|".join(
    [*_NAMED, *_made(_RNG, 120), *(f"{_RNG.choice(_WITH)} {noun}" for noun in [*_NAMED, *_NAMED])]
)
"""What bears a name of its own, from "choir" to "second choir" to words that nobody has heard."""
COUNTED = "|".join(
    [*_COUNTED, *_made(_RNG, 25), *(f"{_RNG.choice(_WITH)} {noun}" for noun in _COUNTED)]
)
"""What is a number."""
COLOURED = "|".join(_KINDS)
"""What has a colour."""
WEEKLY = "|".join(_DAYS)
"""What is a day of the week."""
