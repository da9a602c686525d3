"""What the finished starter answers: a fixed list of prompts, and figures on held-out questions."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from agents.persona import SYSTEM_PROMPT
from scripts.starter import batches, conversations, model, product, recall
from scripts.starter import tokenizer as words
from scripts.starter.corpus import Corpus

PROMPTS: list[list[str]] = [
    ["hello"],
    ["Hello!"],
    ["hey there"],
    ["who are you?"],
    ["Who are you"],
    ["what can you do?"],
    ["how do I train you?"],
    ["are you online?"],
    ["do you remember me?"],
    ["what model are you?"],
    ["how do I use a bigger model?"],
    ["is this private?"],
    ["What is the capital of France?"],
    ["what is 17 times 23?"],
    ["write a python function that reverses a list"],
    ["how's the weather?"],
    ["tell me a joke"],
    ["i feel a bit lonely today"],
    ["My name is Farida and I have a cat called Pluto.", "What is my cat called?", "and who am I?"],
    ["My favourite colour is teal.", "thanks", "which colour do I like?", "What is my job?"],
    ["what's my name?"],
    ["I just baked bread with my grandmother."],
    ["thank you, good night"],
    ["asdf qwer"],
    ["Please summarise the plot of Hamlet for me"],
    ["why?"],
]


class Answerer:
    """Answers from the checkpoint in a folder, as text, with Gemma's turn format."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.network = model.load(folder).eval()

    def prompt(self, messages: conversations.Messages) -> list[int]:
        """Token ids up to where the model's answer begins."""
        ids, _ = batches.encode(self.tokenizer, messages)
        head = self.tokenizer.encode("model\n", add_special_tokens=False).ids
        return [*ids, words.START_OF_TURN, *head]

    def answer(
        self, messages: conversations.Messages, temperature: float = 0.0, seed: int = 0
    ) -> tuple[str, bool]:
        """The answer (160 tokens at most) and whether it ended by itself."""
        import torch

        torch.manual_seed(seed)
        ids = torch.tensor([self.prompt(messages)])
        choose: dict[str, Any] = {"do_sample": False}
        if temperature > 0:
            choose = {"do_sample": True, "temperature": temperature, "top_k": 0}
        with torch.no_grad():
            out = self.network.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=160, **choose
            )[0, ids.shape[1] :].tolist()
        ended = bool(out) and out[-1] in (words.EOS, words.END_OF_TURN)
        return self.tokenizer.decode(out, skip_special_tokens=True), ended


def print_samples(folder: Path, temperature: float) -> None:
    """Answer `PROMPTS`, with the product's system prompt, and print them as they come."""
    answerer = Answerer(folder)
    for turns in PROMPTS:
        messages = [{"role": "system", "content": SYSTEM_PROMPT}]
        for question in turns:
            messages.append({"role": "user", "content": question})
            text, ended = answerer.answer(messages, temperature)
            messages.append({"role": "assistant", "content": text})
            print(f"> {question}\n{text}{'' if ended else ' [did not end]'}", flush=True)
        print()


def recall_items(items: int, seen_wordings: bool) -> list[tuple[conversations.Messages, str]]:
    """Conversations that end in a question, and the value due; the values are always fresh.

    Four out of five ask for one of one to four things told; the rest for something never told.
    """
    made = []
    for number in range(items):
        rng = Random(f"evaluation {seen_wordings} {number}")
        facts = recall.distinct_facts(rng, rng.randint(1, 4), held_out=not seen_wordings)
        asked, value = rng.choice(facts), ""
        if number % 5 == 4:
            kinds = {fact.kind for fact in facts}
            while (asked := recall.personal_fact(rng, not seen_wordings)).kind in kinds:
                pass
            value = recall.UNKNOWN
        told = " ".join(fact.statement for fact in facts)
        form = number % 3
        messages = [{"role": "system", "content": SYSTEM_PROMPT}]
        if form == 0:
            statements = [fact.statement for fact in facts]
            messages[0]["content"] = product.system(rng, statements, plain=True)
        elif form == 1:
            messages += [
                {"role": "user", "content": told},
                {"role": "assistant", "content": "Thank you for telling me."},
            ]
        question = f"{told}\n{asked.question}" if form == 2 else asked.question
        messages.append({"role": "user", "content": question})
        made.append((messages, value or asked.value))
    return made


def recall_figures(answerer: Answerer, items: int, seen_wordings: bool) -> dict[str, int]:
    """How many values came back whole, and how often "I don't know that yet" was right or wrong."""
    counts = {"told": 0, "right": 0, "false_unknown": 0, "untold": 0, "right_unknown": 0}
    for messages, value in recall_items(items, seen_wordings):
        text, _ = answerer.answer(messages)
        unknown = recall.UNKNOWN in text
        if value == recall.UNKNOWN:
            counts["untold"] += 1
            counts["right_unknown"] += unknown
        else:
            counts["told"] += 1
            counts["right"] += value.lower() in text.lower() and not unknown
            counts["false_unknown"] += unknown
    return counts


def far_recall_figures(answerer: Answerer, items: int, low: int, high: int) -> dict[str, int]:
    """How many values come back from a prompt of `low` to `high` tokens, mostly small talk."""
    counts = {"told": 0, "right": 0, "false_unknown": 0}
    for number in range(items):
        rng = Random(f"far {number}")
        facts = recall.distinct_facts(rng, rng.randint(1, 3))
        asked, tokens = rng.choice(facts), rng.randrange(low, high)
        messages = [
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": " ".join(fact.statement for fact in facts)},
            {"role": "assistant", "content": "Thank you for telling me."},
        ]
        while len(answerer.prompt(messages)) < tokens:
            for question, answer in conversations.small_exchange(rng):
                messages.append({"role": "user", "content": question})
                messages.append({"role": "assistant", "content": answer})
        messages.append({"role": "user", "content": asked.question})
        text, _ = answerer.answer(messages)
        counts["told"] += 1
        counts["right"] += asked.value.lower() in text.lower()
        counts["false_unknown"] += recall.UNKNOWN in text
    return counts


def ending_figures(answerer: Answerer, corpus: Corpus, items: int) -> dict[str, int]:
    """How many answers to held-out openings end by themselves, greedy and sampled at 0.7."""
    counts = {"items": items, "greedy_ended": 0, "sampled_ended": 0}
    for number in range(items):
        messages = conversations.chat(Random(f"ending {number}"), corpus, held_out=True)[:-1]
        counts["greedy_ended"] += answerer.answer(messages)[1]
        counts["sampled_ended"] += answerer.answer(messages, 0.7, seed=number)[1]
    return counts


def print_figures(folder: Path, corpus: Corpus, items: int) -> None:
    """Print every figure as one JSON object."""
    answerer = Answerer(folder)
    print(
        json.dumps(
            {
                "recall_seen_wordings": recall_figures(answerer, items, seen_wordings=True),
                "recall_new_wordings": recall_figures(answerer, items, seen_wordings=False),
                "recall_in_long_prompts": {
                    f"{low}-{high} tokens": far_recall_figures(answerer, items // 2, low, high)
                    for low, high in ((150, 300), (300, 500), (500, 900), (1000, 1900))
                },
                "endings": ending_figures(answerer, corpus, items),
            },
            indent=1,
        )
    )
