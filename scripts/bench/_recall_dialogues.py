"""Which dialogues of Synthetic-Persona-Chat the recall set takes, and questions about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Question(NamedTuple):
    """A question, the turns that answer it, and whether it is in "plain" or in "other" words."""

    text: str
    turns: tuple[int, ...]
    wording: str


class Dialogue(NamedTuple):
    """A dialogue's number in the corpus, its first turn that is used, and questions.

    Each line is a question behind the numbers of the turns that answer it; `{u}` and `{a}` are the
    two who talk. Where it repeats words of those turns the line begins with "=".
    """

    number: int
    first: int
    lines: str = ""

    def questions(self) -> Iterator[Question]:
        """The questions, in order."""
        for line in self.lines.strip().splitlines():
            turns, _, text = line.strip().removeprefix("=").partition(" ")
            wording = "plain" if line.strip().startswith("=") else "other"
            yield Question(text, tuple(map(int, turns.split(","))), wording)


class Pair(NamedTuple):
    """Two people who talk for months, in one conversation of many sessions."""

    user: str
    assistant: str
    dialogues: tuple[Dialogue, ...]


PAIRS = (
    Pair(
        "Nadia",
        "Tobias",
        (
            Dialogue(
                5,
                0,
                """
                3 Which two breeds does {a} own?
                4 What is the name of {u}'s shepherd?
                10 Where does Barnaby get his exercise?
                =3 What kind of dogs does {a} have?
                =9 Where does {a} like to go for walks with the dogs?
                """,
            ),
            Dialogue(
                28,
                2,
                """
                3 What hobbies is {a} fondest of?
                5 To which event was {a} taking home-made biscuits?
                10 What does {u} put into the dough of her chocolate chip cookies?
                13 How does {a} coat the snickerdoodles?
                =10 What does {u} like to add to chocolate chip cookies?
                """,
            ),
            Dialogue(
                55,
                2,
                """
                3 What is {a}'s occupation?
                7 What does {a} find most rewarding at work?
                16 Which landmark does {u} long to see in Paris?
                14 Which continent will {u} tour?
                =14 When is {u} planning to go to Europe?
                =15 Has {a} been to Europe?
                """,
            ),
            Dialogue(
                11,
                2,
                """
                5 Which place did {a} recommend for eating out?
                2 Is {u} fond of walking in the mountains?
                8,9 What kind of television do both of them follow?
                =5 What is the Italian restaurant called that {a} loves?
                """,
            ),
            Dialogue(
                334,
                2,
                """
                2 What is {u}'s profession?
                3 Which equipment does {a} exercise on?
                10 Which vegetables does {u} grow?
                =10 Which flowers and vegetables does {u} have in the garden?
                =3 What does {a} do at the gym?
                """,
            ),
            Dialogue(
                317,
                0,
                """
                3 What sort of seaside does {a} prefer?
                4 In which region was {u} on a gorgeous shore?
                9 Which games does {a} play at the table?
                10 At which word game does {u} lose?
                =4 Where has {u} been to beautiful beaches?
                =15 What kind of movies does {a} like?
                """,
            ),
            Dialogue(
                322,
                0,
                """
                3 Which dish is {a} proud of?
                6 Who is the hero that {u} admires most?
                =3 Which pasta dish does {a} make?
                =9,11 What does {a} like about Spiderman?
                """,
            ),
            Dialogue(
                44,
                0,
                """
                4 Which groups does {u} listen to?
                6 Whom is {u} going to hear on stage?
                14 What sort of cinema does {u} love?
                =4 Which bands does {u} love?
                =6 Whom will {u} see in concert next month?
                """,
            ),
        ),
    ),
    Pair(
        "Marisol",
        "Kenji",
        (
            Dialogue(
                297,
                1,
                """
                2 How does {u} pass the days since leaving work?
                5 How many boys does {a} have?
                7 Which crafts does {a} prefer to athletics?
                10 Which genres does {u} enjoy?
                =5 How many sons does {a} have?
                =10 What kind of books does {u} love?
                """,
            ),
            Dialogue(
                315,
                0,
                """
                1 Where is {a} employed?
                5 Why does {a} feel down?
                11 How does {a} kill time in the evening?
                =5 What happened with {a}'s wife and kids?
                """,
            ),
            Dialogue(
                52,
                0,
                """
                0 What does {u} do in the maternity ward?
                1 What trade does {a}'s dad have?
                4 How far does {u} go on foot each day?
                6 Where was {u} heading the following week?
                12 Which books about a young wizard does {u} adore?
                =1 What does {a}'s father do?
                =4 How many miles does {u} walk every day?
                =6 Where was {u} going next week?
                """,
            ),
            Dialogue(
                255,
                0,
                """
                3 What are {a}'s pets called?
                2 How is {u}'s kitty called?
                5,7 What attracts {a} to observing wildlife?
                =3 What are {a}'s two cats named?
                =5,7 What does {a} love about bird watching?
                """,
            ),
            Dialogue(
                59,
                2,
                """
                9 Which singers does {a} put on?
                13 Which song of Carrie Underwood does {a} like best?
                14 And which one is {u}'s choice?
                =9 Which country artists does {a} like?
                =13 What is {a}'s favorite song by Carrie Underwood?
                """,
            ),
            Dialogue(
                46,
                4,
                """
                6 Who does {u} make music with?
                13 Which language is {a} studying?
                14 Which language is {u} picking up?
                =6 What does {u} play in the band?
                """,
            ),
            Dialogue(
                329,
                2,
                """
                4 Why is {u} hunting for a job?
                7 Whom does {a} treat as a physician?
                8 How gifted is {u}'s little girl?
                12 Which comedy does {u} rank first?
                =4 What about the studio that {u} owns?
                =12 What is {u}'s favorite movie?
                =7 What kind of doctor is {a}?
                """,
            ),
            Dialogue(
                333,
                1,
                """
                9 How are the two four-legged friends of {a} named?
                2 Which sort of sweets is {u} keen on?
                =9 What are the names of {a}'s dogs?
                =2 What kind of chocolate does {u} like best?
                """,
            ),
        ),
    ),
    Pair(
        "Seun",
        "Piotr",
        (
            Dialogue(
                33,
                2,
                """
                3 From what event had {a} just returned?
                12 Which titles does {u} have on the console?
                =12 Which video games does {u} play?
                """,
            ),
            Dialogue(
                45,
                2,
                """
                2 What is {u}'s religion?
                9,11 Why is {a} taking up a foreign language?
                4 Which instrument with keys does {u} master?
                7 On which vocabulary did {a} quiz {u}?
                =4 Which instrument does {u} play?
                =9,11 Why is {a} studying Spanish?
                """,
            ),
            Dialogue(
                310,
                2,
                """
                8 What is {u}'s age?
                14,16 Which country impressed {u} most, and why?
                5 Has {a} ever been abroad?
                =14,16 What was {u}'s favorite place?
                =8 How old is {u}, and still traveling?
                """,
            ),
            Dialogue(
                316,
                2,
                """
                7 How did {a} lose the earlier employment?
                3 Which sport is {a} mad about?
                14 Which fizzy beverage does {u} avoid?
                =7 Why was {a} fired, and from what?
                =12 What does {u} like to eat?
                """,
            ),
            Dialogue(
                251,
                0,
                """
                1,3 Who takes care of {a}'s boy?
                12 What kind of physician is {u}?
                6 Towards which subject does {u}'s child lean?
                =12 What kind of doctor is {u}?
                =6 What is {u}'s daughter interested in?
                """,
            ),
            Dialogue(
                243,
                0,
                """
                3 Which rapper does {a} rate?
                13,15 Which restaurant chain was {a} curious about?
                =0 What is {u} going to major in at college?
                =13,15 Which restaurant has {a} wanted to try?
                """,
            ),
            Dialogue(
                47,
                2,
                """
                7 How many classic cars stand in {a}'s garage?
                15 Whose crime stories has {a} been into lately?
                3 How does {a} spend Saturdays and Sundays?
                =7 Which vintage cars does {a} have?
                =15 Which author has {a} been reading lately?
                """,
            ),
        ),
    ),
)
