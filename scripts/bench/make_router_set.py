"""Write router_set.jsonl: requests, and the specialists that each of them needs.

Usage: python scripts/bench/make_router_set.py

Half of the templates hold a word of `KEYWORDS` and half hold none; those for `personal` that hold
one use it in another sense. All requests of a template are in the same split: `dev` is there to
choose thresholds by, `report` to measure with. Nothing of it stands among the router's examples.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

SET = Path(__file__).with_name("router_set.jsonl")
KEYWORDS: dict[str, tuple[str, ...]] = {
    "coder": tuple(
        "code python javascript rust java sql function script bug debug compile program regex "
        "algorithm api git".split()
    ),
    "researcher": tuple(
        "research paper papers study studies source sources evidence compare literature cite "
        "survey article".split()
    ),
}
"""By what a router would go that looks for words."""

# In each group: templates with a word of the specialists', then templates without one. `{}` takes
# each of the fillers behind it in turn.
TEMPLATES: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
    "coder": (
        [
            ("Write a python function that {}.",
             "reverses a list|finds the median|counts vowels|merges two dictionaries|"
             "parses a date"),
            ("There is a bug in my {}, can you find it?",
             "login form|web server|parser|sorting routine|game loop"),
            ("What does this code do when {}?",
             "the list is empty|two threads call it|the file is missing|x is negative|"
             "it overflows"),
            ("I need a sql query that {}.",
             "lists late orders|sums sales by month|finds duplicates|joins users and orders|"
             "deletes old rows"),
            ("My rust program will not compile: {}.",
             "cannot borrow as mutable|expected struct|lifetime too short|missing trait|"
             "use of moved value"),
            ("How would you write a script to {}?",
             "rename all my photos|back up a folder|resize images|watch a directory|split a csv"),
        ],
        [
            ("Why do I get {} when I call it?",
             "a null pointer|IndexError|a segmentation fault|undefined is not an object|"
             "a stack overflow"),
            ("Turn this loop into {}.",
             "a comprehension|recursion|a generator|something vectorised|async tasks"),
            ("My unit tests fail with {}.",
             "a timeout|an import error|an assertion|a mock that is never called|a type mismatch"),
            ("Refactor this class so that {}.",
             "it can be tested|it has no globals|the constructor is short|it is thread safe|"
             "subclasses can override it"),
            ("How do I {} in the terminal?",
             "grep recursively|kill a process by port|set an environment variable|"
             "pipe stderr to a file|make a symlink"),
            ("The docker container {}.",
             "exits at once|cannot reach the database|runs out of memory|ignores my config|"
             "rebuilds every layer"),
        ],
    ),
    "researcher": (
        [
            ("What does the research say about {}?",
             "sleep and memory|cold showers|remote work|intermittent fasting|early reading"),
            ("Summarise this paper on {}.",
             "coral bleaching|gene editing|forgetting in networks|urban heat|bird migration"),
            ("Which studies support the claim that {}?",
             "sugar causes hyperactivity|music helps learning|walking lowers stress|"
             "coffee protects the liver|class size matters"),
            ("Compare the main theories of {}.",
             "inflation|language acquisition|dark matter|the fall of Rome|consciousness"),
            ("Find sources on {}.",
             "the history of salt|women in early astronomy|tidal power|plague in Venice|"
             "the silk road"),
            ("How strong is the evidence for {}?",
             "vitamin D against colds|acupuncture|water on Mars|learning styles|the multiverse"),
        ],
        [
            ("What is known about the causes of {}?",
             "migraine|the Bronze Age collapse|desertification|bee deaths|autism"),
            ("Give me an overview of the arguments for and against {}.",
             "nuclear energy|a basic income|zoos|school uniforms|space flight"),
            ("Is it true that {}, and who has shown it?",
             "goldfish forget quickly|lightning never strikes twice|left-handers die younger|"
             "plants hear|glass flows"),
            ("How has the understanding of {} changed over the last century?",
             "continents|infection|intelligence|dinosaurs|the atom"),
            ("What are the open questions about {}?",
             "black holes|ageing|the origin of language|ocean currents|memory formation"),
            ("Explain the differences between {} and their consequences.",
             "Keynes and Hayek|viruses and bacteria|Sunni and Shia Islam|fission and fusion|"
             "common law and civil law"),
        ],
    ),
    "personal": (
        [
            ("I forgot the code of {}.",
             "the front door|my bike lock|the alarm|my suitcase|the garage"),
            ("What is on the program of {} tonight?",
             "the opera|the village fair|the church choir|the cinema|the town hall"),
            ("Remind me to buy paper for {}.",
             "the printer|wrapping gifts|the kids|the office|my watercolours"),
            ("I want to study {} next year, I am so excited!",
             "in Lisbon|music|with Ana|at the art school|abroad"),
            ("My {} said my article in the club's newsletter was lovely.",
             "mother|neighbour|boss|sister|teacher"),
            ("The function of {} at our wedding was to make people laugh.",
             "the toast|my uncle|the games|the photo booth|the costume"),
        ],
        [
            ("Good {}, how are you?", "morning|evening|day|afternoon|to see you"),
            ("What did I tell you about {}?",
             "my sister|our holiday|the dentist|my allergy|the new flat"),
            ("I feel {} today.", "tired|lonely|wonderful|nervous|proud"),
            ("What should I {} this weekend?", "cook|wear|read|do with the kids|plant"),
            ("Remember that {}.",
             "I do not eat fish|Tom's birthday is in May|my flight leaves at nine|"
             "I like short answers|the cat needs her pills"),
            ("Help me write a message to {}.",
             "my landlord|an old friend|my grandmother|the school|my ex"),
        ],
    ),
    "coder researcher": (
        [
            ("Read the paper on {} and write python for it.",
             "bloom filters|page rank|k-means|dropout|skip lists"),
            ("Compare the literature on {} and give me code for the best one.",
             "sorting networks|spam filters|hash tables|string matching|load balancing"),
        ],
        [
            ("Explain what is known about {}, then implement it.",
             "quicksort|elliptic curves|simulated annealing|raft consensus|"
             "fast Fourier transforms"),
            ("Which data structure do experts recommend for {}, and how do I implement it?",
             "autocomplete|range queries|caches|spell checking|priority queues"),
        ],
    ),
}  # fmt: skip


def words_of(text: str) -> set[str]:
    """The words of a text, in small letters."""
    return set(re.findall(r"[a-z]+", text.lower()))


def has_keyword(text: str) -> bool:
    """Whether a text holds a word of any specialist's."""
    return any(words_of(text) & set(keywords) for keywords in KEYWORDS.values())


def rows() -> list[dict[str, object]]:
    """All requests, with what they need; every second template of each group is for reporting."""
    made: list[dict[str, object]] = []
    for label, halves in TEMPLATES.items():
        for with_keywords, templates in zip((True, False), halves, strict=True):
            for number, (template, fillers) in enumerate(templates):
                for filler in fillers.split("|"):
                    text = template.format(filler)
                    if has_keyword(text) != with_keywords:
                        raise ValueError(f"{text!r} is in the wrong half")
                    made.append(
                        {
                            "text": text,
                            "specialists": label.split(),
                            "template": template,
                            "keywords": with_keywords,
                            "split": "report" if number % 2 else "dev",
                        }
                    )
    return made


def main() -> None:
    with SET.open("w", encoding="utf-8") as file:
        for row in rows():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
