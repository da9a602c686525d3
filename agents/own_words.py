"""What of a message its author states in their own words: no quotes, pastes, files, questions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.attachments import Words, fold

LONGEST_TYPED = 600  # characters of a paragraph; what is longer was hardly typed about oneself

_QUOTED = re.compile(
    r"(`{3,}).*?(?:\1|\Z)|`[^`\n]*`|\"[^\"\n]*\"|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»|\u2039[^\u203a\n]*\u203a"
    r"|「[^」\n]*」|\u2018[^’\n]*’(?!\w)|(?<!\w)'[^'\n]+'(?!\w)|^[ \t]*>.*$",
    re.DOTALL | re.MULTILINE,
)
_TASK = re.compile(
    r"\b(?:translat\w+|summari[sz]\w+|rewrit\w+|rephras\w+|paraphras\w+|proofread\w*|correct\w*"
    r"|grammar|edit(?:ing)?|improve|classif\w+|analy[sz]e|explain|read|check|review|reply to"
    r"|respond to|continue|complete|what (?:does|do|is)|(?:the|this|following) (?:text|letter|"
    r"e?-?mail|essay|poem|story|sentence|passage|paragraph|article|message)|quote|example|lyrics"
    r"|e\.g|for instance)\b[^\n]*:\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE = re.compile(
    r"(?:(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|No|[A-Z])\.)|[^.!?…\n])+[.!?…]*"
)
_QUESTION = re.compile(
    r"(?:and |so |but |ok(?:ay)?,? |well,? |hey,? )*(?:(?:who|what|which|where|when|why|how|whose"
    r"|whom)\b(?!ever)|(?:am|is|are|was|were|do|does|did|have you|has|had|should|shall|may|might"
    r"|isn't|aren't|don't you|doesn't|didn't) (?:i|you|he|she|it|we|they|my|your|his|her|our|their"
    r"|the|this|that|there|a|an)\b|do you\b|did you\b)",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|suppose|supposing|imagine|imagining|pretend|assume|assuming|hypothetically|what if"
    r"|let's say|let us say|say i|would(?! (?:prefer|rather))|wish|wished|maybe|perhaps|used to"
    r"|(?:i|you|it|we|he|she|they|that|there|this) (?:may|might|could)"
    r"|in (?:the|my|a|this) (?:story|novel|book|game|film|movie|dream|poem|play|scene|role)"
    r"|(?:write|tell|make up|compose|invent|continue|draft|create) (?:\w+ ){1,4}(?:story|poem|song"
    r"|novel|scene|dialogue|letter|character|play|text|e-?mail|essay|joke)|role-?play|dreamt|"
    r"dreamed|say that|unless|whether)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:he|she|they|who|somebody|someone|everybody|people|[A-Z]\w+|(?:my|the|his|her|our|their) "
    r"\w+) (?:\w+ )?(?:said|says|told|tells|asked|asks|thinks|thought|believes|wrote|writes|claims|"
    r"claimed|heard|mentioned)\b"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that its author states of the world; `text` is as it was written.

    `follows_no` is set where it begins with a no, as a correction does.
    """

    text: str
    follows_no: bool = False


def without_quotes(text: str) -> str:
    """Give a message without attached files, code and what stands in quotation marks."""
    words = (part.text for part in fold(text.replace("\r\n", "\n")) if isinstance(part, Words))
    plain = _QUOTED.sub(" … ", "\n\n".join(words))
    return plain.replace("’", "'").replace("\u2018", "'")


def statements(text: str) -> list[Statement]:
    """Give what the author of a message states or asks for in their own words, in order.

    Left out are questions, suppositions, reports of what others said, long pastes and what a
    request such as "translate: …" is about.
    """
    return [one for one in sentences(text) if is_stated(one.text)]


def sentences(text: str) -> Iterator[Statement]:
    """Give the sentences of a message that are in its author's own words."""
    plain = without_quotes(text)
    task = _TASK.search(plain)
    if task is not None:
        plain = plain[: task.start("rest")]
    negated = False
    for paragraph in plain.splitlines():
        if len(paragraph) > LONGEST_TYPED:
            continue
        for found in _SENTENCE.findall(paragraph):
            sentence = found.strip()
            if re.fullmatch(r"(?:no|nope|nah|wrong|not quite)\W*", sentence, re.IGNORECASE):
                negated = True
                continue
            if sentence:
                yield Statement(sentence, negated)
            negated = False


def is_stated(sentence: str) -> bool:
    """Whether a sentence states something, rather than asks, supposes or reports it."""
    return not (
        sentence.rstrip(" )\"'").endswith("?")
        or _QUESTION.match(sentence)
        or _SUPPOSED.search(sentence)
        or _REPORTED.search(sentence)
    )
