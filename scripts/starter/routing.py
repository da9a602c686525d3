"""Messages for one of three specialists, and the question which of them should answer."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from scripts.starter import values
from scripts.starter.grammar import is_held_out, wording

QUESTION = (
    "Who should answer the message below? personal: about this person, their life and plans, or "
    "just to talk. coder: programs, code and errors. researcher: facts, documents and sources. "
    "Answer with one word."
)
SPECIALISTS = ("personal", "coder", "researcher")
_LANGUAGE = "[python|javascript|rust|java|c|c++|bash|sql|go|typescript|html|css|ruby]"
_CODE = [
    f"[write|give me|show me|make|i need] a[| small| short] {_LANGUAGE} [function|program|script|"
    "class|query|test] [that|to|which can] [sort a list|read a file|reverse a string|parse json|"
    "count words|remove duplicates|download a page|compute primes|copy files|send a request|"
    "rename files|find the largest number|connect to a database|merge two lists|print a table]",
    "[why|how come] does my [code|program|loop|script|function|query|test|build] [fail|crash|raise "
    "an error|raise a TypeError|raise an IndexError|never end|print nothing|return None|not work|"
    "run so slowly]?",
    f"[can you|please|could you] [fix|debug|review|refactor|explain|improve|test] [this|my] "
    f"{_LANGUAGE} [code|script|function|program|class|query]",
    f"[what is|explain] a [pointer|closure|generator|decorator|regex|stack overflow|deadlock|"
    f"class|recursion|git rebase|compiler error|race condition] in {_LANGUAGE}",
    "how do i [install a package|use git|write a unit test|open a file|catch an exception|undo a "
    f"commit|make an array|call an api|compile this|sort a dictionary] [in|with] {_LANGUAGE}?",
    "[i get|there is] [a segmentation fault|a syntax error|an import error|a KeyError|a stack trace"
    "|error 404|a merge conflict] [in|when i run] [my script|the tests|this program|main.py]",
    "[convert|translate|port] this [function|code|script] [to|into] " + _LANGUAGE,
]
_THING = (
    "[the roman empire|photosynthesis|climate change|black holes|vitamin d|the french revolution|"
    "inflation|vaccines|bees|coffee|the moon|nuclear power|the printing press|dna|glaciers|soil "
    "erosion|sleep|volcanoes|trade in the middle ages|electric cars|memory in old age|tea]"
)
_RESEARCH = [
    f"[what does|what do] the [attached |]{{doc}} say about {_THING}?",
    f"[summarise|summarize|compare|check] the [evidence|sources|papers|studies|facts|arguments] "
    f"[on|about|for and against] {_THING}",
    f"[when|why|how|where] did {_THING} [begin|end|change|start|spread]?",
    f"[who|which scientist] [discovered|first described|studied|wrote about] {_THING}?",
    f"[find|give me|list] [sources|papers|facts|data|numbers|references] [on|about] {_THING}",
    f"[explain|describe] {_THING}[| in detail| with sources]",
    f"how [many|much|old|large|important] [is|are] {_THING}?",
    "what is the [capital|population|history|currency|climate] of [france|kenya|peru|japan|"
    "portugal|iran|norway|india|chile]?",
    "[summarise|read|quote from] the [attached |]{doc}",
    f"what [are the causes|is the history|are the effects|is known] of {_THING}?",
]
_PERSONAL = [
    "[i feel|i am feeling|i'm] [sad|happy|lonely|tired|nervous|great|awful|stressed|proud] "
    "[today|this week|about my job|about my exam|because of my brother]",
    "[i had|we had] a [quarrel|fight|lovely dinner|long talk|good time] with my [sister|mother|boss"
    "|friend|husband|wife|neighbour]",
    "what did i [tell|say to] you about my [plans|holiday|job|family|dog|birthday|garden|health]?",
    "[what|which] [do you know|have i told you] about me?",
    "[remind me|help me] [of my plans|what i wanted to do|to decide about my holiday|to plan my "
    "weekend|to cheer up]",
    "should i [call my mother|move to another town|change my job|get a cat|say sorry to her]?",
    "[good morning|good evening|hello|hi][, how are you|, how was your day|, nice to see you|]",
    "[tell me a joke|let's talk|i am bored|i can't sleep|thank you so much|good night]",
    "what [shall|should] i [cook|wear|do] [tonight|today|for my birthday|on sunday]?",
]
_FILES = "[paper|report|document|article|pdf|book|study]"

Exchange = Callable[[Random], str]


def message(rng: Random, personal: Exchange, held_out: bool = False) -> tuple[str, str]:
    """A message and the specialist for it; `personal` makes some of the personal ones."""
    label = rng.choice(SPECIALISTS)
    if label == "personal" and rng.random() < 0.6:
        for _ in range(40):
            text = personal(rng)
            if is_held_out(f"route {text}") == held_out:
                break
    else:
        patterns = {"coder": _CODE, "researcher": _RESEARCH, "personal": _PERSONAL}[label]
        text = wording([one.replace("{doc}", _FILES) for one in patterns], rng, held_out)
    if rng.random() < 0.1:
        text = f"{rng.choice(['Hello', 'Hi', 'Hey SOMA', 'Please help'])}, {text}"
    if rng.random() < 0.1:
        text += f" {rng.choice(['It is for', 'I ask for'])} {values.first_name(rng)}."
    return text, label


def asked(text: str) -> str:
    """The question to the model which specialist should answer a message."""
    return f"{QUESTION}\n\nMessage:\n<message>\n{text}\n</message>"
