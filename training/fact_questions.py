"""What is known of a person as questions and answers, in several wordings.

The order of the wordings is part of what is kept: the last is never trained on, the one before it
steers the training.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.profile_rules.words import ONE, PETS, SEVERAL
from store.claims import Fact

Exchange = tuple[str, str]

_OWN: dict[str, tuple[Exchange, ...]] = {
    "name": (
        ("What is my name?", "Your name is {}."),
        ("Who am I?", "You are {}."),
        ("Do you know what I am called?", "Yes, you are {}."),
        ("Tell me my name.", "{}."),
        ("Do you still know who you are talking to?", "I am talking to {}."),
        ("Remind me: which name did I give you?", "You gave me the name {}."),
    ),
    "called": (
        ("What should you call me?", "I should call you {}."),
        ("How do you address me?", "I call you {}."),
        ("Which name do I want to hear?", "You want to be called {}."),
        ("What do people call me?", "They call you {}."),
        ("By what name do I go?", "You go by {}."),
    ),
    "likes": (
        ("What do I like?", "You like {}."),
        ("Name something that I enjoy.", "You enjoy {}."),
        ("What am I fond of?", "You are fond of {}."),
        ("Do you know what pleases me?", "Yes: {}."),
        ("What have I told you that I like?", "You told me that you like {}."),
    ),
    "dislikes": (
        ("What do I dislike?", "You dislike {}."),
        ("Is there something I do not like?", "Yes, you do not like {}."),
        ("What can I not stand?", "You cannot stand {}."),
        ("What should you spare me?", "I should spare you {}."),
        ("What have I told you that I do not like?", "You told me that you dislike {}."),
    ),
    "allergy": (
        ("What am I allergic to?", "You are allergic to {}."),
        ("Do I have an allergy?", "Yes, you are allergic to {}."),
        ("What must I avoid for my health?", "You must avoid {}, which you are allergic to."),
        ("Which allergy did I tell you of?", "You told me of an allergy to {}."),
        ("What do I react to badly?", "You are allergic to {}."),
    ),
    "cannot eat": (
        ("What do I not eat?", "You do not eat {}."),
        ("What should not be on my plate?", "You do not eat {}."),
        ("You plan a meal for me. What is left out?", "I leave out {}."),
        ("Which food is not for me?", "You do not eat {}."),
        ("What have I told you that I cannot eat?", "You told me that you do not eat {}."),
    ),
    "home town": (
        ("Where do I live?", "You live in {}."),
        ("Which place is my home?", "Your home is {}."),
        ("In what town do I live?", "You live in {}."),
        ("Do you know where I am at home?", "Yes, in {}."),
        ("Where is my home?", "It is in {}."),
    ),
    "from": (
        ("Where do I come from?", "You come from {}."),
        ("Where am I from?", "You are from {}."),
        ("Do you know my origins?", "Yes, you come from {}."),
        ("Which place did I say I come from?", "You said that you come from {}."),
    ),
    "job": (
        ("What do I do for a living?", "You work as {}."),
        ("What is my job?", "Your job: {}."),
        ("What is my profession?", "Your profession: {}."),
        ("How do I earn my money?", "You work as {}."),
        ("Which work do I do?", "You told me that you work as {}."),
    ),
    "employer": (
        ("Who do I work for?", "You work for {}."),
        ("Who is my employer?", "Your employer is {}."),
        ("Where am I employed?", "You are employed at {}."),
        ("Which company do I work at?", "You work at {}."),
    ),
    "age": (
        ("How old am I?", "You are {} years old."),
        ("What is my age?", "You are {}."),
        ("Do you know my age?", "Yes, you are {}."),
        ("What age did I tell you?", "You told me that you are {}."),
    ),
    "speaks": (
        ("Which languages do I speak?", "You speak {}."),
        ("What can I speak?", "You speak {}."),
        ("Do I speak any languages that you know of?", "Yes, you speak {}."),
        ("In what languages could you talk to me?", "In {}."),
    ),
    "plays": (
        ("What do I play?", "You play {}."),
        ("Do I play something?", "Yes, you play {}."),
        ("Do you know what I play?", "Yes, {}."),
        ("What did I tell you that I play?", "You told me that you play {}."),
    ),
    "topic": (
        ("What am I busy with?", "You are busy with {}."),
        ("What am I working on at the moment?", "At the moment it is {}."),
        ("Which things occupy me these days?", "You are busy with {}."),
        ("What did I tell you that I am doing?", "You told me of {}."),
    ),
    "note": (
        ("What did I ask you to keep in mind?", "You asked me to keep in mind: {}"),
        ("What have you noted for me?", "I have noted: {}"),
        ("Is there a note of mine?", "Yes, this one: {}"),
        ("What was it that you should remember?", "I should remember this: {}"),
    ),
    "instruction": (
        ("How should you answer me?", "You asked me to keep to this: {}"),
        ("What have I asked you always to do?", "You asked me this: {}"),
        ("Which rule do you follow with me?", "I follow this one: {}"),
        ("Is there an order of mine that stands?", "Yes: {}"),
        ("What do I expect of your answers?", "You expect this: {}"),
        ("Remind yourself: what did I ask of you?", "You asked of me: {}"),
    ),
    "units": (
        ("Which units do you use for me?", "I use {}."),
        ("In what units should you answer?", "In {}."),
        ("What units do I prefer?", "You prefer {}."),
        ("Which measures do I want to read?", "You want {}."),
    ),
    "spelling": (
        ("Which spelling do I want?", "You want {} spelling."),
        ("How should you spell?", "With {} spelling."),
        ("Which spelling do you use for me?", "I use {} spelling."),
        ("What spelling did I ask for?", "You asked for {} spelling."),
    ),
    "answer language": (
        ("In which language should you answer me?", "I should answer in {}."),
        ("What language do I want your answers in?", "You want them in {}."),
        ("Which language do you use with me?", "I use {}."),
        ("What language did I ask for?", "You asked for {}."),
    ),
}  # fmt: skip
_PET: tuple[Exchange, ...] = (
    ("What is my {of} called?", "Your {of} is called {}."),
    ("What is the name of my {of}?", "Its name is {}."),
    ("Do you know my {of}?", "Yes, that is {}."),
    ("How do I call my {of}?", "You call your {of} {}."),
    ("Which name does my {of} have?", "Your {of} has the name {}."),
)
_PERSON: tuple[Exchange, ...] = (
    ("What is the name of my {of}?", "The name of your {of} is {}."),
    ("What is my {of} called?", "Your {of} is called {}."),
    ("Do you know who my {of} is?", "Yes, that is {}."),
    ("How is my {of} called?", "{}."),
    ("Which name did I give you for my {of}?", "You told me that your {of} is called {}."),
)
_ANY: tuple[Exchange, ...] = (
    ("What is my {of}?", "Your {of}: {}."),
    ("Tell me my {of}.", "{}."),
    ("Do you know my {of}?", "Yes, it is {}."),
    ("Which {of} did I tell you?", "You told me that it is {}."),
    ("What have you kept as my {of}?", "I have kept {} as your {of}."),
)


def exchanges(facts: Sequence[Fact]) -> list[Exchange]:
    """Give questions about facts of one attribute, each with its answer; four or more.

    The answers name all the facts.
    """
    attribute = facts[0].attribute
    plain = [fact.value.rstrip(" .") for fact in facts]
    whole = attribute in ("instruction", "note")
    values = " ".join(map(_sentence, plain)) if whole else _listed(plain)
    of = attribute.replace("{", "(").replace("}", ")")
    wordings = _wordings(facts[0])
    return [
        (question.format(of=of), answer.format("\0", of=of).replace("\0", values))
        for question, answer in wordings
    ]


def _wordings(fact: Fact) -> tuple[Exchange, ...]:
    if fact.attribute in _OWN:
        return _OWN[fact.attribute]
    if fact.kind == "relationship" and fact.attribute in PETS:
        return _PET
    if fact.kind == "relationship" and fact.attribute in ONE | SEVERAL:
        return _PERSON
    return _ANY


def _sentence(value: str) -> str:
    return f"{value[:1].upper()}{value[1:]}{'' if value.endswith(('!', '?')) else '.'}"


def _listed(values: Sequence[str]) -> str:
    *most, last = values
    return f"{', '.join(most)} and {last}" if most else last
