"""What can be counted of a text's style: its length, and the marks of a manner of speaking.

The lists are English; a text in another language has few marks and is compared by length alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?…\n]*[^\W_][^.!?…\n]*[.!?…]*")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]|(?<!\\w)[:;]-?[)DP(](?!\\w)")


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(words) + r")(?!\w)", re.IGNORECASE)


INFORMAL = _any(
    r"\w+n['’]t", r"\w+['’](?:s|re|ve|ll|d|m)", "gonna", "wanna", "gotta", "kinda", "sorta",
    "yeah", "yep", "nope", "ok", "okay", "hey", "hi", "cool", "awesome", "guys?", "stuff", "lol",
    "haha+", "omg", "btw", "pls", "plz", "thx", "u", "ur", "r", "cuz", "cos", "dude", "buddy",
    "no worries", "sure thing", "super", "a bunch of", "kind of", "sort of", "dunno", "lemme",
)  # fmt: skip
FORMAL = _any(
    "please", "kindly", "therefore", "however", "furthermore", "moreover", "regarding", "would",
    "could", "may", "shall", "sincerely", "dear", "sir", "madam", "thus", "hence", "consequently",
    "nevertheless", "additionally", "accordingly", "one may", "it is", "do not", "cannot", "is not",
    "i am", "i would", "we are", "you are", "thank you", "appreciate", "request", "ensure", "upon",
    "provide", "assist", "require", "obtain",
)  # fmt: skip
MARKS: dict[str, re.Pattern[str]] = {
    "uncertainty": _any(
        "maybe", "perhaps", "possibly", "probably", "i think", "i guess", "it seems", "might",
        "not sure", "likely", "apparently", "as far as i know", "i believe", "could be",
    ),
    "humor": _any("haha+", "lol", "joke", "just kidding", "pun intended", "funny"),
    "empathy": _any(
        "sorry to hear", "i understand", "that must", "that sounds", "i can imagine", "i'm sorry",
        "i am sorry", "take your time", "how are you feeling",
    ),
    "supportiveness": _any(
        "well done", "great job", "good job", "you can do", "keep going", "proud of", "great idea",
        "good question", "great question", "nice work", "don't worry", "you've got this",
    ),
    "safety": _any(
        "be careful", "warning", "caution", "consult", "see a doctor", "professional advice",
        "at your own risk", "seek medical", "danger(?:ous)?", "risks?",
    ),
    "transparency": _any(
        "according to", "sources?", "because", "based on", "see also", r"p\. ?\d+", r"\[\d+\]",
    ),
    "creative_expertise": _any("as if", "like an?", "metaphor", "whisper(?:s|ed|ing)?"),
    "technical_expertise": _any(
        "api", "function", "server", "algorithm", "compile[rd]?", "parameters?", "kernel", "cache",
        "database", "protocol", "threads?", "latency", "python", "json", "http", "regex",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """Counts of one text. `formality` is in [0, 1]: formal marks among all marks, 0.5 for none."""

    words: int
    sentences: int
    questions: int
    exclamations: int
    emojis: int
    formal: int
    informal: int
    code: bool
    marks: dict[str, int]

    @property
    def formality(self) -> float:
        """How formal the text is by its marks, drawn towards the middle where they are few."""
        return (self.formal + 1) / (self.formal + self.informal + 2)


def style_of(text: str) -> Style:
    """Measure a text; code counts as code and not as words."""
    prose = _CODE.sub(" ", text)
    sentences = [s for s in (found.strip() for found in _SENTENCE.findall(prose)) if s]
    return Style(
        words=len(_WORD.findall(prose)),
        sentences=len(sentences),
        questions=sum(sentence.endswith("?") for sentence in sentences),
        exclamations=prose.count("!"),
        emojis=len(_EMOJI.findall(prose)),
        formal=len(FORMAL.findall(prose)),
        informal=len(INFORMAL.findall(prose)),
        code=prose != text,
        marks={trait: len(pattern.findall(prose)) for trait, pattern in MARKS.items()},
    )
