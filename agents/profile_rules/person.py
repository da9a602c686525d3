"""Who somebody is: name, home, work, age, health, what they do and have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.profile_rules.phrases import (
    END,
    ENDS,
    I_AM,
    NAME,
    VALUE,
    Said,
    as_name,
    is_proper,
    listed,
    rule,
    titled,
    whole_list,
)
from agents.profile_rules.wishes import is_thing
from agents.profile_rules.words import (
    DIET,
    DOING,
    JOB_ENDING,
    JOBS,
    LANGUAGE,
    MONTH,
    NO_JOB,
    PASSING,
    PEOPLES,
    RELATION,
    VAGUE,
)
from store.claims import Claim, Kind

_HELLO = (
    r"^(?:\W*(?:hi|hello|hey|well|so|good (?:morning|afternoon|evening|day))\W+"
    r"(?:there\W+|soma\W+)?)?"
)
_NAMES = (
    rule(rf"(?<!\w)my (?:full |first |real |own )?name(?:'s| is|:) {NAME}{END}"),
    rule(r"(?<!\w)my (?:name(?:'s| is)|name:) (?P<v>(?-i:[a-z][\w'-]* [a-z][\w'-]*))\W*$"),
    rule(rf"{_HELLO}the name(?:'s| is) {NAME}{END}"),
    rule(rf"{I_AM} (?:called|named) {NAME}{END}"),
    rule(rf"^{NAME} is my (?:own |first |full )?name{END}"),
    rule(rf"\bas for my name, it is {NAME}{END}"),
    rule(rf"{_HELLO}this is {NAME} (?:speaking|here|writing){END}"),
)
_I_AM_NAME = rule(rf"{_HELLO}{I_AM} {NAME}{END}")
_CALL_ME = rule(
    r"(?:^|(?<=[,;] )|\b(?:please|just|can|may|should|but|and|people|friends|everybody|everyone"
    rf"|they|family|always) )(?:all |usually )?calls? me {NAME}{END}"
)
_GO_BY = rule(rf"\bi go by {NAME}{END}")
_NOT_CALLED = frozenset(
    """when later back if at on tomorrow maybe again now soon anytime before after crazy mad stupid
    lazy old old-fashioned paranoid names out up by as whatever what anything biased""".split()
)


def names(said: Said) -> Iterator[Claim]:
    """Find what somebody is called and how they want to be called."""
    introduced = next(filter(None, (one.search(said.text) for one in _NAMES)), None)
    found = introduced or _I_AM_NAME.search(said.text)
    sure = introduced or (found and is_proper(found["v"], Said(said.text, lower=False)))
    if found and sure and (name := as_name(found["v"])):
        yield Claim("name", "name", name, confidence=0.95 if introduced else 0.7)
    if found := _CALL_ME.search(said.text) or _GO_BY.search(said.text):
        name = as_name(found["v"])
        if name and found["v"].split()[0].casefold() not in _NOT_CALLED:
            yield Claim("name", "called", name, confidence=0.95)


_PLACES = (
    ("home town", rule(
        r"(?<!\w)(?:I|we)(?:'m| am|'ve| have|'re| are)?"
        "(?: (?:been|currently|now|still|actually|both))* (?:live|living|reside|residing|based"
        rf"|settled)(?: (?:alone|together|with my \w+))? (?:in|near|on|outside) {VALUE}"
    )),
    ("home town", rule(
        rf"(?<!\w)(?:I|we)(?:'ve| have)?(?: just| recently)? moved (?:back )?to {VALUE}"
    )),
    ("home town", rule(
        r"(?<!\w)(?:home for me is|my home(?: ?town)?(?: is|:)(?: in)?|my (?:city|town)(?: is|:))"
        rf" {VALUE}"
    )),
    ("from", rule(rf"(?<!\w)(?:I(?:'m| am)|I come|we are|we're)(?: originally)? from {VALUE}")),
    ("birthplace", rule(rf"(?<!\w)I was born(?: and raised)? in {VALUE}")),
)  # fmt: skip
_TOWN_CALLED = rule(r"^(?:an?|the|this)(?: [\w-]+){1,4} (?:called|named) (?P<v>.+)$")
_SINCE = rule(
    r"\s+(?:from (?:the )?(?-i:[A-Z])|(?:since|for|until|in) "
    r"(?:\d|the|a|my|over|about|two|three|\w+ years)).*$"
)


def places(said: Said) -> Iterator[Claim]:
    """Find where somebody lives, comes from or was born."""
    for attribute, place in _PLACES:
        found = place.search(said.text)
        if found is None:
            continue
        value = _SINCE.sub("", found["v"].strip())
        if called := _TOWN_CALLED.match(value):
            value = called["v"]
        dated = re.search(rf"\d|^{MONTH}\b", value, re.IGNORECASE)
        if not dated and is_proper(value, said) and len(value.split()) <= 6:
            yield Claim("fact", attribute, titled(value), confidence=0.85)


_WORKS_AS = rule(
    r"(?<!\w)(?:(?:I|we)(?:'m| am|'ve been| have been)? (?:work|working|employed) as"
    "|I (?:earn my|make a) living as|my (?:job|profession|occupation|work)(?: is|:)"
    rf"|by profession,? i(?:'m| am)) (?:an? )?(?!the )(?!that )(?!what ){VALUE}"
)
_I_AM_A = rule(rf"(?:{I_AM}|(?<!\w)I(?:'ve| have) been) (?:an?|the) {VALUE}")
_WORKS_AT = rule(
    r"(?<!\w)(?:I(?:'m| am)? (?:work|working|employed)|my job is)(?: as [^,;]+?)? (?:at|for|by)"
    rf" {VALUE}"
)
_AT = re.compile(r"^(?P<job>.+?) (?:at|for) (?P<v>[A-Z].*)$")
_WITH = rule(r"\s+(?:in|at|for|with|by|from|of)\s.*$")
_NO_EMPLOYER = frozenset("home night nights the free myself once weekends it this least".split())


def work(said: Said) -> Iterator[Claim]:
    """Find what somebody works as, and for whom."""
    found = _WORKS_AS.search(said.text)
    job = found["v"].strip() if found else ""
    if not job and (found := _I_AM_A.search(said.text)) and _is_job(found["v"]):
        job = found["v"].strip()
    if job:
        if at := _AT.match(job):
            yield Claim("fact", "employer", at["v"].strip())
        job = _WITH.sub("", job)
        if len(job.split()) <= 4 and job.casefold() not in VAGUE:
            yield Claim("fact", "job", job, confidence=0.85)
    found = _WORKS_AT.search(said.text)
    if found and found["v"].split()[0].casefold() not in _NO_EMPLOYER:
        yield Claim("fact", "employer", found["v"].strip())


def _is_job(value: str) -> bool:
    bare = _WITH.sub("", value.strip()).casefold()
    words = bare.split()
    if not words or len(words) > 4 or {bare, words[-1]} & (NO_JOB | PEOPLES):
        return False
    known = bare in JOBS or words[-1] in JOBS
    return known or (len(words[-1]) > 4 and words[-1].endswith(JOB_ENDING))


_AGES = (
    rule(rf"{I_AM} (?P<v>\d{{1,3}})(?: years? old| years? of age)?{END}"),
    rule(rf"(?<!\w)I(?:'ve)? (?:just )?turned (?P<v>\d{{1,3}})(?= in |{ENDS})"),
    rule(rf"(?<!\w)my age(?: is|:) (?P<v>\d{{1,3}}){END}"),
)
_BIRTHDAY = rule(
    r"(?<!\w)(?:my birthday(?:'s| is|:)(?: on| in)?|I was born on|I was born in"
    rf"|my date of birth(?: is|:)) {VALUE}"
)
_DATE = rule(rf"\d+(?!\d*s)|\b{MONTH}\b")


def ages(said: Said) -> Iterator[Claim]:
    """Find how old somebody is and when they were born."""
    found = next(filter(None, (age.search(said.text) for age in _AGES)), None)
    if found and 3 <= int(found["v"]) <= 120:
        yield Claim("fact", "age", found["v"], confidence=0.85)
    found = _BIRTHDAY.search(said.text)
    if found and _DATE.search(found["v"]):
        yield Claim("fact", "birthday", found["v"].strip(), confidence=0.9)


_ALLERGIES = (
    rule(
        rf"(?:{I_AM}(?: \w+ly| very)? (?:allergic|intolerant) to|(?<!\w)I have an allergy to)"
        rf" {VALUE}"
    ),
    rule(
        r"(?<!\w)I(?:'ve| have)(?: got)? (?:an? )?(?:\w+ )??(?P<v>[\w-]+) (?:allergy|intolerance)\b"
    ),
    rule(rf"{I_AM} (?P<v>[\w-]+)[ -]intolerant\b"),
)
_NOT_EATEN = rule(
    r"(?<!\w)I (?:can't|cannot|can not|don't|do not|never|must not|may not) (?:eat|drink)"
    rf"(?: any)? {VALUE}"
)
_DIET = rule(rf"{I_AM}(?: an?)?(?: strict)? (?P<v>{DIET}){END}")


def health(said: Said) -> Iterator[Claim]:
    """Find allergies, diets, and what somebody does not eat."""
    for allergy in _ALLERGIES:
        if found := allergy.search(said.text):
            for value in listed(whole_list(found, said.text)):
                if value.casefold() not in VAGUE | {"nonsense"} and len(value.split()) <= 3:
                    yield Claim("fact", "allergy", value, many=True, confidence=0.95)
    if found := _NOT_EATEN.search(said.text):
        for value in listed(whole_list(found, said.text)):
            if is_thing(value) and len(value.split()) <= 3:
                yield Claim("fact", "cannot eat", value, many=True, confidence=0.85)
    if found := _DIET.search(said.text):
        yield Claim("fact", "diet", found["v"].lower(), confidence=0.9)


_DOINGS: tuple[tuple[Kind, str, bool, re.Pattern[str]], ...] = (
    ("fact", "speaks", True, rule(
        rf"(?<!\w)I (?:also )?speak (?P<v>{LANGUAGE}(?:(?:, |,? and ){LANGUAGE})*)\b"
    )),
    ("fact", "mother tongue", False, rule(
        rf"(?<!\w)my (?:mother tongue|native language|first language) is (?P<v>{LANGUAGE})\b"
    )),
    ("fact", "plays", True, rule(
        r"(?<!\w)I(?: can)? play (?:the )?(?P<v>(?!with|a |it|games|along|around|no|on)[\w-]+"
        rf"(?: (?!too\b)[\w-]+)?){END}"
    )),
    ("fact", "vehicle", False, rule(
        rf"(?<!\w)I (?:drive|ride) an? (?P<v>[\w-]+(?: [\w-]+){{0,2}}){END}"
    )),
    ("fact", "studies", False, rule(
        r"(?<!\w)I(?:'m| am)? (?:study|studying) (?P<v>(?!for|hard|it|at|in)[\w-]+"
        rf"(?: (?!in|at)[\w-]+){{0,2}})(?= in | at |{ENDS})"
    )),
    ("topic", "topic", True, rule(
        rf"{I_AM} (?:currently )?(?P<v>{DOING} (?!it|this|that|them|something|you)"
        rf"[^,;:!?()]+?){END}"
    )),
)  # fmt: skip


def doings(said: Said) -> Iterator[Claim]:
    """Find languages, instruments, vehicles, studies, and what somebody is busy with."""
    for kind, attribute, many, doing in _DOINGS:
        found = doing.search(said.text)
        if found is None or found["v"].casefold().endswith((" it", " that", " this")):
            continue
        for value in listed(found["v"]) if attribute == "speaks" else [found["v"].strip()]:
            language = attribute in ("speaks", "mother tongue")
            named = value[:1].upper() + value[1:] if language else value
            yield Claim(kind, attribute, named, many=many, confidence=0.75)


_NOTED = rule(
    r"(?P<keep>\b(?:remember|note|keep in mind|don't forget|save|write down)\b[^.]*?)?(?<!\w)my "
    rf"(?P<n>[a-z][\w-]*(?: [a-z][\w-]*){{0,2}})(?: is|'s| are|:) (?P<v>[^,;!?()]+?){END}"
)
_NOTED_AFTER = (
    rule(rf"^(?P<v>[^,;:!?()]+?) is my (?P<n>[a-z][\w-]*(?: [a-z][\w-]*){{0,2}}){END}"),
    rule(rf"\bas for my (?P<n>[a-z][\w-]*(?: [a-z][\w-]*){{0,2}}), (?:it|that)(?:'s| is) {VALUE}"),
)
_KNOWN_NOUN = rule(
    "(?:.* )?(?:word|day|bank|shop|cafe|month|number|code|pin|password|hobby|team|size|address|"
    "e-?mail|phone|user ?name|nickname"
    "|surname|last name|middle name|blood type|star sign|school|university|company|employer|band"
    r"|street|village|project|instrument|day off|lucky \w+|goal|major|subject|shoe size)"
)
_OTHER_RULES = rule(
    rf"(?:.* )?(?:name|{RELATION})|(?:job|profession|work|occupation|birthday|age|home.*|city|town"
    "|mother tongue|native language|first language|favou?rite .*|date of birth)"
)


def noted(said: Said) -> Iterator[Claim]:
    """Find what else is "my … is …": what was asked to be remembered, numbers, codes, teams."""
    after = next(filter(None, (one.search(said.text) for one in _NOTED_AFTER)), None)
    found = after or _NOTED.search(said.text)
    if found is None:
        return
    noun, value = found["n"].casefold(), found["v"].strip()
    words = value.casefold().split()
    if _OTHER_RULES.fullmatch(noun) or not words or len(words) > 6:
        return
    keep = not after and found["keep"]
    if not keep and (words[0] in PASSING or words[0].endswith("ing")):
        return
    number = re.fullmatch(r"[\d][\d .:/-]*", value)
    if keep or _KNOWN_NOUN.fullmatch(noun) or number:
        yield Claim("fact", noun, value)
