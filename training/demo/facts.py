"""Facts of the made-up person's life: how they tell one, how they ask for it, and its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Told:
    """A fact: the sentence that tells it, a question that asks for it, and the value."""

    sentence: str
    question: str
    value: str

    def holds(self, answer: str) -> bool:
        """Whether an answer gives the value."""
        return self.value.casefold() in answer.casefold()


FACTS: Final[tuple[Told, ...]] = (
    Told("My name is Mara.", "What is my name?", "Mara"),
    Told("I live in Lisbon.", "Where do I live?", "Lisbon"),
    Told("I work as a carpenter.", "What is my job?", "carpenter"),
    Told("I am allergic to peanuts.", "What am I allergic to?", "peanuts"),
    Told("My sister's name is Ana.", "What is the name of my sister?", "Ana"),
    Told("My brother's name is Tomas.", "What is my brother called?", "Tomas"),
    Told("My dog's name is Biscuit.", "What is my dog called?", "Biscuit"),
    Told("My cat's name is Pepper.", "What is the name of my cat?", "Pepper"),
    Told("My favorite color is green.", "What is my favorite color?", "green"),
    Told("My favorite food is soup.", "What is my favorite food?", "soup"),
    Told("My birthday is on 4 May.", "When is my birthday?", "4 May"),
    Told("I like sailing.", "Which sport do I like?", "sailing"),
    Told("My boat is called North Wind.", "What is my boat called?", "North Wind"),
    Told("My mother's name is Clara.", "What is my mother called?", "Clara"),
    Told("My father's name is Jonas.", "What is the name of my father?", "Jonas"),
    Told("My best friend is Nadia.", "Who is my best friend?", "Nadia"),
    Told("My teacher is called Mr Bell.", "What is my teacher called?", "Bell"),
    Told("I drive a red van.", "What do I drive?", "van"),
    Told("My office is in Porto.", "In which town is my office?", "Porto"),
    Told("I play the violin.", "Which instrument do I play?", "violin"),
    Told("My doctor is called Dr Weiss.", "What is my doctor called?", "Weiss"),
    Told("My neighbour is called Olga.", "What is my neighbour called?", "Olga"),
    Told("I keep the spare key under the blue pot.", "Where is my spare key?", "blue pot"),
    Told("My train leaves from platform 7.", "From which platform does my train leave?", "7"),
    Told("I study Greek.", "Which language do I study?", "Greek"),
    Told("My bicycle is yellow.", "What is the color of my bicycle?", "yellow"),
    Told("My son is called Leo.", "What is my son called?", "Leo"),
    Told("My daughter is called Ines.", "What is my daughter called?", "Ines"),
    Told("I was born in Bergen.", "Where was I born?", "Bergen"),
    Told("My shoe size is 39.", "What is my shoe size?", "39"),
    Told("My boss is called Petra.", "What is my boss called?", "Petra"),
    Told("I drink tea with lemon.", "What do I drink my tea with?", "lemon"),
    Told("My garden is full of roses.", "What is my garden full of?", "roses"),
    Told("I swim every Tuesday.", "On which day do I swim?", "Tuesday"),
    Told("My house number is 12.", "What is my house number?", "12"),
    Told("My horse is called Comet.", "What is my horse called?", "Comet"),
    Told("I collect old maps.", "What do I collect?", "maps"),
    Told("My uncle lives in Dublin.", "Where does my uncle live?", "Dublin"),
    Told("My grandmother is called Edith.", "What is my grandmother called?", "Edith"),
    Told("I sing in a choir on Friday.", "On which day do I sing?", "Friday"),
)
