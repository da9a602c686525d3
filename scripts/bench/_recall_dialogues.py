"""Which dialogues of Synthetic-Persona-Chat the recall set takes, and questions about them."""

from __future__ import annotations

from typing import NamedTuple


class Dialogue(NamedTuple):
    """A dialogue's number in the corpus, its first turn that is used, and questions.

    Each question names the turns that answer it; `{u}` and `{a}` are the two who talk. Where it
    repeats words of the turn it says "plain".
    """

    number: int
    first: int
    questions: tuple[tuple[str, tuple[int, ...]] | tuple[str, tuple[int, ...], str], ...]


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
                (
                    ("Which two breeds does {a} own?", (3,)),
                    ("What is the name of {u}'s shepherd?", (4,)),
                    ("Where does Barnaby get his exercise?", (10,)),
                    ("What kind of dogs does {a} have?", (3,), "plain"),
                    ("Where does {a} like to go for walks with the dogs?", (9,), "plain"),
                ),
            ),
            Dialogue(
                28,
                2,
                (
                    ("What hobbies is {a} fondest of?", (3,)),
                    ("To which event was {a} taking home-made biscuits?", (5,)),
                    ("What does {u} put into the dough of her chocolate chip cookies?", (10,)),
                    ("How does {a} coat the snickerdoodles?", (13,)),
                    ("What does {u} like to add to chocolate chip cookies?", (10,), "plain"),
                ),
            ),
            Dialogue(
                55,
                2,
                (
                    ("What is {a}'s occupation?", (3,)),
                    ("What does {a} find most rewarding at work?", (7,)),
                    ("Which landmark does {u} long to see in Paris?", (16,)),
                    ("Which continent will {u} tour?", (14,)),
                    ("When is {u} planning to go to Europe?", (14,), "plain"),
                    ("Has {a} been to Europe?", (15,), "plain"),
                ),
            ),
            Dialogue(
                11,
                2,
                (
                    ("Which place did {a} recommend for eating out?", (5,)),
                    ("Is {u} fond of walking in the mountains?", (2,)),
                    ("What kind of television do both of them follow?", (8, 9)),
                    ("What is the Italian restaurant called that {a} loves?", (5,), "plain"),
                ),
            ),
            Dialogue(
                334,
                2,
                (
                    ("What is {u}'s profession?", (2,)),
                    ("Which equipment does {a} exercise on?", (3,)),
                    ("Which vegetables does {u} grow?", (10,)),
                    ("Which flowers and vegetables does {u} have in the garden?", (10,), "plain"),
                    ("What does {a} do at the gym?", (3,), "plain"),
                ),
            ),
            Dialogue(
                317,
                0,
                (
                    ("What sort of seaside does {a} prefer?", (3,)),
                    ("In which region was {u} on a gorgeous shore?", (4,)),
                    ("Which games does {a} play at the table?", (9,)),
                    ("At which word game does {u} lose?", (10,)),
                    ("Where has {u} been to beautiful beaches?", (4,), "plain"),
                    ("What kind of movies does {a} like?", (15,), "plain"),
                ),
            ),
            Dialogue(
                322,
                0,
                (
                    ("Which dish is {a} proud of?", (3,)),
                    ("Who is the hero that {u} admires most?", (6,)),
                    ("Which pasta dish does {a} make?", (3,), "plain"),
                    ("What does {a} like about Spiderman?", (9, 11), "plain"),
                ),
            ),
            Dialogue(
                44,
                0,
                (
                    ("Which groups does {u} listen to?", (4,)),
                    ("Whom is {u} going to hear on stage?", (6,)),
                    ("What sort of cinema does {u} love?", (14,)),
                    ("Which bands does {u} love?", (4,), "plain"),
                    ("Whom will {u} see in concert next month?", (6,), "plain"),
                ),
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
                (
                    ("How does {u} pass the days since leaving work?", (2,)),
                    ("How many boys does {a} have?", (5,)),
                    ("Which crafts does {a} prefer to athletics?", (7,)),
                    ("Which genres does {u} enjoy?", (10,)),
                    ("How many sons does {a} have?", (5,), "plain"),
                    ("What kind of books does {u} love?", (10,), "plain"),
                ),
            ),
            Dialogue(
                315,
                0,
                (
                    ("Where is {a} employed?", (1,)),
                    ("Why does {a} feel down?", (5,)),
                    ("How does {a} kill time in the evening?", (11,)),
                    ("What happened with {a}'s wife and kids?", (5,), "plain"),
                ),
            ),
            Dialogue(
                52,
                0,
                (
                    ("What does {u} do in the maternity ward?", (0,)),
                    ("What trade does {a}'s dad have?", (1,)),
                    ("How far does {u} go on foot each day?", (4,)),
                    ("Where was {u} heading the following week?", (6,)),
                    ("Which books about a young wizard does {u} adore?", (12,)),
                    ("What does {a}'s father do?", (1,), "plain"),
                    ("How many miles does {u} walk every day?", (4,), "plain"),
                    ("Where was {u} going next week?", (6,), "plain"),
                ),
            ),
            Dialogue(
                255,
                0,
                (
                    ("What are {a}'s pets called?", (3,)),
                    ("How is {u}'s kitty called?", (2,)),
                    ("What attracts {a} to observing wildlife?", (5, 7)),
                    ("What are {a}'s two cats named?", (3,), "plain"),
                    ("What does {a} love about bird watching?", (5, 7), "plain"),
                ),
            ),
            Dialogue(
                59,
                2,
                (
                    ("Which singers does {a} put on?", (9,)),
                    ("Which song of Carrie Underwood does {a} like best?", (13,)),
                    ("And which one is {u}'s choice?", (14,)),
                    ("Which country artists does {a} like?", (9,), "plain"),
                    ("What is {a}'s favorite song by Carrie Underwood?", (13,), "plain"),
                ),
            ),
            Dialogue(
                46,
                4,
                (
                    ("Who does {u} make music with?", (6,)),
                    ("Which language is {a} studying?", (13,)),
                    ("Which language is {u} picking up?", (14,)),
                    ("What does {u} play in the band?", (6,), "plain"),
                ),
            ),
            Dialogue(
                329,
                2,
                (
                    ("Why is {u} hunting for a job?", (4,)),
                    ("Whom does {a} treat as a physician?", (7,)),
                    ("How gifted is {u}'s little girl?", (8,)),
                    ("Which comedy does {u} rank first?", (12,)),
                    ("What about the studio that {u} owns?", (4,), "plain"),
                    ("What is {u}'s favorite movie?", (12,), "plain"),
                    ("What kind of doctor is {a}?", (7,), "plain"),
                ),
            ),
            Dialogue(
                333,
                1,
                (
                    ("How are the two four-legged friends of {a} named?", (9,)),
                    ("Which sort of sweets is {u} keen on?", (2,)),
                    ("What are the names of {a}'s dogs?", (9,), "plain"),
                    ("What kind of chocolate does {u} like best?", (2,), "plain"),
                ),
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
                (
                    ("From what event had {a} just returned?", (3,)),
                    ("Which titles does {u} have on the console?", (12,)),
                    ("Which video games does {u} play?", (12,), "plain"),
                ),
            ),
            Dialogue(
                45,
                2,
                (
                    ("What is {u}'s religion?", (2,)),
                    ("Why is {a} taking up a foreign language?", (9, 11)),
                    ("Which instrument with keys does {u} master?", (4,)),
                    ("On which vocabulary did {a} quiz {u}?", (7,)),
                    ("Which instrument does {u} play?", (4,), "plain"),
                    ("Why is {a} studying Spanish?", (9, 11), "plain"),
                ),
            ),
            Dialogue(
                310,
                2,
                (
                    ("What is {u}'s age?", (8,)),
                    ("Which country impressed {u} most, and why?", (14, 16)),
                    ("Has {a} ever been abroad?", (5,)),
                    ("What was {u}'s favorite place?", (14, 16), "plain"),
                    ("How old is {u}, and still traveling?", (8,), "plain"),
                ),
            ),
            Dialogue(
                316,
                2,
                (
                    ("How did {a} lose the earlier employment?", (7,)),
                    ("Which sport is {a} mad about?", (3,)),
                    ("Which fizzy beverage does {u} avoid?", (14,)),
                    ("Why was {a} fired, and from what?", (7,), "plain"),
                    ("What does {u} like to eat?", (12,), "plain"),
                ),
            ),
            Dialogue(
                251,
                0,
                (
                    ("Who takes care of {a}'s boy?", (1, 3)),
                    ("What kind of physician is {u}?", (12,)),
                    ("Towards which subject does {u}'s child lean?", (6,)),
                    ("What kind of doctor is {u}?", (12,), "plain"),
                    ("What is {u}'s daughter interested in?", (6,), "plain"),
                ),
            ),
            Dialogue(
                243,
                0,
                (
                    ("Which rapper does {a} rate?", (3,)),
                    ("Which restaurant chain was {a} curious about?", (13, 15)),
                    ("What is {u} going to major in at college?", (0,), "plain"),
                    ("Which restaurant has {a} wanted to try?", (13, 15), "plain"),
                ),
            ),
            Dialogue(
                47,
                2,
                (
                    ("How many classic cars stand in {a}'s garage?", (7,)),
                    ("Whose crime stories has {a} been into lately?", (15,)),
                    ("How does {a} spend Saturdays and Sundays?", (3,)),
                    ("Which vintage cars does {a} have?", (7,), "plain"),
                    ("Which author has {a} been reading lately?", (15,), "plain"),
                ),
            ),
        ),
    ),
)
