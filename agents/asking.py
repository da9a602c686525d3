"""Whom a message is given to: nobody in particular, one specialist, or several as a team.

One specialist answers in the conversation: it is told its prompt behind the message, and samples as
it does. Several work on the message as a run of the team, whose answer the conversation keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from agents.engine.sampling import SamplingSettings
from agents.events import UserSaved
from agents.specialists import Team
from store.errors import SomaError
from store.message import Message, Work
from store.specialists import Specialist


def work_for(team: Team, names: Sequence[str]) -> Work | None:
    """What is kept with a message for these specialists; None where nobody is named.

    Raises SomaError for one that is not on the team.
    """
    chosen = [team.get(name) for name in dict.fromkeys(names)]
    if not chosen:
        return None
    prompt = chosen[0].prompt if len(chosen) == 1 else ""
    return Work(tuple(one.name for one in chosen), prompt)


def saved(message: Message) -> UserSaved:
    """What is told of a message of the user's that is on disk."""
    names = message.work.specialists if message.work else ()
    return UserSaved(message.conversation, message.id, message.text, message.parent, names)


def sampling(team: Team, model: str, question: Message, base: SamplingSettings) -> SamplingSettings:
    """How the answer to a message is drawn: as its specialist does, where it has one.

    One that has left the team since draws as the model does. Raises SomaError for one that works
    with another model than the one that is open.
    """
    names = question.work.specialists if question.work else ()
    one = next((one for one in team.all() if names == (one.name,)), None)
    return base if one is None else sampling_of(one, model, base)


def sampling_of(one: Specialist, model: str, base: SamplingSettings) -> SamplingSettings:
    """How a specialist draws on the model that is open. Raises SomaError where it wants another."""
    if one.model not in ("", model):
        raise SomaError(
            f"{one.name} works with the model {one.model!r}, and {model!r} is open; open that one, "
            f'or let {one.name} take any: `soma specialists edit {one.name} --model ""`'
        )
    return SamplingSettings(**{**asdict(base), **one.sampling})
