"""What a person can tell about themselves: noun phrases, statements, questions and answers.

The generic frames are combined with every noun phrase, which gives hundreds of wordings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from scripts.starter import nouns, values


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing a person can tell; `{v}` stands for its value and `{n}` for a noun phrase."""

    names: str
    value: Callable[[Random], str]
    statements: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


def _one_of(name: str) -> Callable[[Random], str]:
    return lambda rng: values.from_list(name, rng)


def _with_invented(name: str) -> Callable[[Random], str]:
    return lambda rng: values.invented(rng) if rng.random() < 0.5 else values.from_list(name, rng)


GENERIC_STATEMENTS = (
    "My {n} is {v}.",
    "[By the way, |You should know that |Remember that |Please remember that |Note that |Just so "
    "you "
    "know, |Well, |]my {n} is {v}.",
    "{v} is my {n}.",
    "[Please remember|Remember|Keep in mind|Don't forget|Save|Note] my {n}: {v}.",
    "As for my {n}, it is {v}.",
    "My {n}? [It is|It's|That is] {v}.",
    "[It is|It's] {v}, my {n}.",
    "[I think|I should say|Let me tell you|You may want to know] that my {n} is {v}.",
    "My {n} is {v}, [by the way|as you know|if you must know|and it always was].",
)
GENERIC_QUESTIONS = (
    "What is my {n}?",
    "What's my {n}[| again]?",
    "[Do you [remember|know|recall|still know]|Can you recall|Have you kept] my {n}?",
    "[Do you [remember|know|recall|still know]|Can you [tell me|say|remember]|Could you tell me|"
    "Please "
    "tell me|Tell me|I wonder|Say] what my {n} is[|?]",
    "Which {n} [did I mention|did I tell you|do I have]?",
    "[Remind me of|Tell me|Give me|Name|Repeat|I forgot|I need|Say] my {n}[| again| please|, "
    "please]",
    "What [did I say|did I tell you] my {n} was?",
    "What [have I told you|did I say|did I tell you|do you know] about my {n}?",
    "My {n} is what?",
    "And my {n}?",
    "[So|Now|Okay|Hey|SOMA|Quick question], what is my {n}?",
    "[I can't remember|I have forgotten] my {n}. What [is|was] it?",
    "[What|Which one] was my {n}[| again]?",
    "[Quick|One more thing|Next|Also|Then|And]: my {n}?",
    "[Could you|Can you|Would you|Please] [repeat|name|look up|give me|remind me of] my {n}[|?]",
    "Is there something you know about my {n}?",
    "[For the form|For a letter|My friend asks|My mother asks]: what is my {n}?",
    "[Look at|Check|Search] what you know: what is my {n}?",
    "[Let me test you|A test|Quiz]: my {n}?",
    "If [somebody|anyone] asks [you |]for my {n}, what do you say?",
    "[I told you|I mentioned|You know] my {n}[|, didn't I]. [What is it|Which was it]?",
)
GENERIC_ANSWERS = ("Your {n} is {v}.",)

PEOPLE = (
    "brother|sister|mother|father|best friend|friend|neighbour|boss|teacher|doctor|cousin|uncle|"
    "aunt|"
    "wife|husband|son|daughter|grandmother|grandfather|partner|colleague|dentist|niece|nephew|"
    "stepfather|stepmother|godmother|godfather|mother-in-law|brother-in-law|twin|flatmate|"
    "girlfriend|boyfriend|grandson|granddaughter|baby|manager|coach|tutor|gardener|landlady|"
    "younger brother|older brother|little sister|big sister|eldest son|youngest daughter"
).split("|")

ATTRIBUTES: list[Attribute] = [
    Attribute(
        "name|first name|own name",
        values.first_name,
        (
            "My name is {v}.",
            "I am {v}.",
            "I'm {v}.",
            "[Call|You can call] me {v}.",
            "The name is {v}.",
            "[People call|My friends call|Everybody calls] me {v}.",
            "[This is|It's] {v}[| here| speaking].",
            "[I go by|I was given the name|I answer to] {v}.",
            "{v} is what [people|they] call me.",
        ),
        (
            "Who am I?",
            "What am I called?",
            "[Do you know|Do you remember|Can you say|Tell me] who I am?",
            "What [should|will|do] you call me?",
            "How am I called?",
        ),
        ("Your name is {v}.", "You are {v}."),
    ),
    Attribute(
        "home town|home|city|town",
        values.city,
        (
            "I live in {v}.",
            "I am living in {v}.",
            "My home is in {v}.",
            "I moved to {v}.",
            "I have a flat in {v}.",
            "My home town is {v}.",
            "[I have lived|I've been living] in {v} [for years|since last year|all my life].",
            "[My flat|My house|Our house] is in {v}.",
            "[Here in|In] {v}, where I live, it [rains a lot|is windy|is quiet].",
            "I settled [down |]in {v}.",
        ),
        (
            "Where do I live?",
            "Where is my home?",
            "[Which|What] [town|city|place] do I live in?",
            "In [which|what] [town|city|place] do I live?",
            "Where am I [living|at home]?",
            "[Do you know|Do you remember|Tell me|Can you tell me] where I live?",
        ),
        ("You live in {v}.",),
    ),
    Attribute(
        "job|profession|work|occupation",
        _one_of("JOBS"),
        (
            "I work as a {v}.",
            "I am a {v}.",
            "My job: {v}.",
            "I earn my living as a {v}.",
            "I have been a {v} for years.",
            "[I make|I am making] my money as a {v}.",
            "[I am employed as|My work is that of|I was trained as and work as] a {v}.",
            "[Being|As] a {v}, I [am busy|get up early|work a lot].",
        ),
        (
            "What do I do for [a living|work]?",
            "What is my [job|profession|occupation]?",
            "[What|Which] [job|work] do I [do|have]?",
            "What do I work as?",
            "[Do you remember|Do you know|Tell me] what I do for [a living|work]?",
        ),
        ("You work as a {v}.",),
    ),
    Attribute(
        "favourite colour|favorite color|colour",
        _with_invented("COLOURS"),
        (
            "I like {v} best of all colours.",
            "My favourite colour is {v}.",
            "{v} is the colour I like best.",
        ),
        (
            "[What|Which] colour do I like[| best| most]?",
            "[What|Which] color do I [like|love][| best]?",
        ),
        ("Your favourite colour is {v}.",),
    ),
    Attribute(
        "favourite food|favorite food|favourite dish|favourite meal",
        _one_of("FOODS"),
        (
            "I love {v}.",
            "My favourite food is {v}.",
            "I like {v} more than any other food.",
            "I could eat {v} every day.",
            "[Nothing tastes|No food is] better than {v}[| to me].",
            "[For me|To me], {v} is the best food.",
            "I am [very fond of|crazy about] {v}.",
        ),
        (
            "What do I [like|love|want] to eat?",
            "[What|Which] food do I [like|love][| best| most]?",
            "What could I eat every day?",
        ),
        ("Your favourite food is {v}.",),
    ),
    Attribute(
        "favourite drink|favorite drink",
        _one_of("DRINKS"),
        ("I like to drink {v}.", "My favourite drink is {v}.", "I always drink {v}."),
        ("What do I [like to|always|usually] drink?", "[What|Which] drink do I like[| best]?"),
        ("Your favourite drink is {v}.",),
    ),
    Attribute(
        "hobby|pastime|favourite hobby",
        _one_of("HOBBIES"),
        (
            "My hobby is {v}.",
            "In my free time I do {v}.",
            "I enjoy {v}.",
            "My favourite pastime is {v}.",
            "[I spend|On Sundays I spend] [my time|hours] on {v}.",
            "{v} is what I do [for fun|after work|at the weekend].",
            "I [took up|am fond of|am into] {v}.",
        ),
        (
            "What do I [enjoy|like to do|do in my free time|do for fun]?",
            "[What|Which] hobby do I have?",
        ),
        ("Your hobby is {v}.",),
    ),
    Attribute(
        "instrument|musical instrument",
        _one_of("INSTRUMENTS"),
        (
            "I play the {v}.",
            "I am learning the {v}.",
            "My instrument is the {v}.",
            "I play the {v} in [a band|an orchestra|the evening].",
            "[I practise|I'm practising|I have lessons on] the {v}[| every day].",
            "The {v} is [the instrument that I play|my instrument].",
        ),
        ("[What|Which] instrument do I play?", "What do I play?"),
        ("You play the {v}.",),
    ),
    Attribute(
        "birthday month|month of birth",
        _one_of("MONTHS"),
        (
            "I was born in {v}.",
            "My birthday is in {v}.",
            "I [have my birthday|celebrate my birthday|turn a year older] in {v}.",
            "{v} is the month [of my birthday|I was born in].",
        ),
        (
            "When [is my birthday|was I born]?",
            "In [which|what] month [is my birthday|was I born]?",
            "[Do you know|Tell me] when my birthday is?",
        ),
        ("Your birthday is in {v}.",),
    ),
    Attribute(
        "age",
        lambda rng: str(rng.randrange(9, 95)),
        ("I am {v} years old.", "I'm {v}.", "My age is {v}.", "I turned {v} this year."),
        ("How old am I?", "[Do you know|Do you remember|Tell me] how old I am?"),
        ("You are {v} years old.",),
    ),
    Attribute(
        "language|mother tongue|native language",
        _one_of("LANGUAGES"),
        ("My mother tongue is {v}.", "At home I speak {v}.", "I grew up with {v}."),
        ("[What|Which] language do I speak[| at home]?", "What do I speak at home?"),
        ("Your mother tongue is {v}.",),
    ),
    Attribute(
        "favourite book|favorite book",
        _with_invented("BOOKS"),
        (
            "My favourite book is {v}.",
            "The book I like best is {v}.",
            "I have read {v} three times.",
        ),
        ("[What|Which] book do I like[| best| most]?", "[What|Which] book did I read?"),
        ("Your favourite book is {v}.",),
    ),
    Attribute(
        "favourite animal|favorite animal",
        _one_of("ANIMALS"),
        ("My favourite animal is the {v}.", "Of all animals I like the {v} best."),
        ("[What|Which] animal do I like[| best| most]?",),
        ("Your favourite animal is the {v}.",),
    ),
    Attribute(
        "favourite season|favorite season|season",
        _one_of("SEASONS"),
        ("My favourite season is {v}.", "I like {v} best."),
        (
            "[What|Which] season do I like[| best| most]?",
            "[What|Which] time of the year do I like?",
        ),
        ("Your favourite season is {v}.",),
    ),
    Attribute(
        "favourite flower|favorite flower",
        _one_of("FLOWERS"),
        ("My favourite flower is the {v}.",),
        ("[What|Which] flower do I like[| best| most]?",),
        ("Your favourite flower is the {v}.",),
    ),
    Attribute(
        "favourite subject|subject",
        _one_of("SUBJECTS"),
        ("I study {v}.", "My subject is {v}.", "At school I like {v} best."),
        ("What do I study?", "[What|Which] subject do I [study|like][| best]?"),
        ("Your subject is {v}.",),
    ),
    Attribute(
        "car|vehicle",
        _one_of("VEHICLES"),
        (
            "I drive a {v}.",
            "I have a {v}.",
            "I own a {v}.",
            "I bought a {v}.",
            "[There is a|A] {v} [in my garage and it is mine|is what I drive].",
            "[I go to work|I travel] in my {v}.",
        ),
        ("What do I drive?", "[What|Which] [car|vehicle] do I [have|drive|own]?"),
        ("You drive a {v}.",),
    ),
    Attribute(
        "lucky number|favourite number|house number|room number|locker number|door code|flight "
        "number",
        values.number,
    ),
    Attribute(
        "company|employer|firm|school|band|favourite band|village|street|boat|ship|bank|team|"
        "favourite team|password|code word|secret word|street name|middle name|surname|last name|"
        "nickname|user name|project|favourite shop|favourite cafe|hotel|favourite singer|"
        "favourite writer|favourite film|favourite game|favourite place",
        lambda rng: values.invented(rng) if rng.random() < 0.75 else values.first_name(rng),
    ),
    Attribute(
        "day off|meeting day|favourite day|training day|shopping day|washing day",
        _one_of("DAYS"),
        ("My {n} is {v}.", "My {n} is on {v}."),
    ),
    Attribute(
        nouns.NAMED,
        lambda rng: values.invented(rng) if rng.random() < 0.6 else values.first_name(rng),
    ),
    Attribute(nouns.COUNTED, values.number),
    Attribute(nouns.COLOURED, _one_of("COLOURS")),
    Attribute(nouns.WEEKLY, _one_of("DAYS")),
]
