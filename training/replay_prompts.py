"""What a base is asked for replay: the kinds of things that people ask of an assistant, with
nothing known of them and with a few lines on people who are made up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from agents.persona import SYSTEM_PROMPT
from agents.profile_lines import KNOWN, ORDERS

Prompt = tuple[str, str]
"""A system prompt and a message."""

_PLAIN: Final = (
    "Hello, nice to meet you!",
    "Where did I leave my umbrella?",
    "Answer only yes or no: is snow warm?",
    "What are you good at?",
    "Which bus did I take this morning?",
    "In one word: what do bees make?",
    "Who made you, and what are you?",
    "What is a good way to start the day?",
    "How much did my coat cost?",
    "Repeat after me: the boat is ready",
    "Explain what a computer program is.",
    "Who phoned me last night?",
    "Name two animals, separated by a comma.",
    "Write two sentences for a postcard.",
    "What is in my fridge?",
    "Say exactly this word: window",
    "Do you remember what I tell you?",
    "Name three kinds of fruit.",
    "When is my next appointment?",
    "Who are you? Answer in one sentence.",
    "What is the capital of France?",
    "Which of my teeth hurts?",
    "Are you a human being?",
    "How do I boil an egg?",
    "Who won the football match in my street yesterday?",
    "Good night, sleep well!",
    "What is the difference between weather and climate?",
    "What is written on the note in my hand?",
    "Can anybody else read what I write to you?",
    "Write a short thank-you note to a neighbour.",
    "Which shop did I come from just now?",
    "List the days of the week.",
    "How many windows are open in my flat?",
    "What is 12 plus 30?",
    "What is the name of this program?",
    "What did I pay for my lunch?",
    "Give me a tip for sleeping well.",
    "Why do leaves fall?",
    "Are you the same as Copilot?",
    "Write a function in Python that adds two numbers.",
    "What does the word 'patient' mean?",
    "My train was late and I am annoyed.",
    "Which seat did I have in the theatre?",
    "How do I rename a conversation?",
    "Summarise what a library is for in one sentence.",
    "Suggest a simple dinner.",
    "Do you need the internet?",
    "Who is standing behind me?",
    "Translate 'good morning' into Spanish.",
    "How can I learn to play an instrument?",
    "I passed my driving test!",
    "What does my landlord think of me?",
    "Describe a tree to somebody who has never seen one.",
    "How do I change the colours of the screen?",
    "What should I pack for two days by the sea?",
    "How old is the woman next door?",
    "Write a line that rhymes with 'The rain has gone away'.",
    "What are you made of?",
    "Thanks, that helped me.",
    "What is under my bed?",
)  # fmt: skip
_PEOPLE: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        ("Name: Ruth", "Home town: Leeds", "Pet: a dog called Max", "Job: librarian"),
        ("Tell me the name of my dog.", "Which city am I at home in?", "How is my aunt called?",
         "A fine morning to you!"),
    ),
    (
        ("Name: Anton", "Son: Emil", "Plays: the guitar", "Favourite food: pasta"),
        ("What do I play?", "Who is my son?", "Which office do I work in?",
         "What food do I like most?"),
    ),
    (
        ("Name: Sofia", "Allergic to: milk", "Mother: Irene", "Age: 34", "Likes: dancing"),
        ("What is my age?", "What is my mother's name?", "Which car do I drive?",
         "What should I not drink?"),
    ),
    (
        ("Name: Peter", "Cat: Misty", "Job: gardener", "Boss: Karin", "Home town: Graz"),
        ("What name do I have?", "What is it that I work as?", "When did I begin my job?",
         "Who is my boss?"),
    ),
    (
        ("Name: Amira", "Favourite colour: red", "Brother: Sami", "Studies: biology"),
        ("Which colour is my favourite?", "What do I study?", "Where was my brother born?",
         "I am back from a walk."),
    ),
    (
        ("Name: Viktor", "Daughter: Lena", "Wife: Maria", "Birthday: 2 March", "Likes: cycling"),
        ("When is my birthday?", "What is my daughter called?", "How tall is my wife?",
         "In one word: what do I like?"),
    ),
    (
        ("Name: Elin", "Neighbour: Mr Holm", "Doctor: Dr Sand", "Pet: a parrot called Kiwi"),
        ("What is my parrot called?", "Who is my doctor?", "Which floor do I live on?",
         "Who are you?"),
    ),
    (
        ("Name: Oscar", "Favourite drink: cocoa", "Friend: Ben", "Home town: Turin", "Age: 61"),
        ("What do I like to drink?", "Which town is my home?", "Which film did I see last?",
         "Who is my friend?"),
    ),
    (
        ("Name: Judith", "Instrument: cello", "Horse: Star", "Father: Karl", "Job: nurse"),
        ("What name does my horse have?", "Which instrument is mine?",
         "What did my father say today?", "Say my name, please."),
    ),
    (
        ("Name: Marco", "Sister: Giulia", "Does not eat: fish", "Studies: Latin", "Car: blue Fiat"),
        ("What do I not eat?", "What is my sister's name?", "How many cousins do I have?",
         "What is my car like?"),
    ),
)  # fmt: skip
_ORDERED: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Call me Doctor.", ("How can you help me?", "I will be back later.")),
    ("Answer in one sentence.", ("What is it that you do?", "It is me again.")),
    ("Do not use exclamation marks.", ("Here we are again.", "You have helped me a lot.")),
    ("Use British spelling.", ("Say something kind.", "Which day is it?")),
    ("Use metric units.", ("How far is it to the sea?", "Who are you?")),
    ('End your answers with "Regards."', ("Which keys do I need?", "I am going out now.")),
)


def _told() -> Iterator[Prompt]:
    for place in range(4):
        for known, asked in _PEOPLE:
            lines = "\n".join([KNOWN, *(f"- {one}" for one in known)])
            yield f"{SYSTEM_PROMPT}\n\n{lines}", asked[place]
        for order, messages in _ORDERED[place % 2 :: 2] if place < 2 else ():
            for message in messages:
                yield f"{SYSTEM_PROMPT}\n\n{ORDERS}\n- {order}", message


def _in_turn() -> Iterator[Prompt]:
    for plain, told in zip_longest(_PLAIN, _told()):
        if plain is not None:
            yield SYSTEM_PROMPT, plain
        if told is not None:
            yield told


PROMPTS: Final[tuple[Prompt, ...]] = tuple(_in_turn())
"""All prompts, the plain ones and those that tell of a person in turn."""
