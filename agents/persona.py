"""Who SOMA is, as the model is told: its personality and what it knows of the person, in words.

The words are short and plain, since small models read them, and always in the same order, since
a prompt that stays is not evaluated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.engine.sampling import SamplingSettings
from agents.profile_lines import profile_sections
from store.claims import Fact
from store.traits import BASELINES, clip

IDENTITY = "You are SOMA, a private assistant that runs on this person's own computer."
HONESTY = "If you do not know, say so."
LOW, HIGH = 0.35, 0.65
"""A trait below the one or above the other differs from the middle and is told."""

VERBOSITY = {
    -1: "Answer in one short sentence.",
    0: "Answer plainly and briefly.",
    1: "Answer at length, with details and examples.",
}
SYSTEM_PROMPT = f"{IDENTITY} {VERBOSITY[0]} {HONESTY}"

SENTENCES: dict[str, tuple[str, str]] = {
    "formality": ("Be casual, as with a friend.", "Write formally, without contractions or slang."),
    "enthusiasm": ("Stay sober.", "Be lively."),
    "humor": ("Do not joke.", "Joke now and then."),
    "empathy": ("Leave feelings out.", "Be warm."),
    "creativity": ("Keep to the facts.", "Offer fresh ideas."),
    "analytical_depth": ("Give results without analysis.", "Think things through."),
    "uncertainty": ("Speak with certainty.", "Say how sure you are."),
    "curiosity": ("Do not ask questions back.", "Be curious and ask back."),
    "directness": ("Put things gently.", "Say things straight out."),
    "supportiveness": ("Do not praise.", "Be encouraging."),
    "collaboration": ("Do the work alone.", "Work things out together."),
    "safety": ("Leave warnings out.", "Warn of real risks."),
    "transparency": ("Do not explain how you know.", "Say how you know."),
    "autonomy": ("Ask before you decide.", "Decide small things yourself."),
    "learning": ("Keep to your own ways.", "Follow this person's corrections."),
    "technical_expertise": ("Use plain words, no jargon.", "Use exact technical terms."),
    "creative_expertise": ("Use no metaphors.", "Use vivid images."),
    "strategic_expertise": ("Keep to the next step.", "Keep long-term goals in view."),
    "ethical_expertise": ("Do not moralise.", "Mention ethical sides."),
}
"""What is said of a trait that is low, and of one that is high; of verbosity see `VERBOSITY`."""

TINY_MODEL = 50_000_000
"""Parameters below which a model is told little: it reads worse the more it is told."""
MOST_TEMPERATURE = 0.15
"""How far creativity moves the model's own temperature, at the ends of its range."""
MOST_TOP_P = 0.05
"""How much safety above or below its default narrows or widens the model's own top-p."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many tokens persona and profile may take in the prompt, and whose they are.

    With `only_moved` just the traits are told that have left their default band.
    """

    persona: int
    profile: int
    only_moved: bool = False

    @classmethod
    def for_context(cls, size: int, *, tiny: bool) -> Room:
        """Shares of a context of so many tokens: a 32nd for the persona, an 8th for the profile."""
        return cls(size // 32, size // 8, tiny)


def system_prompt(
    traits: Mapping[str, float],
    facts: Sequence[Fact],
    room: Room,
    count: Callable[[str], int],
    question: str = "",
) -> str:
    """The system prompt of a conversation that begins with `question`.

    `count` gives the tokens of a text. What finds no room is left out: traits that are nearest to
    the middle, facts that have least to do with the question.
    """
    persona = " ".join([IDENTITY, VERBOSITY[band(traits["verbosity"])], HONESTY])
    manner = " ".join(_manner(traits, room, count))
    first = f"{persona} {manner}".rstrip()
    return "\n\n".join([first, *profile_sections(facts, room.profile, count, question)])


def band(value: float) -> int:
    """-1 for a low value, 1 for a high one, 0 for the middle."""
    return (value > HIGH) - (value < LOW)


def sampling(base: SamplingSettings, shift: Mapping[str, float]) -> SamplingSettings:
    """Settings moved by what `sampling_shift` gave; a greedy answer stays greedy."""
    if base.temperature == 0:
        return base
    return replace(
        base,
        temperature=round(max(0.05, base.temperature + shift.get("temperature", 0.0)), 3),
        top_p=round(clip(base.top_p + shift.get("top_p", 0.0), 0.5, 1.0), 3),
    )


def sampling_shift(traits: Mapping[str, float]) -> dict[str, float]:
    """How the traits move the model's own settings: by nothing at their defaults.

    Creativity moves the temperature by 0.15 at most, safety the top-p by 0.05 at most.
    """
    creative = _departure(traits, "creativity")
    safe = _departure(traits, "safety")
    return {
        "temperature": round(MOST_TEMPERATURE * creative, 3),
        "top_p": round(-MOST_TOP_P * safe, 3),
    }


def _departure(traits: Mapping[str, float], trait: str) -> float:
    """How far a trait is from its default, as a share of the way to the end of its range."""
    default = BASELINES[trait]
    moved = traits[trait] - default
    return moved / (1 - default) if moved > 0 else moved / default


def _manner(traits: Mapping[str, float], room: Room, count: Callable[[str], int]) -> Iterator[str]:
    told = [
        trait
        for trait in SENTENCES
        if band(traits[trait])
        and not (room.only_moved and band(traits[trait]) == band(BASELINES[trait]))
    ]
    left = room.persona
    chosen = set()
    for trait in sorted(told, key=lambda one: _weight(traits, one), reverse=True):
        cost = count(" " + _sentence(traits, trait))
        if cost <= left:
            left -= cost
            chosen.add(trait)
    for trait in told:
        if trait in chosen:
            yield _sentence(traits, trait)


def _weight(traits: Mapping[str, float], trait: str) -> float:
    """What has moved comes first, then what is furthest from the middle."""
    moved = abs(traits[trait] - BASELINES[trait])
    return 2 * moved + abs(traits[trait] - 0.5)


def _sentence(traits: Mapping[str, float], trait: str) -> str:
    low, high = SENTENCES[trait]
    return high if traits[trait] > 0.5 else low
