"""What people want of every answer: standing instructions and preferences; and what they like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.profile_rules.phrases import END, I_AM, VALUE, VERY, Said, listed, rule, whole_list
from agents.profile_rules.words import ASKED_OF_SOMA, CURRENCY, FORMAT, LANGUAGE, UNIT, VAGUE
from store.claims import Claim

LASTING = rule(
    r"\b(?:from now on|(?:in|for) (?:the )?future|from here on|going forward|from today(?: on)?)"
    r"\b,?"
)
_ALWAYS = rule(
    "^(?:(?:please|and|but|also|so|ok(?:ay)?|hey|soma|remember to|make sure (?:to|you|that you)"
    "|i(?:'d like| want| need| would like) you to|you (?:should|must|have to)"
    "|(?:can|could|would) you(?: please)?|try to|be sure to)[ ,]+)*"
    rf"(?:always|never|don't ever|do not ever|don't you ever)(?: ever)? (?!remember (?:that|how))"
    rf"{ASKED_OF_SOMA}\b"
)
_EACH_TIME = rule(
    "^(?:(?:please|and|also|so|ok(?:ay)?)[ ,]+)*(?:whenever|every time|each time|any time|if ever)"
    r" (?:i|you|we|there|a|the|my)\b[^,]*, (?P<order>.+)"
)
_IMPERATIVE = rule(
    "^(?:(?:please|and|also|so|just|always|never|do|remember to|try to|you (?:should|must|can))"
    rf"[ ,]+)*(?:(?:don't|do not)(?: ever)? )?{ASKED_OF_SOMA}\b"
)


def instruction(sentence: str) -> str:
    """Give the standing instruction that a sentence is by its form, "" for any other."""
    plain = " ".join(sentence.split())
    each = _EACH_TIME.match(plain)
    if _ALWAYS.match(plain) or (each and _is_order(each["order"])):
        return as_instruction(plain)
    return ""


def is_lasting_order(sentence: str) -> bool:
    """Whether a sentence asks for something from now on."""
    return bool(LASTING.search(sentence)) and _is_order(LASTING.sub("", sentence))


def as_instruction(sentence: str) -> str:
    """Give the sentence as an instruction is kept, without what leads up to it."""
    return re.sub(r"^(?:and|but|also|so|ok(?:ay)?)[ ,]+", "", sentence.strip(" ,.!"), flags=re.I)


def _is_order(text: str) -> bool:
    return bool(_IMPERATIVE.match(text.strip(" ,.!")))


_ASKING = rule(
    "^(?:(?:please|and|also|so|ok(?:ay)?|hey|soma|but)[ ,]+)*"
    "(?:i(?:'d| would)? (?:prefer|like|want)|(?:can|could|would) you(?: please)?|(?:use|give|answer"
    r"|reply|respond|write|speak|talk|show|stick|put|list|say|keep|don't|do not|no|avoid|let))\b"
)
_MANNERS = {
    "units": rule(
        r"\b(?:in|use|using|with|to|prefer|want|like|need)(?: the)? "
        rf"(?P<v>{UNIT}(?:(?:, | and |/){UNIT})*)(?: units?| system| measurements?)?{END}"
    ),
    "spelling": rule(r"\b(?P<v>british|american|uk|us|canadian|australian) (?:spelling|english)\b"),
    "answer language": rule(
        rf"\b(?:answer|reply|respond|write|speak|talk)(?: (?:to )?(?:me|us))? in (?P<v>{LANGUAGE})"
        rf"\b"
    ),
    "currency": rule(
        rf"\b(?:prices?|amounts?|money|costs?|everything|sums) in (?P<v>{CURRENCY})\b"
    ),
}
_FORMAT = rule(
    r"\b(?P<no>(?:no|don't use|do not use|avoid|without|don't like|do not want|don't want) "
    rf"(?:any )?)?(?P<v>{FORMAT})\b"
)


def wishes(said: Said) -> Iterator[Claim]:
    """Find preferences on how answers are given: units, spelling, language, money, format."""
    text = LASTING.sub("", said.text).strip(" ,")
    if not _ASKING.match(text):
        return
    for attribute, manner in _MANNERS.items():
        if found := manner.search(text):
            value = found["v"]
            if attribute in ("spelling", "answer language") or "celsius" in value.lower():
                value = value[:1].upper() + value[1:]
            yield Claim("preference", attribute, value, confidence=0.9)
            return
    if found := _FORMAT.search(text):
        yield Claim("preference", "format", ("no " if found["no"] else "") + found["v"].lower())


_FAN = "(?:big |huge |great |real )?fan of"
_DISLIKE = rule(
    rf"(?<!\w)I(?:{VERY} (?:(?:don't|do not|didn't|never)(?: really| much| particularly)? (?:like"
    "|enjoy|love|care for)|hate|detest|loathe|dislike|can't stand|cannot stand|can't bear)"
    rf"|(?:'m| am) not (?:an? {_FAN}|(?:very |too |so )?(?:fond of|keen on|into))) {VALUE}"
)
_LIKE = rule(
    rf"(?:(?<!\w)I{VERY} (?:like|love|enjoy|adore)|{I_AM}{VERY} (?:an? )?(?:{_FAN}|fond of|keen on"
    rf"|into|crazy about|passionate about)) {VALUE}"
)
_FAVOURITE = rule(
    r"(?<!\w)my favou?rite (?P<n>[a-z]+(?: [a-z]+){0,2}?)(?: is|'s|:)"
    rf"(?: (?:probably|definitely|actually|currently|still))? (?:(?-i:the) )?{VALUE}"
)
_IS_FAVOURITE = rule(rf"^(?P<v>[^,;:!?()]+?) is my favou?rite (?P<n>[a-z]+(?: [a-z]+)?){END}")
_NO_TASTE = rule(r"\b(?:part|thing|type|kind|one|too|letter|bit|sort)\b")
_PART_OF_MORE = rule(r"\b(?:what|why|how|where|when|that|which|than|as)\s*$")


def tastes(said: Said) -> Iterator[Claim]:
    """Find what somebody likes, dislikes, or likes best."""
    favourite = _FAVOURITE.search(said.text) or _IS_FAVOURITE.search(said.text)
    if favourite:
        noun = favourite["n"].lower().replace("color", "colour")
        if not _NO_TASTE.search(noun):
            yield Claim("preference", f"favourite {noun}", favourite["v"].strip())
        return
    found = _DISLIKE.search(said.text)
    attribute = "dislikes" if found else "likes"
    found = found or _LIKE.search(said.text)
    if found is None or _PART_OF_MORE.search(said.text[: found.start()]):
        return
    for value in listed(whole_list(found, said.text)):
        if is_thing(value):
            yield Claim("preference", attribute, value, many=True)


_SPOKEN_OF = frozenset("question answer that it this them one ones so idea".split())
_NOT_LIKED_TO = frozenset("know be see have think ask say thank hear go do add".split())
_BETWEEN = frozenset("or about for in on at of with".split())


def is_thing(value: str) -> bool:
    """Whether a value is something that can be liked, rather than what was just spoken of."""
    words = value.casefold().split()
    if not words or len(words) > 10 or words[-1] in _SPOKEN_OF:
        return False
    if words[0] == "to":
        return len(words) > 2 and words[1] not in _NOT_LIKED_TO
    if words[0] == "the":
        return len(words) > 2 or value[4:5].isupper()
    if words[0] in ("a", "an", "my", "all", "both"):
        return len(words) > 1
    return words[0] not in VAGUE | _BETWEEN
