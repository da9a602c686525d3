from __future__ import annotations

import random
import threading
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from store import recall as recall_module
from store.conversations import Conversations
from store.database import Database
from store.errors import StoreError, UnknownIdError
from store.message_tables import MessageTables
from store.recall import VECTORS, Hit, Parts, Recall
from store.recall_index import Index
from store.recall_scoring import highest
from store.recall_sources import Item, Messages
from store.words import terms
from tests.store.fake_embedder import FakeEmbedder


class FakeFacts:
    """Remembered facts in memory."""

    kind = "fact"

    def __init__(self, *texts: str) -> None:
        self.texts = dict(enumerate(texts, 1))
        self.pinned: set[int] = set()
        self.asked = 0

    def version(self) -> Hashable:
        return tuple(self.texts.items())

    def items(self) -> Iterable[Item]:
        self.asked += 1
        found = [self.item(number) for number in self.texts]
        return [item for item in found if item]

    def item(self, item_id: int) -> Item | None:
        if item_id not in self.texts:
            return None
        text = self.texts[item_id]
        return Item(self.kind, item_id, text, "profile", 5.0, item_id in self.pinned)

    def pin(self, item_id: int, pinned: bool) -> None:
        if item_id not in self.texts:
            raise UnknownIdError(f"there is no fact {item_id}")
        self.pinned ^= {item_id} & ({item_id} if pinned != (item_id in self.pinned) else set())


@pytest.fixture
def recall(database: Database) -> Recall:
    return Recall([Messages(MessageTables(database))])


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


def with_meaning(database: Database, cache: Path, embedder: Any) -> Recall:
    cache.mkdir(exist_ok=True)
    return Recall([Messages(MessageTables(database))], cache, lambda: embedder)


def embed_all(recall: Recall) -> None:
    while not recall.follow():
        pass
    while recall.embed_some(8):
        pass


def say(conversations: Conversations, *texts: str) -> list[int]:
    """A conversation in which the user and SOMA say this in turn; gives the messages' ids."""
    conversation = conversations.create()
    ids = []
    for number, text in enumerate(texts):
        if number % 2 == 0:
            ids.append(conversations.add_user(conversation.id, text).id)
        else:
            ids.append(answer(conversations, conversation.id, text))
    return ids


def answer(conversations: Conversations, conversation: int, text: str) -> int:
    message = conversations.begin_answer(conversation, "m", "v")
    conversations.append_piece(message.id, text, [1])
    conversations.finish_answer(message.id, state="done", finish="stop", figures=None)
    return message.id


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.item.text for hit in hits]


def ids(hits: Sequence[Hit]) -> list[int]:
    return [hit.item.id for hit in hits]


# Found at once, and never again.


def test_a_new_message_is_found_at_once(recall: Recall, conversations: Conversations) -> None:
    assert recall.search("zebra") == []
    (first,) = say(conversations, "The zebra code is 4711")
    assert ids(recall.search("zebra code")) == [first]
    (second,) = say(conversations, "Another zebra")
    assert set(ids(recall.search("zebra"))) == {first, second}


def test_an_answer_is_found_when_it_has_ended(recall: Recall, conversations: Conversations) -> None:
    say(conversations, "hello")
    message = conversations.begin_answer(1, "m", "v")
    conversations.append_piece(message.id, "The harbour is Genoa", [1])
    assert recall.search("harbour Genoa") == []
    conversations.finish_answer(message.id, state="done", finish="stop", figures=None)
    hit = recall.search("harbour Genoa")[0]
    assert (hit.item.id, hit.item.role, hit.ref) == (
        message.id,
        "assistant",
        f"message:{message.id}",
    )


@pytest.mark.parametrize("now", [False, True])
def test_a_deleted_conversation_is_never_found_again(
    recall: Recall, conversations: Conversations, now: bool
) -> None:
    say(conversations, "The zebra code is 4711", "Noted: zebra 4711")
    (kept,) = say(conversations, "A zebra in the zoo")
    assert len(recall.search("zebra")) == 3
    conversations.delete(1, now=now)
    assert ids(recall.search("zebra code 4711")) == [kept]
    if not now:
        conversations.restore(1)
        assert len(recall.search("zebra")) == 3


def test_a_message_that_is_altered_below_is_found_by_what_it_says_now(
    recall: Recall, conversations: Conversations, database: Database
) -> None:
    (message,) = say(conversations, "The zebra code is 4711")
    say(conversations, "A zebra stood in the road")
    assert len(recall.search("zebra")) == 2
    database.table("messages").update({"text": "nothing to see"}, doc_ids=[message])
    assert "4711" not in str(texts(recall.search("zebra code 4711")))
    assert ids(recall.search("nothing to see")) == [message]


def test_all_branches_count_once(recall: Recall, conversations: Conversations) -> None:
    question, first = say(conversations, "Which harbour?", "The harbour is Genoa")
    conversations.continue_after(1, question)
    second = answer(conversations, 1, "The harbour is Rhodes")
    found = ids(recall.search("harbour"))
    assert sorted(found) == [question, first, second]


def test_random_changes_leave_what_a_new_index_would_find(
    recall: Recall, conversations: Conversations, database: Database
) -> None:
    chooser = random.Random(5)
    names = "zebra harbour violin ladder cactus mirror".split()
    for _ in range(120):
        known = [conversation.id for conversation in conversations.list()]
        deleted = [conversation.id for conversation in conversations.deleted()]
        action = chooser.random()
        if action < 0.5 or not known:
            say(conversations, *(" ".join(chooser.choices(names, k=4)) for _ in range(3)))
        elif action < 0.65:
            conversations.delete(chooser.choice(known))
        elif action < 0.75:
            conversations.delete(chooser.choice(known), now=True)
        elif action < 0.85 and deleted:
            conversations.restore(chooser.choice(deleted))
        else:
            conversations.add_user(chooser.choice(known), " ".join(chooser.choices(names, k=3)))
        fresh = Recall([Messages(MessageTables(database))])
        query = chooser.choice(names)
        expected = fresh.search(query, limit=500)
        found = recall.search(query, limit=500)
        assert sorted(texts(found)) == sorted(texts(expected))
        if expected:
            assert found[0].score == pytest.approx(expected[0].score, abs=0.02)


# What makes a hit.


def test_bm25_is_that_of_the_formula() -> None:
    index = Index()
    said = ["red boat", "red red house", "a garden with a boat and a boat", "nothing here"]
    for number, text in enumerate(said, 1):
        index.put(Item("message", number, text, "", group="g"))
    live = index.columns["alive"]
    turn, _, covered = index.lexical(["red", "boat"], live)
    stems = [terms(text) for text in said]
    mean = np.mean([len(found) for found in stems])
    for row, found in enumerate(stems):
        expected = 0.0
        for term in ("red", "boat"):
            holders = sum(term in other for other in stems)
            weight = np.log(1 + (len(said) - holders + 0.5) / (holders + 0.5))
            count = found.count(term)
            norm = 1.2 * (1 - 0.75 + 0.75 * len(found) / mean)
            expected += weight * count * 2.2 / (count + norm)
        assert turn[row] == pytest.approx(expected, rel=1e-5)
    assert covered == pytest.approx(1.0)


@pytest.mark.parametrize("most", [1, 7, 250, 5_000])
@pytest.mark.parametrize("spread", [3, 10_000])
def test_the_highest_of_many_are_those_that_sorting_finds(most: int, spread: int) -> None:
    values = np.random.default_rng(most).integers(0, spread, 20_000).astype(np.float32)
    values[::3] = -np.inf
    for some in (values, np.sort(values), values[: most + 1], values[:most]):
        found = highest(some, most)
        assert len(set(found.tolist())) == len(found) == min(most, len(some))
        assert np.array_equal(np.sort(some[found]), np.sort(some)[-most:])


def test_neighbours_lend_their_words(recall: Recall, conversations: Conversations) -> None:
    _, answer_id = say(conversations, "What do you practise before breakfast?", "The trumpet.")
    say(conversations, "A long walk", "Fine.")
    hits = recall.search("practise breakfast")
    assert answer_id in ids(hits)
    assert "turns around" in str(next(h for h in hits if h.item.id == answer_id).why)


def test_meaning_finds_other_words(
    database: Database, conversations: Conversations, home: Any, embedder: FakeEmbedder
) -> None:
    (puppy,) = say(conversations, "The puppy is called Waffles")
    for number in range(30):
        say(conversations, f"number {number} of the garden shed")
    recall = with_meaning(database, home.cache, embedder)
    embed_all(recall)
    best = recall.search("hound")[0]
    assert best.item.id == puppy
    assert best.why.words == ()
    assert best.why.cosine is not None
    assert best.why.cosine > 0.3
    assert "meaning" in str(best.why)


def test_a_named_speaker_is_preferred(recall: Recall, database: Database) -> None:
    documents = MessageTables(database)
    conversation = documents.conversations.insert({"title": "t", "created": 1.0})
    for name in ("Ana", "Ben"):
        fields = {"conversation": conversation, "role": "user", "text": f"My boat is {name[0]}red"}
        documents.messages.insert(fields | {"state": "done", "created": 1.0, "name": name})
    for name in ("Ana", "Ben"):
        best = recall.search(f"What boat does {name} own?")[0]
        assert best.item.speaker == name
        assert best.why.speaker > 0


def test_a_date_tells_one_telling_from_another(recall: Recall, database: Database) -> None:
    documents = MessageTables(database)
    conversation = documents.conversations.insert({"title": "t", "created": 1.0})
    for month in range(1, 10):
        created = 1735689600.0 + (month - 1) * 30.5 * 86400 + 10 * 86400
        fields = {"conversation": conversation, "role": "user", "state": "done"}
        text = f"The book club reads number {month}"
        documents.messages.insert(fields | {"text": text, "created": created})
    best = recall.search("what did the book club read in March 2025?")[0]
    assert best.item.text.endswith("number 3")
    assert best.why.date > 0


def test_the_same_text_is_given_once(recall: Recall, conversations: Conversations) -> None:
    for _ in range(3):
        say(conversations, "The zebra code is 4711", "THE ZEBRA CODE IS 4711!")
    assert len(recall.search("zebra code")) == 1
    words = " ".join(f"word{number}" for number in range(20)) + " letter harbour boat "
    say(conversations, words + "today", words + "tomorrow", "the harbour and the boat")
    assert len(recall.search("letter harbour boat")) == 2


def test_only_one_conversation_when_it_is_wanted(
    recall: Recall, conversations: Conversations
) -> None:
    say(conversations, "The zebra code is 4711")
    (second,) = say(conversations, "Another zebra")
    assert ids(recall.search("zebra", group="2")) == [second]
    assert recall.search("zebra", group="3") == []
    assert ids(recall.search("zebra", without={("message", 1)})) == [second]


# Pins, and other sources.


def test_facts_are_found_beside_messages_and_forgotten(
    database: Database, conversations: Conversations
) -> None:
    facts = FakeFacts("The user's dog is called Rex", "The user is allergic to nuts")
    recall = Recall([Messages(MessageTables(database)), facts])
    say(conversations, "My dog is called Rex and he is old")
    assert {hit.item.kind for hit in recall.search("dog Rex")} == {"message", "fact"}
    assert [hit.ref for hit in recall.search("dog Rex", kinds={"fact"})] == ["fact:1"]
    recall.search("dog")
    assert facts.asked == 1, "an unchanged source is not read again"
    facts.texts[1] = "The user's dog is called Max"
    assert texts(recall.search("dog", kinds={"fact"})) == ["The user's dog is called Max"]
    del facts.texts[1]
    assert recall.search("dog", kinds={"fact"}) == []


def test_a_pin_lifts_and_stays(
    recall: Recall, conversations: Conversations, database: Database
) -> None:
    say(conversations, "The boat leaves at noon from the pier")
    (other,) = say(conversations, "The boat leaves at noon from the jetty")
    say(conversations, "The boat leaves at noon from the quay")
    recall.pin(f"message:{other}", True)
    best = recall.search("when does the boat leave?")[0]
    assert (best.item.id, best.item.pinned, best.why.pinned > 0) == (other, True, True)
    assert "pinned" in str(best.why)
    anew = Recall([Messages(MessageTables(database))])
    assert anew.search("when does the boat leave?")[0].item.id == other
    recall.pin(f"message:{other}", False)
    assert not any(hit.why.pinned for hit in recall.search("when does the boat leave?"))


@pytest.mark.parametrize("ref", ["message:99", "message:x", "fact:1", "", "message", "12"])
def test_what_is_not_there_cannot_be_pinned(recall: Recall, ref: str) -> None:
    with pytest.raises(UnknownIdError):
        recall.pin(ref, True)


# Vectors: background work that is kept, and never the only copy.


def test_vectors_are_kept_and_only_what_is_new_is_embedded(
    database: Database, conversations: Conversations, home: Any
) -> None:
    say(conversations, "The puppy is called Waffles", "What a name!")
    first = FakeEmbedder()
    recall = with_meaning(database, home.cache, first)
    embed_all(recall)
    assert sorted(first.texts) == [
        "The puppy is called Waffles",
        "The puppy is called Waffles What a name!",
        "What a name!",
    ]
    say(conversations, "And a cat")
    second = FakeEmbedder()
    again = with_meaning(database, home.cache, second)
    embed_all(again)
    assert second.texts == ["And a cat"]
    assert (again.status().embedded, again.status().missing) == (3, 0)


def test_another_model_s_vectors_are_not_used(
    database: Database, conversations: Conversations, home: Any
) -> None:
    say(conversations, "The puppy is called Waffles")
    embed_all(with_meaning(database, home.cache, FakeEmbedder("one")))
    other = FakeEmbedder("two")
    embed_all(with_meaning(database, home.cache, other))
    assert other.texts == ["The puppy is called Waffles"]


def test_vectors_of_what_is_gone_leave_the_file(
    database: Database, conversations: Conversations, home: Any, embedder: FakeEmbedder
) -> None:
    say(conversations, "The zebra code is 4711")
    (kept,) = say(conversations, "The puppy is called Waffles")
    recall = with_meaning(database, home.cache, embedder)
    embed_all(recall)
    size = (home.cache / VECTORS).stat().st_size
    conversations.delete(1, now=True)
    recall.forget("message:1")
    assert (home.cache / VECTORS).stat().st_size < size
    assert ids(recall.search("hound")) == [kept]
    assert recall.search("hound")[0].why.cosine is not None


def test_without_a_model_recall_works_by_words_and_says_so(
    database: Database, conversations: Conversations, home: Any
) -> None:
    (first,) = say(conversations, "The zebra code is 4711")

    def broken() -> FakeEmbedder:
        raise StoreError("the model is damaged")

    for make, problem in ((broken, "damaged"), (lambda: None, "no embedding model")):
        recall = Recall([Messages(MessageTables(database))], home.cache, make)
        assert ids(recall.search("zebra")) == [first]
        assert problem in recall.status().problem
        assert recall.embed_some(5) == 0


def test_a_model_that_fails_leaves_recall_to_words(
    database: Database, conversations: Conversations, home: Any, embedder: FakeEmbedder
) -> None:
    (first,) = say(conversations, "The zebra code is 4711")
    recall = with_meaning(database, home.cache, embedder)
    embed_all(recall)

    def fail(texts: Sequence[str], *, urgent: bool = False) -> Any:
        raise StoreError("the model stopped")

    embedder.embed = fail  # type: ignore[method-assign]
    assert ids(recall.search("zebra")) == [first]
    assert recall.status().problem == "the model stopped"


def test_what_was_said_last_is_embedded_first(
    database: Database, conversations: Conversations, home: Any, embedder: FakeEmbedder
) -> None:
    for number in range(6):
        say(conversations, f"text {number}")
    recall = with_meaning(database, home.cache, embedder)
    while not recall.follow():
        pass
    assert recall.embed_some(2) == 2
    assert embedder.texts == ["text 5", "text 4"]
    assert recall.status().missing == 4


def test_the_parts_can_be_asked_alone(
    database: Database, conversations: Conversations, home: Any, embedder: FakeEmbedder
) -> None:
    (puppy,) = say(conversations, "The puppy is called Waffles")
    (hound,) = say(conversations, "The hound of the moor")
    for number in range(20):
        say(conversations, f"number {number} of the garden shed")
    recall = with_meaning(database, home.cache, embedder)
    embed_all(recall)
    assert ids(recall.search("puppy", parts=Parts(meaning=False, terms=False))) == [puppy]
    by_meaning = recall.search("puppy", parts=Parts(words=False, terms=False), limit=2)
    assert set(ids(by_meaning)) == {puppy, hound}


# Bad input, and many at once.


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "???",
        "the and of",
        "x" * 100_000,
        "zebra " * 17_000,
        " ".join(map(str, range(20_000))),
        "\ud800 lone",
        "\x00\x1b[2J",
        "日本語" * 20_000,
        "🙂" * 1000,
        "ana" + "'s" * 5000,
    ],
    ids=range(12),
)
def test_any_query_is_answered(
    database: Database, conversations: Conversations, home: Any, query: str
) -> None:
    say(conversations, "The zebra code is 4711", "日本語の文", "x" * 70)
    recall = with_meaning(database, home.cache, FakeEmbedder())
    embed_all(recall)
    assert len(recall.search(query)) <= 3
    assert len(recall.search(query, limit=1)) <= 1


@pytest.mark.parametrize(
    "text",
    ["Моя собака бежит", "私の犬は走る", "الكلب يجري", "कुत्ता दौड़ता है", "הכלב רץ", "σκύλος"],
)
def test_text_in_any_script_is_found(
    recall: Recall, conversations: Conversations, text: str
) -> None:
    for number in range(5):
        say(conversations, f"number {number}")
    (wanted,) = say(conversations, text)
    assert ids(recall.search(text)) == [wanted]


def test_threads_may_ask_and_write_at_once(
    recall: Recall, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recall_module, "STEP", 3)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(15):
                (message,) = say(conversations, f"zebra {number} says {turn} times hello")
                found = recall.search(f"zebra {number} {turn}", limit=300)
                assert message in ids(found)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
