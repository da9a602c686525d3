"""What the recall set plants in its conversations: things told, and other words to ask for them.

A topic is told in `say` (`lead` is the question before it, where there is one) and asked for in
`ask` about somebody else, in `mine` by the person who told it, both in other words; `plain_ask` and
`plain_mine` repeat some of the words, as people do. `{v}` is the value, `{n}` a name.
"""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """One thing that can be told, with the values that it takes."""

    say: str
    ask: str
    mine: str
    plain_ask: str
    plain_mine: str
    values: str
    lead: str = ""

    def options(self) -> list[str]:
        """The values, one for each person or time that it is told."""
        return self.values.split("|")


TOPICS = (
    Topic(
        "My sister's kid just turned three and {v} is all she talks about now.",
        "What is {n}'s niece obsessed with?",
        "what is my niece so excited about these days?",
        "What does {n}'s sister's kid talk about all the time?",
        "what is my sister's kid always talking about?",
        "tractors|the moon|penguins|trains|volcanoes",
    ),
    Topic(
        "We finally booked it: the boat leaves from {v} and we sleep on board.",
        "From which harbour does {n} set sail?",
        "which port does our cruise start from?",
        "Where does the boat that {n} booked leave from?",
        "where does our boat leave from?",
        "Split|Lisbon|Bergen|Genoa|Rhodes",
    ),
    Topic(
        "The doctor says I can't have {v} any more, I came out in red spots all over.",
        "Which food is {n} allergic to?",
        "what do I have to avoid eating?",
        "Which food gives {n} red spots?",
        "what did the doctor say I can't have any more?",
        "shrimp|hazelnuts|strawberries|celery|kiwi fruit",
    ),
    Topic(
        "{v}, since the end of August. The landlord is nice and the roof does not leak.",
        "In which part of town does {n} rent a flat?",
        "where did I move to after the summer?",
        "Where has {n} been living since August?",
        "where am I living since August, and how is the landlord?",
        "Near the old brewery|Right behind the station|Up in Linden Hill|By the canal lock",
        "So where are you living these days?",
    ),
    Topic(
        "It broke down again on the motorway, the {v} this time. Four hundred to fix it.",
        "What went wrong with {n}'s car?",
        "which part of my car failed?",
        "What broke down on the motorway when {n} was driving?",
        "what broke on the motorway that time?",
        "alternator|gearbox|water pump|clutch|fuel line",
    ),
    Topic(
        "I got the letter from {v}: they want me to start in the spring.",
        "Who offered {n} a position?",
        "which employer accepted my application?",
        "From whom did {n} get a letter about starting in spring?",
        "who wants me to start in the spring?",
        "the botanical garden|Halvorsen Optics|the city archive|a lab in Utrecht|Radio Nord",
    ),
    Topic(
        "Grandma left me her {v}, and I have no idea how to look after it.",
        "What did {n} inherit?",
        "what heirloom came to me from my grandmother?",
        "What did {n}'s grandma leave behind?",
        "what did grandma leave me?",
        "accordion|bee hives|grandfather clock|sewing machine|stamp collection",
    ),
    Topic(
        "{v}. I practise before breakfast, the neighbours have complained twice.",
        "Which musical instrument is {n} learning?",
        "what am I learning to play?",
        "What does {n} practise before breakfast?",
        "what do I practise that the neighbours complain about?",
        "The trumpet|The cello|The bagpipes|The banjo",
        "What have you taken up, then?",
    ),
    Topic(
        "I swear by {v} against a sore throat, my mother gave it to us every winter.",
        "Which home remedy for a cold does {n} trust?",
        "what do I usually take when I have caught a cold?",
        "What does {n} take against a sore throat?",
        "what was it that mother gave us for a sore throat?",
        "onion syrup|sage tea|ginger with honey|hot elderberry juice|thyme and salt water",
    ),
    Topic(
        "We're getting married on {v}, only family, no speeches.",
        "When is {n}'s wedding?",
        "what is the date of our wedding?",
        "When is {n} getting married?",
        "on which day are we getting married?",
        "the 12th of June|the second Saturday in May|New Year's Eve|the 3rd of October",
    ),
    Topic(
        "Don't tell anyone, but I'm scared to death of {v}.",
        "What is {n} terrified of?",
        "which phobia did I confess?",
        "What is {n} scared of?",
        "what am I scared of?",
        "escalators|geese|thunder|diving boards|moths",
    ),
    Topic(
        "The puppy is called {v}, the children chose it. He has eaten a shoe already.",
        "How did {n}'s family name the little dog?",
        "what's the name of our new dog?",
        "What is {n}'s puppy called?",
        "what is the puppy called?",
        "Biscuit|Captain|Noodle|Socrates|Waffles",
    ),
    Topic(
        "I've signed up for the {v} in autumn, so it's running shoes at six every morning.",
        "Which race is {n} training for?",
        "what competition do I get up so early for?",
        "What has {n} signed up for in autumn?",
        "what did I sign up for in the autumn?",
        "Danube half marathon|city triathlon|Ben Nevis hill run|twelve hour relay",
    ),
    Topic(
        "My brother has opened a {v} together with his wife, down by the market.",
        "What business does {n}'s brother run?",
        "what kind of place did my brother start?",
        "What has {n}'s brother opened by the market?",
        "what did my brother and his wife open?",
        "bicycle workshop|tiny bakery|second-hand bookshop|climbing gym|flower stall",
    ),
    Topic(
        "It took me a year, but I finished {v} last night. Nine hundred pages!",
        "Which long novel did {n} get through?",
        "what thick book did I read to the end?",
        "Which nine hundred page book did {n} finish?",
        "which book with nine hundred pages did I finish?",
        "The Magic Mountain|Middlemarch|War and Peace|The Count of Monte Cristo|Bleak House",
    ),
    Topic(
        "The key to the shed is {v}, in case you need the ladder while I'm away.",
        "Where does {n} hide the key of the garden house?",
        "where did I put the spare key for the shed?",
        "Where is {n}'s key to the shed?",
        "where is the key to the shed?",
        "under the blue flower pot|behind the loose brick|in the birdhouse|on a nail in the well",
    ),
    Topic(
        "I gave up {v} in January and I sleep so much better now.",
        "Which habit did {n} drop at the start of the year?",
        "what did I quit to get more rest?",
        "What did {n} give up in January?",
        "what did I give up to sleep better?",
        "coffee|late news|red wine|sugar|my phone in bed",
    ),
    Topic(
        "For the flat I'd pay {v} a month, heating included. It's a bargain.",
        "How much rent is {n} going to pay?",
        "what does my apartment cost?",
        "How much a month is the flat that {n} wants?",
        "how much would I pay a month for the flat?",
        "640|715|830|1,150|905",
    ),
    Topic(
        "{v} phoned from the hospital; it is only the ankle, but she is in plaster for six weeks.",
        "Who among {n}'s relatives has a broken leg?",
        "who in my family got injured?",
        "Who of {n}'s family is in plaster because of an ankle?",
        "who phoned from the hospital about her ankle?",
        "Aunt Rosa|Cousin Ilse|My godmother|Great-aunt Wanda",
    ),
    Topic(
        "When I retire I want to {v}, I've told nobody at the office.",
        "What is {n}'s plan for the time after working life?",
        "what do I dream of doing once I stop working?",
        "What does {n} want to do after retiring?",
        "what do I want to do when I retire?",
        "walk from Hamburg to Rome|keep goats|restore a lighthouse|teach chess in prisons",
    ),
    Topic(
        "Ugh, dentist on {v}, two fillings. I'd rather climb a mountain.",
        "When does {n} have the appointment for the teeth?",
        "what day are my cavities being treated?",
        "When does {n} go to the dentist?",
        "when is the dentist?",
        "Monday the 9th|Thursday the 21st|Friday at half past eight|Wednesday after lunch",
    ),
    Topic(
        "The password hint is the street where we grew up, {v}, so I never forget it.",
        "On which road did {n} spend childhood?",
        "which street did I live in as a child?",
        "On which street did {n} grow up?",
        "which street is the hint for my password?",
        "Tanner's Row|Mill Lane|Rue des Lilas|Birkenweg|Harbour Steps",
    ),
    Topic(
        "I'm growing {v} on the balcony this year, from seed.",
        "Which plants does {n} raise at home?",
        "what have I sown in my pots?",
        "What is {n} growing on the balcony?",
        "what am I growing on the balcony?",
        "chillies|sweet peas|purple beans|artichokes|sunflowers",
    ),
    Topic(
        "{v}, he came with twelve suitcases and stayed until Easter.",
        "Which visitor would not leave {n}'s home?",
        "who overstayed their welcome at my house?",
        "Who came to {n} with twelve suitcases?",
        "who stayed with us until Easter with twelve suitcases?",
        "Uncle Bertram|My old flatmate Per|My father-in-law|A cousin called Anselm",
        "Who was it that visited you over the winter?",
    ),
    Topic(
        "I sold the {v} to a collector from Ghent, so the holiday is paid.",
        "How did {n} finance the vacation?",
        "what did I part with to pay for our trip?",
        "What did {n} sell to the collector from Ghent?",
        "what did I sell to that collector?",
        "motorbike|old coins|Leica camera|vinyl records|porcelain dolls",
    ),
    Topic(
        "Our teacher, {v}, made us sing in front of everyone. I still blush.",
        "Who embarrassed {n} at school?",
        "which teacher humiliated me?",
        "Which teacher made {n} sing in front of everyone?",
        "which teacher made us sing?",
        "Mrs Lindqvist|Mr Okafor|Madame Perrin|Herr Vogel|Miss Tanaka",
    ),
)

MONTHLY = (
    Topic(
        "This month's read for the book club is {v}.",
        "",
        "which title did the book club discuss in {when}?",
        "",
        "what was the read for the book club in {when}?",
        "The Leopard|Stoner|Beloved|Gilead|The Trial|Emma",
    ),
    Topic(
        "The electricity bill came: {v} euros for the quarter.",
        "",
        "what did power cost us in the bill of {when}?",
        "",
        "how much was the electricity bill of {when}?",
        "212|187|243|198|231|176",
    ),
    Topic(
        "On the scales this morning it said {v} kilos.",
        "",
        "how heavy was I in {when}?",
        "",
        "how many kilos did the scales say in {when}?",
        "84|82.5|81|79.5|83|80",
    ),
    Topic(
        "This time the choir is rehearsing {v}.",
        "",
        "what were the singers practising in {when}?",
        "",
        "what was the choir rehearsing in {when}?",
        "Mozart's Requiem|shanties|the Messiah|gospel|madrigals|Bach's motets",
    ),
)
"""Told again and again with another value: only the date tells which one is asked for."""
