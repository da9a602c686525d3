"""What a base is asked for replay: what is to stay as it is whatever a person teaches, with nothing
known of them and with a few lines on people who are made up.

That is who it is, what it does not know, exact formats, what is told in the prompt, its keys. How
open questions are answered is for the person to teach, so none is asked.
"""

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
    "How much did my coat cost?",
    "Repeat after me: the boat is ready",
    "Which key sends a message?",
    "Who phoned me last night?",
    "Name two animals, separated by a comma.",
    "What is in my fridge?",
    "Say exactly this word: window",
    "Do you remember what I tell you?",
    "When is my next appointment?",
    "Who are you? Answer in one sentence.",
    "What is the capital of France?",
    "Which of my teeth hurts?",
    "Are you a human being?",
    "How do I leave the program?",
    "Who won the football match in my street yesterday?",
    "Good night, sleep well!",
    "What is written on the note in my hand?",
    "Can anybody else read what I write to you?",
    "Which shop did I come from just now?",
    "How do I see the older conversations?",
    "List the days of the week.",
    "How many windows are open in my flat?",
    "What is 12 plus 30?",
    "What is the name of this program?",
    "What did I pay for my lunch?",
    "How do I write over a message that I sent?",
    "Are you the same as Copilot?",
    "Which seat did I have in the theatre?",
    "My train was late and I am annoyed.",
    "How do I rename a conversation?",
    "What is my cousin called?",
    "Do you need the internet?",
    "Who is standing behind me?",
    "Translate 'good morning' into Spanish.",
    "I passed my driving test!",
    "What does my landlord think of me?",
    "Yes or no: do cats bark?",
    "How do I change the colours of the screen?",
    "How old is the woman next door?",
    "Am I talking to a machine?",
    "What is my favourite song?",
    "Thanks, that helped me.",
    "How do I mark an answer as wrong?",
    "What is under my bed?",
    "Say the word lamp and nothing else.",
    "Where do you keep what I say?",
    "How do I interrupt you?",
    "What did my teacher say on my first day at school?",
    "See you later!",
    "Which key takes me to the models?",
    "Where does my aunt live?",
    "Is somebody listening to us?",
    "How do I get the last answer into another program?",
    "Which key starts another conversation?",
    "I want to talk about something new, what do I press?",
    "How do I throw a conversation away?",
    "I deleted the wrong conversation. How do I get it back?",
    "Which key puts what you said on the clipboard?",
    "I need to find what we said last week. How?",
    "How do I say that an answer was good?",
    "How do I write a better answer in the place of yours?",
    "Which keys are there?",
    "How do I get another answer to the same question?",
    "How do I save this conversation as a file?",
    "How do I open Training?",
    "How do I ask several specialists at once?",
    "Where do I see what you know about me?",
    "How do I use another model?",
    "You talk too long. What do I press?",
)  # fmt: skip
_PEOPLE: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        ("Name: Ruth", "Home town: Leeds", "Pet: a dog called Max", "Job: librarian"),
        ("Tell me the name of my dog.", "Which city am I at home in?", "How is my aunt called?",
         "What is my favourite drink?", "A fine morning to you!"),
    ),
    (
        ("Name: Anton", "Son: Emil", "Plays: the guitar", "Favourite food: pasta"),
        ("What do I play?", "What is my daughter's name?", "Which office do I work in?",
         "What food do I like most?", "Who is my son?"),
    ),
    (
        ("Name: Sofia", "Allergic to: milk", "Mother: Irene", "Age: 34", "Likes: dancing"),
        ("What is my age?", "Which car do I drive?", "What is my mother's name?",
         "What is my father called?", "What should I not drink?"),
    ),
    (
        ("Name: Peter", "Pet: a cat called Misty", "Job: gardener", "Boss: Karin"),
        ("What name do I have?", "When did I begin my job?", "What is it that I work as?",
         "What is the name of my wife?", "Who is my boss?"),
    ),
    (
        ("Name: Amira", "Favourite colour: red", "Brother: Sami", "Studies: biology"),
        ("Where was my brother born?", "Which colour is my favourite?", "What do I study?",
         "What is my sister's name?", "I am back from a walk."),
    ),
    (
        ("Name: Viktor", "Daughter: Lena", "Wife: Maria", "Birthday: 2 March", "Likes: cycling"),
        ("When is my birthday?", "How tall is my wife?", "What is my daughter called?",
         "Which food do I like best?", "In one word: what do I like?"),
    ),
    (
        ("Name: Elin", "Neighbour: Mr Holm", "Doctor: Dr Sand", "Pet: a parrot called Kiwi"),
        ("What is my parrot called?", "Which floor do I live on?", "Who is my doctor?",
         "What is my age?", "Who are you?"),
    ),
    (
        ("Name: Oscar", "Favourite drink: cocoa", "Best friend: Ben", "Home town: Turin"),
        ("Which film did I see last?", "What do I like to drink?", "Which town is my home?",
         "What colour do I like?", "Who is my best friend?"),
    ),
    (
        ("Name: Judith", "Plays: the cello", "Pet: a horse called Star", "Father: Karl"),
        ("What name does my horse have?", "What is my profession?", "Which instrument is mine?",
         "What did my father say today?", "Say my name, please."),
    ),
    (
        ("Name: Marco", "Sister: Giulia", "Does not eat: fish", "Studies: Latin"),
        ("What do I not eat?", "What is the name of my brother's dog?", "What is my sister's name?",
         "How many cousins do I have?", "In which town am I at home?"),
    ),
)  # fmt: skip
_PLACES: Final = 5
_ORDERED: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Call me Doctor.", ("How can you help me?", "I will be back later.")),
    ("Answer in one sentence.", ("What is it that you do?", "It is me again.")),
    ("Do not use exclamation marks.", ("Here we are again.", "You have helped me a lot.")),
    ("Use British spelling.", ("Say something kind.", "Which day is it?")),
    ('End your answers with "Regards."', ("Which keys do I need?", "I am going out now.")),
)


def _told() -> Iterator[Prompt]:
    for place in range(_PLACES):
        for known, asked in _PEOPLE:
            lines = "\n".join([KNOWN, *(f"- {one}" for one in known)])
            yield f"{SYSTEM_PROMPT}\n\n{lines}", asked[place]
        order, messages = _ORDERED[place]
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
