"""From what a person said is good to a set of examples: filtered, without repetitions, split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from store.database import Database
from store.forgetting import Forgetting
from store.library import Library
from store.profiles import Profiles
from store.sealed import Seal, Sealed
from store.vetoes import Veto, Vetoes
from training.example import KINDS, SPLITS, Example, Split
from training.filters import Filter, IsForgotten, Measure, Reason, Rejected, fitted
from training.likeness import Sketches, plain, sketch
from training.seeds import Seeds, gather

LONGEST = 2048
"""Tokens that an example may have, where nothing else is said: the starter's context."""
_ENOUGH = 60  # characters from which an exchange is compared without what came before it
_ORDER: dict[Split, int] = {"sealed": 0, "dev": 1, "train": 2}


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """What is learned from and measured by, in a fixed order, and what was rejected."""

    examples: tuple[Example, ...]
    rejected: tuple[Rejected, ...]

    def of(self, split: Split) -> tuple[Example, ...]:
        """Give the examples of a split."""
        return tuple(example for example in self.examples if example.split == split)


def collect(
    database: Database, measure: Measure, longest: int = LONGEST, specialist: str | None = None
) -> ExampleSet:
    """Make the set of a database's examples, of one specialist or of all; nothing is written.

    The same data gives the same set. `measure` gives an example's tokens, of which it may have
    `longest`. Call `seal` before anything is trained on the set.
    """
    forgetting = Forgetting(database, Profiles(database), Library(database))
    return compose(
        gather(database), Sealed(database).all(), forgetting.is_forgotten, measure, longest,
        specialist, Vetoes(database).all(),
    )  # fmt: skip


def seal(database: Database, examples: ExampleSet) -> None:
    """Keep for good what is sealed in a set. Raises StoreError where it cannot be stored."""
    Sealed(database).keep(_seal(example) for example in examples.of("sealed"))


def compose(
    seeds: Seeds,
    seals: Sequence[Seal],
    is_forgotten: IsForgotten,
    measure: Measure,
    longest: int = LONGEST,
    specialist: str | None = None,
    vetoes: Sequence[Veto] = (),
) -> ExampleSet:
    """Filter seeds, and split them so that nothing that was or is sealed is trained on.

    Repetitions are looked for among all specialists' examples, since their sealed ones are
    measured by, too.
    """
    rejected = list(seeds.rejected)
    sound: list[Example] = []
    refused: list[Example] = []
    was_sealed, words, refusal = _Sealing(seals), Filter(is_forgotten), _Refusal(vetoes)
    for seed in seeds.found:
        if refusal.holds_for(seed):
            refused.append(seed)
            rejected.append(_rejected(seed, "refused by you"))
            continue
        reason = words.fault(seed)
        example = None if reason else fitted(seed, measure, longest)
        if example is None:
            rejected.append(_rejected(seed, reason or "too long"))
        else:
            sound.append(was_sealed.placed(example))
    closed = {example.group for example in sound if example.split == "sealed"} | was_sealed.groups
    kept: list[Example] = []
    sieve = _Sieve(seals, closed)
    for example in refused:
        # So that what is nearly the same does not come in its place.
        sieve.note(example)
    # Sorted stably: within a split and a kind the order of the seeds stays.
    for example in sorted(sound, key=lambda e: (_ORDER[e.split], KINDS.index(e.kind))):
        found = sieve.fault(example)
        if found:
            rejected.append(_rejected(example, found))
        else:
            kept.append(example)
    wanted = (e for e in kept if specialist in (None, e.specialist))
    ordered = sorted(wanted, key=lambda e: (SPLITS.index(e.split), KINDS.index(e.kind)))
    unwanted = (one for one in rejected if specialist in (None, one.specialist))
    return ExampleSet(tuple(ordered), tuple(unwanted))


def _rejected(example: Example, reason: Reason) -> Rejected:
    return Rejected(example.source, example.kind, example.specialist, reason, example)


def sources_of(source: str) -> tuple[str, ...]:
    """Give the names that the source of an example is made of, such as those of several facts."""
    return tuple(name.strip() for name in source.split(",") if name.strip())


def text_hash(example: Example) -> str:
    """Give the hash by which copies of an example are known: of what is asked and answered."""
    return _digest(_essence(example))


class _Refusal:
    """What the person does not want to be learned, by where it is from and by its words."""

    def __init__(self, vetoes: Iterable[Veto]) -> None:
        self._sources = {source for veto in vetoes for source in veto.sources}
        self._texts = {text for veto in vetoes for text in veto.texts}

    def holds_for(self, example: Example) -> bool:
        """Whether an example is refused."""
        if self._sources.intersection(sources_of(example.source)):
            return True
        return bool(self._texts) and text_hash(example) in self._texts


class _Sealing:
    """What was sealed before, by the group and by the very words."""

    def __init__(self, seals: Iterable[Seal]) -> None:
        self._seals = {(seal.group, seal.text) for seal in seals}
        self.groups = {group for group, _ in self._seals if not group.startswith("fact:")}

    def placed(self, example: Example) -> Example:
        """Give the example in the sealed split where it was there before."""
        before = (example.group, _digest(_essence(example))) in self._seals
        return (
            replace(example, split="sealed") if before or example.group in self.groups else example
        )


class _Sieve:
    """Lets each thing through once; what is sealed has to come first."""

    def __init__(self, seals: Iterable[Seal], closed: set[str]) -> None:
        self._closed = closed
        self._seen: set[str] = set()
        self._sketches = Sketches()
        self._sealed = Sketches()
        self._gave_away: dict[str, bool] = {}
        for seal in seals:
            self._sealed.add(seal.sketch, _kind(seal.group))

    def fault(self, example: Example) -> Reason | None:
        """Give why an example is not let through; None where it is, and is known from then on."""
        essence = _essence(example)
        drawn, digest, kind = sketch(essence), _digest(essence), _kind(example.group)
        if example.split != "sealed" and self._gives_away(example, drawn):
            return "sealed"
        if digest in self._seen:
            return "duplicate"
        if self._sketches.holds_like(drawn, _not_compared(kind)):
            return "near duplicate"
        self._seen.add(digest)
        self._sketches.add(drawn, kind)
        if example.split == "sealed":
            self._sealed.add(drawn, kind)
        return None

    def note(self, example: Example) -> None:
        """Know an example that does not come through, so that no copy of it does."""
        essence = _essence(example)
        self._seen.add(_digest(essence))
        self._sketches.add(sketch(essence), _kind(example.group))

    def _gives_away(self, example: Example, drawn: str) -> bool:
        """Whether an example holds, or is nearly, something that is sealed."""
        if self._closed.intersection(example.recalled):
            return True
        if self._sealed.holds_like(drawn, _not_compared(_kind(example.group))):
            return True
        said = [turn.text for turn in example.turns if turn.role != "system"][:-2]
        pairs = zip(said[::2], said[1::2], strict=False)
        return any(self._is_sealed(f"{one}\n{other}") for one, other in pairs)

    def _is_sealed(self, exchange: str) -> bool:
        """Whether an exchange is nearly a sealed one; all of those are known by now."""
        if exchange not in self._gave_away:
            enough = len(plain(exchange)) >= _ENOUGH
            self._gave_away[exchange] = enough and self._sealed.holds_like(sketch(exchange))
        return self._gave_away[exchange]


def _kind(group: str) -> str:
    return group.partition(":")[0]


def _not_compared(kind: str) -> str | None:
    """Facts are asked about in set wordings, so they are alike by their making."""
    return kind if kind == "fact" else None


def _essence(example: Example) -> str:
    """What an example is compared by: question and answer, with the context where they are short.

    "Are you sure?" and "Yes." mean nothing without what came before.
    """
    last = f"{example.question}\n{example.answer}"
    if len(plain(last)) >= _ENOUGH:
        return last
    return "\n".join(turn.text for turn in example.turns if turn.role != "system")


def _seal(example: Example) -> Seal:
    essence = _essence(example)
    return Seal(example.group, _digest(essence), sketch(essence))


def _digest(text: str) -> str:
    return sha256(plain(text).encode("utf-8", "replace")).hexdigest()[:32]
