"""Who is on the team: personal, coder and researcher, and those that the user adds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from agents.engine.sampling import SamplingSettings
from store.database import Database
from store.errors import SomaError
from store.specialist_notes import Note, Notes
from store.specialists import Override, Specialist, Specialists
from store.traits import BASELINES

PERSONAL = "personal"
TOOLS = ("calculator", "time", "recall", "passage")
"""The names of the tools there are, as `agents.tools.toolbox.Toolbox` has them."""
SCOPES = ("all", "shared", "own")
"""What a specialist is told of: the memory that all share, its own notes, or both."""
LONGEST_PROMPT, LONGEST_EXAMPLE, MOST_EXAMPLES, MOST_SPECIALISTS = 4000, 1000, 100, 32
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_SAMPLING = {one.name for one in fields(SamplingSettings)} - {"grammar", "seed"}

BUILT_IN = (
    Specialist(
        PERSONAL,
        "everyday things, the person's own life, small talk; answers what nobody else is for",
        examples=(
            "Hello, how is it going?",
            "Thank you, that was nice of you.",
            "What is my dog called?",
            "When did we want to go sailing?",
            "I had a bad day at work.",
            "I am so happy about the baby!",
            "What shall I make for dinner?",
            "Which present would suit my brother?",
            "Remember that my daughter starts school on Monday.",
            "Remind me to water the plants.",
            "Write a birthday card for my aunt.",
            "Who are you and what can you do?",
            "I lost my keys again.",
            "Tell me a joke.",
            "Plan a quiet Sunday for me.",
            "Where did I say I had put the passport?",
            "My son wants to learn the guitar.",
            "What is on television tonight?",
            "Should I call my mother?",
            "I cannot sleep, talk to me.",
        ),
    ),
    Specialist(
        "coder",
        "programs: writing, explaining, repairing and testing them, and the tools around them",
        "You are the coder of a small team. Give working code in a fenced block and say in one or "
        "two sentences how it works. Keep to what was asked, and name what you are not sure of.",
        sampling={"temperature": 0.3},
        examples=(
            "Write a function that checks whether a word is a palindrome.",
            "Why does this Python code raise a KeyError?",
            "My program crashes when the input is empty.",
            "How do I undo the last commit in git?",
            "Explain what this regular expression matches.",
            "Convert this JavaScript callback to async and await.",
            "The compiler says that the type does not match.",
            "Add tests for the method that parses the file.",
            "Write an SQL statement that counts the rows for each customer.",
            "How can I make this nested loop faster?",
            "Which command lists all open ports in the shell?",
            "Set up a Dockerfile for a small web server.",
            "The variable is undefined inside the closure.",
            "Implement a binary search tree in Java.",
            "Rename this class and split the long method.",
            "My build fails with a missing dependency.",
            "How do I read a CSV file with pandas?",
            "The API returns a 500 error when I post JSON.",
            "Write a bash script that deletes old log files.",
            "Is this pointer freed twice in my C code?",
        ),
        tools=("calculator", "time"),
    ),
    Specialist(
        "researcher",
        "questions of fact: what is known, by whom it was shown, how things compare",
        "You are the researcher of a small team. Say what is known, how sure that is and where it "
        "comes from; keep facts and opinions apart, and say so where you do not know.",
        sampling={"temperature": 0.4},
        examples=(
            "What do scientists know about the effects of meditation?",
            "Summarise the findings of this report on climate change.",
            "Which experiments have shown that memory is unreliable?",
            "Compare the economies of Norway and Portugal.",
            "What is the evidence that exercise helps against depression?",
            "Who discovered penicillin, and how?",
            "Give an overview of the history of the printing press.",
            "What are the main arguments in the debate about free will?",
            "How do vaccines work?",
            "What caused the First World War?",
            "Is it a myth that we only use ten per cent of our brain?",
            "Explain how black holes form.",
            "Find literature about the decline of insects.",
            "What are the differences between realism and impressionism?",
            "How reliable are opinion polls?",
            "What does the data say about crime since 1990?",
            "Which questions in cosmology are still unsolved?",
            "Explain the theory of evolution and the objections to it.",
            "How did the view of madness change through the centuries?",
            "What is the scientific consensus on sweeteners?",
        ),
        tools=TOOLS,
    ),
)


class Team:
    """The built-in specialists, as the user changed them, and the user's own."""

    def __init__(self, database: Database) -> None:
        self._store = Specialists(database)
        self.notes = Notes(database)

    def all(self) -> list[Specialist]:
        """Everybody, the built-in ones first."""
        stored = {one.name: one for one in self._store.all()}
        own = [stored.pop(one.name, one) for one in BUILT_IN]
        return [*own, *stored.values()]

    def get(self, name: str) -> Specialist:
        """The specialist of that name. Raises SomaError for one that is not on the team."""
        team = {one.name: one for one in self.all()}
        if name not in team:
            raise SomaError(f"there is no specialist {name!r}; the team is {', '.join(team)}")
        return team[name]

    def add(self, name: str, changes: Mapping[str, Any]) -> Specialist:
        """Adds a specialist. Raises SomaError for a name that is taken or no name."""
        if not _NAME.fullmatch(name):
            raise SomaError(
                f"{name!r} is no name for a specialist; "
                "take small letters, digits and hyphens, 32 at most, a letter first"
            )
        team = [one.name for one in self.all()]
        if name in team:
            raise SomaError(
                f"there is a specialist {name!r} already; edit it, or take another name"
            )
        if len(team) >= MOST_SPECIALISTS:
            raise SomaError(f"a team has {MOST_SPECIALISTS} specialists at most; remove one first")
        return self._save(_changed(Specialist(name, ""), changes))

    def edit(self, name: str, changes: Mapping[str, Any]) -> Specialist:
        """Changes a specialist; what `changes` does not name stays as it is."""
        return self._save(_changed(self.get(name), changes))

    def remove(self, name: str) -> bool:
        """Takes a specialist off the team; a built-in one is put back to how it came.

        Gives whether it is gone. Raises SomaError where there is nothing to remove.
        """
        built_in = name in {one.name for one in BUILT_IN}
        self.get(name)
        if built_in and name not in {one.name for one in self._store.all()}:
            raise SomaError(f"{name} came with SOMA and is as it came; it cannot be removed")
        self._store.remove(name)
        if not built_in:
            self.notes.remove_all(name)
        return not built_in

    def remember(self, name: str, text: str) -> Note:
        """Lets a specialist keep something in mind. Raises SomaError."""
        return self.notes.add(self.get(name).name, text)

    def forget(self, name: str, note: int) -> None:
        """Takes something out of a specialist's own memory. Raises SomaError."""
        self.notes.remove(self.get(name).name, note)

    def overrides(self) -> list[Override]:
        """What the user gave to a specialist by hand, of those who are on the team."""
        names = {one.name for one in self.all()}
        return [one for one in self._store.overrides() if one.specialist in names]

    def learn(self, text: str, specialists: Sequence[str]) -> None:
        """Takes up that a request like this is for these specialists."""
        self._store.learn(text[:LONGEST_EXAMPLE], specialists)

    def _save(self, specialist: Specialist) -> Specialist:
        self._store.save(specialist)
        return specialist


def _changed(specialist: Specialist, changes: Mapping[str, Any]) -> Specialist:
    given = dict(changes)
    for name in ("role", "prompt", "model", "adapter"):
        if not isinstance(given.get(name, ""), str) or len(given.get(name, "")) > LONGEST_PROMPT:
            raise SomaError(f"the {name} is a text of {LONGEST_PROMPT:,} characters at most")
    if "sampling" in given:
        given["sampling"] = _sampling(given["sampling"])
    if "examples" in given:
        given["examples"] = _examples(given["examples"])
    if "tools" in given:
        given["tools"] = _tools(given["tools"])
    if "traits" in given:
        given["traits"] = _traits(given["traits"])
    if given.get("adapter"):
        given["adapter"] = _adapter(given["adapter"])
    if given.get("memory", "all") not in SCOPES:
        raise SomaError(f"the memory of a specialist is one of {', '.join(SCOPES)}")
    try:
        changed = replace(specialist, **given)
    except TypeError as error:
        raise SomaError(f"a specialist has no such field ({error})") from error
    if not changed.role.strip():
        raise SomaError(f"say what {specialist.name} is for, with --role")
    return changed


def _sampling(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping) or not set(given) <= _SAMPLING:
        raise SomaError(f"the settings of a specialist are {', '.join(sorted(_SAMPLING))}")
    try:
        SamplingSettings(**given)
    except TypeError as error:
        raise SomaError(f"a sampling setting is no number ({error})") from error
    return dict(given)


def _examples(given: Any) -> tuple[str, ...]:
    fine = isinstance(given, list | tuple) and all(
        isinstance(one, str) and 0 < len(one.strip()) <= LONGEST_EXAMPLE for one in given
    )
    if not fine or len(given) > MOST_EXAMPLES:
        raise SomaError(
            f"examples are {MOST_EXAMPLES} texts at most, of {LONGEST_EXAMPLE:,} characters each"
        )
    return tuple(given)


def _tools(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not set(given) <= set(TOOLS):
        raise SomaError(f"the tools of a specialist are among {', '.join(TOOLS)}")
    return tuple(name for name in TOOLS if name in given)


def _traits(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping) or not set(given) <= set(BASELINES):
        raise SomaError(f"the traits of a personality are {', '.join(BASELINES)}")
    fine = all(isinstance(one, int | float) and 0 <= one <= 1 for one in given.values())
    if not fine:
        raise SomaError("a trait is a number from 0 to 1")
    return {name: float(value) for name, value in given.items()}


def _adapter(given: str) -> str:
    """The path in full of a file that is an adapter."""
    from agents.engine.adapters import adapter_header

    path = Path(given).expanduser().absolute()
    adapter_header(path)
    return str(path)


def mentioned(text: str, team: Collection[str]) -> tuple[tuple[str, ...], str]:
    """Those of a team that a text begins with, as in "@coder @personal do it", and what follows."""
    names: list[str] = []
    while (found := re.match(r"@(\S+)\s+", text)) and found[1] in team:
        names.append(found[1])
        text = text[found.end() :]
    return tuple(dict.fromkeys(names)), text
