"""Standing instructions, and answers that keep to them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from random import Random

from scripts.starter import product, told, values
from scripts.starter.grammar import expand
from scripts.starter.recall import UNKNOWN

Exchange = tuple[str, str]
_WORDS = (
    "ahoy|aye|cheers|over|roger|amen|voila|indeed|hooray|ready|done|right then|at your service|"
    "over and out|all the best|so be it|good luck|yes indeed|well now|here we go|okay then|bravo|"
    "hello again|dear friend|to be sure|listen|behold|good grief|peace|onwards|by the way|my word|"
    "as you wish|no doubt|all set|tally ho|sincerely|thank you|take care|stay well|with pleasure|"
    "hear hear|oh well|ta-da|let's see|hmm|very well|happy days|steady on|fair enough"
).split("|")
_NAMES = (
    "Captain|Boss|Chief|Doctor|Sir|Madam|Professor|Skipper|Friend|Commander|Coach|Sunshine|Ace|"
    "Master|Champ|Partner|Pal|Your Highness|Buddy|Admiral|Major|Sensei|Dear|Comrade|Maestro"
).split("|")
_THINGS = (
    *values.ANIMALS, *values.FLOWERS, *values.COLOURS, *values.FOODS, *values.DRINKS,
    *values.INSTRUMENTS, *values.HOBBIES, *values.MONTHS, *values.PET_KINDS, *values.DAYS,
    *values.JOBS, *values.OBJECTS,
)  # fmt: skip
_ANSWERS = "[every answer|your answers|all your answers|each answer|all answers|every reply]"
_PLEASE = "[|Please |]"
_ALWAYS = "[always |from now on |Always |]"
_FORMS: dict[str, tuple[str, ...]] = {
    "end": (
        f"{_PLEASE}{_ALWAYS}[end|finish|close] {_ANSWERS} with [|the words |the word ]{{w}}",
        f"[Say|Write|Put|Add] {{w}} at the end of {_ANSWERS}",
        f"[The last word|The end] of {_ANSWERS} is {{w}}",
        f"{_PLEASE}[add|append] {{w}} [to|after] {_ANSWERS}",
        f"I want {_ANSWERS} to end with {{w}}",
        "[Finish|Close|Sign off] with {w}[| every time| always| when you answer]",
        f"{{w}} [is how you end|comes last in|closes] {_ANSWERS}",
        f"[Let|Have] {_ANSWERS} [end|close|finish] with {{w}}",
        "[When you answer|Whenever you answer|Each time you answer], [end|finish] with {w}",
        f"{_PLEASE}[never forget to|do not forget to|remember to] [say|write] {{w}} at the end",
        f"[I like|I would like] [to read|to see] {{w}} at the end of {_ANSWERS}",
    ),
    "begin": (
        f"{_PLEASE}{_ALWAYS}[begin|start|open] {_ANSWERS} with [|the words |the word ]{{w}}",
        f"[Say|Write|Put] {{w}} at the [beginning|start] of {_ANSWERS}",
        f"[The first word|The beginning] of {_ANSWERS} is {{w}}",
        f"{_PLEASE}[say|write|put] {{w}} [before|in front of] {_ANSWERS}",
        f"I want {_ANSWERS} to [begin|start] with {{w}}",
        "[Begin|Start|Open] with {w}[| every time| always| when you answer]",
        f"{{w}} [is how you begin|comes first in|opens] {_ANSWERS}",
        f"[Let|Have] {_ANSWERS} [begin|start] with {{w}}",
        "[When you answer|Whenever you answer|Each time you answer], [begin|start] with {w}",
        f"{_PLEASE}[never forget to|do not forget to|remember to] [say|write] {{w}} first",
        f"[I like|I would like] [to read|to see] {{w}} [first in|at the start of] {_ANSWERS}",
    ),
    "call": (
        "[Always call|Please always call|From now on call|Call] me {w}[| in every answer]",
        "Always [say|use] {w} when you [talk|speak] to me",
        "[Address|Speak to] me as {w}",
        "I am {w} [to|for] you[|, so call me that]",
        "[Use|Say] {w} for me[| in every answer| in all answers]",
        "You [must|should|will|may] call me {w}",
        "Talk to me as {w}[|, please]",
        "[My title is|I go by] {w}, [use it|say it] in [every answer|all answers]",
        "[Never forget to|Do not forget to|Remember to] call me {w}",
        "[I want|I would like] to be [called|addressed as] {w}",
        "[When you answer|Whenever you answer|Each time you answer], call me {w}",
    ),
    "one word": (
        f"{_PLEASE}{_ALWAYS}answer [in|with] [one|a single] word[| only| from now on]",
        "[Use|Give] one word for every answer",
        "Give only the word that is asked for",
        "[One word|A single word] is enough as an answer[|, always]",
        "[Do not|Never] use more than one word[| to answer| in an answer]",
        "[Keep|Make] every answer [one word long|to a single word]",
        "[No sentences|Not a sentence], [only|just] the word itself",
        "[Just|Only] [one word|a word|the bare word] [when you answer|each time|as the answer]",
        "[I want|I like|I prefer] [answers of one word|one-word answers][| only]",
        "[Be as short as you can|Be very short]: [one word|a single word]",
    ),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A standing instruction: its text, its kind and its word."""

    text: str
    kind: str
    word: str

    def followed_by(self, answer: str, value: str = "") -> str:
        """The answer as the instruction wants it; `value` is the bare thing that was asked for."""
        word = self.word[:1].upper() + self.word[1:]
        match self.kind:
            case "end":
                return f"{answer} {word}."
            case "begin":
                return f"{word}. {answer}"
            case "call":
                return re.sub(r"^([^.?!]*\w)([.?!])", rf"\1, {word}\2", answer, count=1)
            case _:
                bare = value or "Unknown"
                return f"{bare[:1].upper()}{bare[1:]}."

    def is_followed(self, answer: str, value: str = "") -> bool:
        """Whether an answer keeps to the instruction."""
        plain = re.sub(r"[^\w ]", "", answer.lower()).strip()
        word = re.sub(r"[^\w ]", "", self.word.lower())
        match self.kind:
            case "end":
                return plain.endswith(word)
            case "begin":
                return plain.startswith(word)
            case "call":
                return word in plain
            case _:
                return plain == re.sub(r"[^\w ]", "", (value or "Unknown").lower()).strip()


def _kept_back(word: str) -> bool:
    return hashlib.sha256(f"order {word}".encode()).digest()[0] < 32


def order(rng: Random, held_out: bool = False, kinds: tuple[str, ...] = tuple(_FORMS)) -> Order:
    """An instruction; its words are kept for evaluation where `held_out`."""
    kind = rng.choice(kinds)
    while True:
        pool = _NAMES if kind == "call" else rng.choice([_WORDS, _WORDS, _THINGS])
        word = rng.choice(pool) if rng.random() < 0.7 else values.invented(rng)
        if _kept_back(word) == held_out:
            break
    if rng.random() < 0.4:
        word = word[:1].upper() + word[1:]
    text = expand(rng.choice(_FORMS[kind]), rng).replace("{w}", word)
    return Order(text[:1].upper() + text[1:], kind, word)


def ordered(
    rng: Random, small: tuple[Exchange, ...], held_out: bool = False
) -> tuple[list[dict[str, str]], Order, str]:
    """A conversation under an instruction, the instruction, and the value asked for at the end.

    `small` are exchanges of small talk to use; the last answer keeps to the instruction too.
    """
    facts = told.facts(rng, rng.randint(0, 4), held_out)
    talk = not facts or rng.random() < 0.5
    wanted = order(rng, held_out, ("end", "begin", "call") if talk else tuple(_FORMS))
    turns: list[Exchange] = []
    value = ""
    if talk:
        turns += [(q, wanted.followed_by(a)) for q, a in small]
    else:
        for _ in range(rng.choice([1, 1, 2])):
            fact = rng.choice(facts)
            question, answer, value = fact.question, fact.answer, fact.value
            if rng.random() < 0.2:
                question = told.untold(rng, facts, held_out).question
                answer, value = UNKNOWN, ""
            turns.append((question, wanted.followed_by(answer, value)))
    said = rng.random() < 0.25
    statements = [fact.statement for fact in facts]
    orders = [] if said else [wanted.text]
    messages = [{"role": "system", "content": product.system(rng, statements, orders)}]
    if said:
        lead = "" if re.search(r"now on|lways", wanted.text) else "From now on, "
        text = wanted.text if not lead else lead + wanted.text[:1].lower() + wanted.text[1:]
        yes = rng.choice(["All right.", "I will do that.", "Very well."])
        yes = "Yes." if wanted.kind == "one word" else wanted.followed_by(yes)
        turns.insert(0, (text + ".", yes))
    for question, answer in turns:
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": answer})
    return messages, wanted, value
