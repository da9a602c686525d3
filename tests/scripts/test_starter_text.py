"""The text the starter is trained on, and its packing into rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import numpy
import pytest
from tokenizers import Tokenizer

from scripts.starter import batches, conversations, grammar, notices, recall, relations, told
from scripts.starter import tokenizer as words
from scripts.starter.corpus import Corpus, Passage

STARTER = Path(__file__).resolve().parents[2] / "training" / "starter"
SMALL = Corpus(
    documents=["Once there was a fox.\nIt slept."] * 50,
    passages=[Passage("The fox slept in the barn.", "Where did the fox sleep?", "In the barn.")],
    sentences=[Passage("The mill was built in 1820.", "When was the mill built?", "In 1820.")],
    sums=["Two and two apples, how many?"],
    replies=[("I like to swim.", "That sounds like fun!")],
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(STARTER / "tokenizer.json"))


@pytest.fixture(scope="module")
def source(tokenizer: Tokenizer) -> batches.Source:
    prose = numpy.arange(60_000, dtype=numpy.uint16) % 4000 + 6
    return batches.Source(SMALL, prose, tokenizer, seed=3)


@pytest.mark.parametrize("kind", sorted(batches.MAKERS))
def test_conversations_depend_on_the_seed_only_and_alternate(kind: str) -> None:
    make = batches.MAKERS[kind]
    for seed in range(200):
        messages = make(Random(seed), SMALL)
        assert messages == make(Random(seed), SMALL)
        roles = [m["role"] for m in messages if m["role"] != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert all(m["content"].strip() for m in messages)
        assert kind in ("extracted", "planned") or not any("{" in m["content"] for m in messages)


def test_answers_about_told_things_hold_the_value() -> None:
    for seed in range(2000):
        fact = recall.personal_fact(Random(seed))
        assert fact.value in fact.answer
        told = f"{fact.statement} {fact.line}".lower()
        assert told.count(fact.value.lower().replace(" your ", " my ")) == 2


def test_answers_about_a_notice_stand_in_it() -> None:
    for seed in range(600):
        text, asked = notices.notice(Random(seed), held_out=seed % 2 == 0)
        assert asked
        assert all(one.answer.rstrip(".").lower() in text.lower() for one in asked)
        assert "{" not in text
    trained = {one.question for seed in range(300) for one in notices.notice(Random(seed))[1]}
    kept = {one.question for seed in range(300) for one in notices.notice(Random(seed), True)[1]}
    assert not trained & kept


def test_what_is_near_to_a_fact_is_of_its_kind() -> None:
    for seed in range(300):
        rng = Random(seed)
        fact = recall.personal_fact(rng)
        near = recall.near_fact(fact, rng)
        for kind in ("person", "place", "pet"):
            assert fact.kind.startswith(kind) == near.kind.startswith(kind)
        assert told.untold(rng, [fact]).question != fact.question


def test_questions_come_in_hundreds_of_wordings() -> None:
    asked = Counter(recall.personal_fact(Random(seed)).question for seed in range(6000))
    assert len(asked) > 2000
    openings = Counter(
        conversations.chat(Random(seed), SMALL)[-2]["content"].lower() for seed in range(3000)
    )
    assert len(openings) > 1500


def test_held_out_wordings_are_not_trained_on() -> None:
    patterns = conversations.SIMPLE[0][1]
    trained = {grammar.wording(patterns, Random(seed)).lower() for seed in range(1500)}
    kept = {grammar.wording(patterns, Random(seed), held_out=True).lower() for seed in range(500)}
    assert len(kept) >= 3
    assert not trained & kept


def test_a_batch_depends_on_seed_and_step_and_fills_its_rows(source: batches.Source) -> None:
    one, same, other = source.training(7, 0.5), source.training(7, 0.5), source.training(8, 0.5)
    assert (one.ids == same.ids).all()
    assert (one.ids != other.ids).any()
    assert (one.documents > 0).mean() > 0.95
    assert source.training(11, 0.5).ids.shape == (3, 1024)


def test_no_document_sees_another_or_what_follows(source: batches.Source) -> None:
    batch = source.training(11, 0.5)
    masks = batch.masks("cpu")
    full, near = masks["full_attention"][0, 0].numpy(), masks["sliding_attention"][0, 0].numpy()
    row = batch.documents[0]
    query, key = numpy.nonzero(full)
    assert (row[query] == row[key]).all()
    assert (key <= query).all()
    assert (query - key)[near[query, key]].max() < 512
    assert full.diagonal().all()
    starts = numpy.flatnonzero((batch.positions[0] == 0) & (row > 0))
    assert len(starts) == len(set(row[row > 0]))
    assert (batch.ids[0][starts] == words.BOS).all()


def test_held_out_loss_counts_answers_and_their_ends_only(
    source: batches.Source, tokenizer: Tokenizer
) -> None:
    batch = source.held_out("told", 0)
    counted = batch.ids[batch.weights > 0]
    assert words.END_OF_TURN in counted
    assert words.START_OF_TURN not in counted
    text = tokenizer.decode(counted.tolist())
    assert recall.UNKNOWN in text
    assert "Answer plainly and briefly" not in text


def test_a_property_is_of_its_thing_and_near_ones_share_thing_or_property() -> None:
    for seed in range(800):
        rng = Random(seed)
        fact = relations.relation(rng, held_out=seed % 2 == 0)
        near = relations.relation(rng, near=fact)
        assert fact.value in fact.statement
        assert fact.value in fact.answer
        assert "{" not in fact.statement + fact.question + fact.answer
        thing, number = fact.kind.split("|")[1:]
        assert thing in fact.question[:1].lower() + fact.question[1:]
        other, same = near.kind.split("|")[1:]
        assert other == thing or same == number
    trained = {relations.relation(Random(seed)).question for seed in range(2000)}
    kept = {relations.relation(Random(seed), held_out=True).question for seed in range(2000)}
    assert not kept & trained


def test_joined_statements_say_all_that_was_said() -> None:
    longer = 0
    for seed in range(400):
        rng = Random(seed)
        known = told.facts(rng, 4)
        said = told.joined([fact.statement for fact in known], rng)
        longer += len(said) < len(known)
        text = " ".join(said).lower()
        assert all(fact.value.lower().replace("your ", "my ") in text for fact in known)
    assert longer > 40


def test_news_hold_the_new_value_and_the_old_one_is_another() -> None:
    for seed in range(800):
        old, new = told.updated(Random(seed))
        assert new.value != old.value
        assert new.value.lower() in new.statement.lower()
        assert new.value in new.answer
        assert new.kind == old.kind


def test_answers_from_the_corpus_are_its_own_words_around_the_answer() -> None:
    text = "The mill, which stands by the river, was built in 1820 by a baker from the next town."
    answer = conversations.in_its_words(Passage(text, "When was it built?", "1820."))
    assert answer == "In 1820."
    answer = conversations.in_its_words(Passage(text, "Where does it stand?", "By the river."))
    assert "by the river" in answer.lower()
