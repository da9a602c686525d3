from __future__ import annotations

import pytest

from store.words import only_asks, terms, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don't tell Ana's dogs' names, it’s 12:30!", ["tell", "ana", "dog", "name", "12", "30"]),
        ("naïve CAFÉ Straße", ["naiv", "cafe", "strass"]),
        ("日本語です", ["日本", "本語", "語で", "です"]),
        ("東京tower", ["東京", "tower"]),
        ("मेरा कुत्ता", ["मेरा", "कुत्ता"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("العربية", ["العربية"]),
        ("\x00\x1b[31m \u202e", ["31m"]),
        ("", []),
        ("the who and what", []),
    ],
)
def test_words_are_found_in_any_script(text: str, found: list[str]) -> None:
    assert terms(text) == found


@pytest.mark.parametrize("text", ["лодка", "σκάφος", "สวัสดี", "船が来る", "kuću", "🙂🙂"])
def test_a_text_in_any_script_shares_its_words_with_itself(text: str) -> None:
    alone, inside = terms(text), terms(f"before {text} behind")
    assert set(alone) <= set(inside)


def test_forms_of_a_word_are_one() -> None:
    assert terms("sailing boats sailed") == terms("sail boat sails")


def test_a_word_without_end_is_cut() -> None:
    assert [len(word) for word in words("a" * 1000)] == [64]
    assert [len(word) for word in words("ж" * 1000)] == [64]


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Where is it?", True),
        ("Really? And why?", True),
        ("It was great! How about you?", False),
        ("We sail.", False),
        ("我们去哪里\uff1f", True),
    ],
)
def test_what_only_asks_is_known(text: str, asks: bool) -> None:
    assert only_asks(text) is asks
