"""What is taken up from the user's words about themselves, and what is not."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from agents.profile_extraction import claims_in
from agents.profile_rules.statements import claims
from store.claims import Claim, Evidence, Fact

WORDINGS = Path(__file__).parent / "wordings"
LEAST_FOUND = 0.85
MOST_FALSE = 0.05


def wordings(name: str) -> list[tuple[str, list[str]]]:
    lines = (WORDINGS / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("\t")[::2] for line in lines]
    return [(text, sorted(filter(None, map(str.strip, due.split(";"))))) for text, due in pairs]


def found(text: str) -> list[str]:
    return sorted(
        f"{'-' if claim.retract else ''}{claim.attribute}={claim.value}"
        for claim, _ in claims(text)
    )


def fact(number: int, attribute: str, value: str, kind: str = "fact") -> Fact:
    evidence = (Evidence(1, 1, "", 0.0),)
    return Fact(
        number,
        1,
        kind,
        attribute,
        value,
        False,
        0.8,
        False,
        "current",
        None,
        0.0,
        0.0,
        evidence,  # type: ignore[arg-type]
    )


DOG = fact(1, "dog", "Rex", "relationship")
NAME = fact(2, "name", "Anna", "name")
HOME = fact(3, "home town", "Bremen")
AGE = fact(4, "age", "34")
FACTS = [DOG, NAME, HOME, AGE]


@pytest.mark.parametrize(("text", "due"), wordings("profile_known.tsv"))
def test_a_known_wording_is_understood(text: str, due: list[str]) -> None:
    assert [one.casefold() for one in found(text)] == [one.casefold() for one in due]


def test_wordings_the_rules_were_not_written_for_are_understood() -> None:
    held_out = wordings("profile_held_out.tsv")
    right = sum(
        [x.casefold() for x in found(text)] == [x.casefold() for x in due]
        for text, due in held_out
        if due
    )
    false = sum(bool(found(text)) for text, due in held_out if not due)
    assert right >= LEAST_FOUND * sum(bool(due) for _, due in held_out), right
    assert false <= MOST_FALSE * sum(not due for _, due in held_out), false


def test_several_things_in_one_message_are_all_found() -> None:
    text = (
        "Hello! I'm Farida, and I have a dog called Pluto. I live in Bergen. "
        "Please always answer in one sentence. What is the tide today?"
    )
    assert found(text) == [
        "dog=Pluto", "home town=Bergen", "instruction=Please always answer in one sentence",
        "name=Farida",
    ]  # fmt: skip


def test_each_claim_comes_with_its_sentence() -> None:
    assert [quote for _, quote in claims("Nice weather. My dog is called Rex! And yours?")] == [
        "My dog is called Rex!"
    ]


@pytest.mark.parametrize(
    "text",
    [
        'My favourite line is "I live in Oslo and my name is Max".',
        "> my dog is called Rex\n> I am a nurse\nwhat do you think of this?",
        "```\nmy name is Root\n```",
        "look\n\nAttached file a.md (2 lines):\n```\nMy name is Mallory.\nI live in Rome.\n```",
        "Translate into German: My name is Ben. I live in York.",
        "Summarise the following text:\n\nI am a baker. My wife is Helena.",
        "My name is Long " + "and so on " * 100,
        "x" * 9000 + " my name is Anna",
    ],
)
def test_quotes_files_and_pastes_say_nothing_of_the_user(text: str) -> None:
    assert found(text) == []


def test_what_stands_beside_an_attached_file_counts() -> None:
    file = "Attached file a.txt (1 line):\n````\nMy cat is called Fig. ```\n````"
    text = f"My dog is called Rex.\n\n{file}"
    assert found(text) == ["dog=Rex"]


@pytest.mark.parametrize(
    "text",
    [
        "私の名前は花子です",
        "Меня зовут Анна",
        "我叫小明。",
        "اسمي ليلى",
        "🙂🙂",
        "",
        "\x00",
        "\ud800 my",
    ],
)
def test_any_script_is_read_without_harm(text: str) -> None:
    assert found(text) == []
    assert claims_in(text, FACTS, text) == []


def test_names_of_any_script_are_taken() -> None:
    assert found("My name is Анна.") == ["name=Анна"]
    assert found("my dog is called ポチ") == ["dog=ポチ"]
    assert found("My sister is called Çiğdem.") == ["sister=Çiğdem"]


def test_a_long_message_is_read_in_no_time() -> None:
    words = "i my am is called not but and live in like dog name no , Anna a to".split()
    rng = random.Random(5)
    start = time.process_time()
    for _ in range(10):
        text = " ".join(rng.choice(words) for _ in range(120))
        claims_in(". ".join([text] * 4), FACTS, "Rex")
    claims_in("my " * 190 + ". " + "I like " * 80 + ". " + "and " * 150, FACTS, "Rex")
    assert time.process_time() - start < 10


def corrected(
    text: str, answer: str = "", facts: list[Fact] | None = None
) -> list[tuple[str, str, str]]:
    known = FACTS if facts is None else facts
    return [(c.attribute, c.value, c.replaces) for c, _ in claims_in(text, known, answer)]


@pytest.mark.parametrize(
    ("text", "answer", "due"),
    [
        ("no, it is Max", "Your dog is called Rex.", ("dog", "Max", "Rex")),
        ("No. His name is Max.", "Your dog is called Rex.", ("dog", "Max", "Rex")),
        ("Nope, it's Max!", "Is Rex with you?", ("dog", "Max", "Rex")),
        ("no, max", "Your dog is called Rex.", ("dog", "Max", "Rex")),
        ("Actually, he's called Max", "Your dog is called Rex.", ("dog", "Max", "Rex")),
        ("I meant Hanna", "Nice to meet you, Anna.", ("name", "Hanna", "Anna")),
        ("It's not Rex but Max", "", ("dog", "Max", "Rex")),
        ("not rex, it's max", "", ("dog", "Max", "Rex")),
        ("My dog is called Max, not Rex.", "", ("dog", "Max", "Rex")),
        ("sorry, I live in Graz, not Bremen", "", ("home town", "Graz", "Bremen")),
        ("I'm Hanna, not Anna", "", ("name", "Hanna", "Anna")),
        ("I'm not 34 but 35", "", ("age", "35", "34")),
        ("no, I am 35", "You are 34 years old.", ("age", "35", "34")),
    ],
)
def test_a_correction_names_what_it_replaces(
    text: str, answer: str, due: tuple[str, str, str]
) -> None:
    assert due in corrected(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("no, it is raining", "Is Rex outside?"),
        ("No, it is late.", "Rex wants to play, Anna."),
        ("no, thanks", "Shall I tell you about Rex?"),
        ("No, it's fine.", "Is Rex ill?"),
        ("it is Max", "Your dog is called Rex."),
        ("No, it is Max.", "I don't know that yet."),
        ("is it Max?", "Your dog is called Rex."),
        ("not now but later", "Rex"),
    ],
)
def test_what_corrects_nothing_replaces_nothing(text: str, answer: str) -> None:
    assert [one for one in corrected(text, answer) if one[2]] == []


def test_of_two_that_are_spoken_of_only_a_fitting_one_is_replaced() -> None:
    answer = "Rex is in Bremen, and you are 34."
    assert corrected("no, I'm 35", answer) == [("age", "35", "34")]
    assert corrected("no, it's Max", answer) == []


def test_a_plain_statement_after_no_is_taken_as_it_is() -> None:
    assert ("home town", "Graz", "") in corrected("No, I live in Graz.", "You live in Bremen.")


def test_one_of_several_is_replaced_after_no() -> None:
    sisters = [fact(5, "sister", "Ana", "relationship"), fact(6, "sister", "Eva", "relationship")]
    said = "Your sister is called Ana."
    assert corrected("No, my sister is called Ida.", said, sisters) == [("sister", "Ida", "Ana")]


def test_an_order_replaces_the_one_it_contradicts() -> None:
    known = [fact(7, "instruction", "Always use emojis", "instruction")]
    (one,) = corrected("please never use emojis", "", known)
    assert one == ("instruction", "please never use emojis", "Always use emojis")
    assert corrected("never use tables", "", known)[0][2] == ""


def test_soma_s_own_words_are_no_claim() -> None:
    assert claims_in("thanks", FACTS, "My name is SOMA. I live in Berlin. Always be kind.") == []


def test_a_claim_is_a_value_that_can_be_compared() -> None:
    assert Claim("fact", "age", "34") == Claim("fact", "age", "34")
