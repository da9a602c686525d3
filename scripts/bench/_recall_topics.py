"""What the recall set plants in its conversations: things told, and other words to ask for them.

A topic is told in `say` (`lead` is the question before it, where there is one) and asked for in
`ask` about somebody else, in `mine` by the person who told it. `{v}` is the value, `{n}` a name.
No question shares more with its statement than a person would repeat after some months.
"""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """One thing that can be told, with the values that it takes."""

    say: str
    ask: str
    mine: str
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
        "tractors|the moon|penguins|trains|volcanoes",
    ),
    Topic(
        "We finally booked it: the boat leaves from {v} and we sleep on board.",
        "From which harbour does {n} set sail?",
        "which port does our cruise start from?",
        "Split|Lisbon|Bergen|Genoa|Rhodes",
    ),
    Topic(
        "The doctor says I can't have {v} any more, I came out in red spots all over.",
        "Which food is {n} allergic to?",
        "what do I have to avoid eating?",
        "shrimp|hazelnuts|strawberries|celery|kiwi fruit",
    ),
    Topic(
        "{v}, since the end of August. The landlord is nice and the roof does not leak.",
        "In which part of town does {n} rent a flat?",
        "where did I move to after the summer?",
        "Near the old brewery|Right behind the station|Up in Linden Hill|By the canal lock",
        "So where are you living these days?",
    ),
    Topic(
        "It broke down again on the motorway, the {v} this time. Four hundred to fix it.",
        "What went wrong with {n}'s car?",
        "which part of my car failed?",
        "alternator|gearbox|water pump|clutch|fuel line",
    ),
    Topic(
        "I got the letter from {v}: they want me to start in the spring.",
        "Who offered {n} a position?",
        "which employer accepted my application?",
        "the botanical garden|Halvorsen Optics|the city archive|a lab in Utrecht|Radio Nord",
    ),
    Topic(
        "Grandma left me her {v}, and I have no idea how to look after it.",
        "What did {n} inherit?",
        "what heirloom came to me from my grandmother?",
        "accordion|bee hives|grandfather clock|sewing machine|stamp collection",
    ),
    Topic(
        "{v}. I practise before breakfast, the neighbours have complained twice.",
        "Which musical instrument is {n} learning?",
        "what am I learning to play?",
        "The trumpet|The cello|The bagpipes|The banjo",
        "What have you taken up, then?",
    ),
    Topic(
        "I swear by {v} against a sore throat, my mother gave it to us every winter.",
        "Which home remedy for a cold does {n} trust?",
        "what do I usually take when I have caught a cold?",
        "onion syrup|sage tea|ginger with honey|hot elderberry juice|thyme and salt water",
    ),
    Topic(
        "We're getting married on {v}, only family, no speeches.",
        "When is {n}'s wedding?",
        "what is the date of our wedding?",
        "the 12th of June|the second Saturday in May|New Year's Eve|the 3rd of October",
    ),
    Topic(
        "Don't tell anyone, but I'm scared to death of {v}.",
        "What is {n} terrified of?",
        "which phobia did I confess?",
        "escalators|geese|thunder|diving boards|moths",
    ),
    Topic(
        "The puppy is called {v}, the children chose it. He has eaten a shoe already.",
        "How did {n}'s family name the little dog?",
        "what's the name of our new dog?",
        "Biscuit|Captain|Noodle|Socrates|Waffles",
    ),
    Topic(
        "I've signed up for the {v} in autumn, so it's running shoes at six every morning.",
        "Which race is {n} training for?",
        "what competition do I get up so early for?",
        "Danube half marathon|city triathlon|Ben Nevis hill run|twelve hour relay",
    ),
    Topic(
        "My brother has opened a {v} together with his wife, down by the market.",
        "What business does {n}'s brother run?",
        "what kind of place did my brother start?",
        "bicycle workshop|tiny bakery|second-hand bookshop|climbing gym|flower stall",
    ),
    Topic(
        "It took me a year, but I finished {v} last night. Nine hundred pages!",
        "Which long novel did {n} get through?",
        "what thick book did I read to the end?",
        "The Magic Mountain|Middlemarch|War and Peace|The Count of Monte Cristo|Bleak House",
    ),
    Topic(
        "The key to the shed is {v}, in case you need the ladder while I'm away.",
        "Where does {n} hide the key of the garden house?",
        "where did I put the spare key for the shed?",
        "under the blue flower pot|behind the loose brick|in the birdhouse|on a nail in the well",
    ),
    Topic(
        "I gave up {v} in January and I sleep so much better now.",
        "Which habit did {n} drop at the start of the year?",
        "what did I quit to get more rest?",
        "coffee|late news|red wine|sugar|my phone in bed",
    ),
    Topic(
        "For the flat I'd pay {v} a month, heating included. It's a bargain.",
        "How much rent is {n} going to pay?",
        "what does my apartment cost?",
        "640|715|830|1,150|905",
    ),
    Topic(
        "{v} phoned from the hospital; it is only the ankle, but she is in plaster for six weeks.",
        "Who among {n}'s relatives has a broken leg?",
        "who in my family got injured?",
        "Aunt Rosa|Cousin Ilse|My godmother|Great-aunt Wanda",
    ),
    Topic(
        "When I retire I want to {v}, I've told nobody at the office.",
        "What is {n}'s plan for the time after working life?",
        "what do I dream of doing once I stop working?",
        "walk from Hamburg to Rome|keep goats|restore a lighthouse|teach chess in prisons",
    ),
    Topic(
        "Ugh, dentist on {v}, two fillings. I'd rather climb a mountain.",
        "When does {n} have the appointment for the teeth?",
        "what day are my cavities being treated?",
        "Monday the 9th|Thursday the 21st|Friday at half past eight|Wednesday after lunch",
    ),
    Topic(
        "The password hint is the street where we grew up, {v}, so I never forget it.",
        "On which road did {n} spend childhood?",
        "which street did I live in as a child?",
        "Tanner's Row|Mill Lane|Rue des Lilas|Birkenweg|Harbour Steps",
    ),
    Topic(
        "I'm growing {v} on the balcony this year, from seed.",
        "Which plants does {n} raise at home?",
        "what have I sown in my pots?",
        "chillies|sweet peas|purple beans|artichokes|sunflowers",
    ),
    Topic(
        "{v}, he came with twelve suitcases and stayed until Easter.",
        "Which visitor would not leave {n}'s home?",
        "who overstayed their welcome at my house?",
        "Uncle Bertram|My old flatmate Per|My father-in-law|A cousin called Anselm",
        "Who was it that visited you over the winter?",
    ),
    Topic(
        "I sold the {v} to a collector from Ghent, so the holiday is paid.",
        "How did {n} finance the vacation?",
        "what did I part with to pay for our trip?",
        "motorbike|old coins|Leica camera|vinyl records|porcelain dolls",
    ),
    Topic(
        "Our teacher, {v}, made us sing in front of everyone. I still blush.",
        "Who embarrassed {n} at school?",
        "which teacher humiliated me?",
        "Mrs Lindqvist|Mr Okafor|Madame Perrin|Herr Vogel|Miss Tanaka",
    ),
)

MONTHLY = (
    Topic(
        "This month's read for the book club is {v}.",
        "",
        "which title did the book club discuss in {when}?",
        "The Leopard|Stoner|Beloved|Gilead|The Trial|Emma",
    ),
    Topic(
        "The electricity bill came: {v} euros for the quarter.",
        "",
        "what did power cost us in the bill of {when}?",
        "212|187|243|198|231|176",
    ),
    Topic(
        "On the scales this morning it said {v} kilos.",
        "",
        "how heavy was I in {when}?",
        "84|82.5|81|79.5|83|80",
    ),
    Topic(
        "This time the choir is rehearsing {v}.",
        "",
        "what were the singers practising in {when}?",
        "Mozart's Requiem|shanties|the Messiah|gospel|madrigals|Bach's motets",
    ),
)
"""Told again and again with another value: only the date tells which one is asked for."""


class Advice(NamedTuple):
    """A request, the assistant's answer with the advice in it, and a later question about it."""

    request: str
    answer: str
    question: str


ADVICE = (
    Advice(
        "The kitchen drain is slow again, what can I do without chemicals?",
        "Pour in half a cup of baking soda, then vinegar, cover it for ten minutes and rinse hot.",
        "how did you tell me to unblock the sink?",
    ),
    Advice(
        "I need a present for a friend who cooks a lot and has everything.",
        "A good fish spatula: cheap, hardly anyone owns one, and cooks end up using it daily.",
        "which gift idea did you have for my foodie friend?",
    ),
    Advice(
        "How do I keep moles out of the lawn?",
        "Empty glass bottles, dug in at an angle: the wind hums in them and moles dislike it.",
        "what was your trick against animals digging up the grass?",
    ),
    Advice(
        "Which film should we watch with my parents on Sunday?",
        "Try Paddington 2. It is gentle, funny for every age and over in a hundred minutes.",
        "what movie did you suggest for the family evening?",
    ),
    Advice(
        "My bread always turns out dense. What am I doing wrong?",
        "Most likely it rises too briefly: let it double, and fold it twice instead of kneading.",
        "why was my loaf so heavy, in your opinion?",
    ),
    Advice(
        "I have a talk in front of two hundred people and my hands shake.",
        "Hold something heavy, such as a full glass, and learn only the first two sentences.",
        "what did you say against stage fright?",
    ),
    Advice(
        "What is a good first camera for somebody who walks a lot?",
        "A used Ricoh GR: it fits into a jacket and the lens is better than it has to be.",
        "which photo equipment did you recommend?",
    ),
    Advice(
        "How can I sleep on a night train?",
        "Lie with your head towards the corridor, take ear plugs, and skip the second coffee.",
        "do you remember your tips for resting in a sleeping car?",
    ),
    Advice(
        "Our cat scratches the new sofa to pieces.",
        "Put a sisal post right beside the spot, and double-sided tape on the fabric for a month.",
        "how can the furniture be protected from our pet, as you advised?",
    ),
    Advice(
        "Should I repair my eleven-year-old washing machine? The bearing is gone.",
        "No: the bearing sits in a welded drum, so the repair costs more than half of a new one.",
        "was fixing the laundry appliance worth it, according to you?",
    ),
    Advice(
        "I want to start with chess, forty minutes a week. How?",
        "Play slow games, and look at each lost one for the first move you did not understand.",
        "what was your method for beginners at board strategy?",
    ),
    Advice(
        "Which tree fits into a garden of sixty square metres?",
        "A serviceberry: five metres at most, flowers in April, fruit in June, red in October.",
        "what did you propose that I plant in our small yard?",
    ),
)

CHANGED = (
    (
        "The sailing trip is on Thursday the 12th, we meet at the pier at seven.",
        "Change of plan: because of the storm the sailing trip moves to Sunday the 15th.",
        "when are we going out on the water, after all?",
    ),
    (
        "Our new neighbours are called the Petersons, they have twins.",
        "I got the name wrong, the neighbours are the Pattersons.",
        "what is the family next door called?",
    ),
    (
        "My flight to Oslo is on the 4th at noon.",
        "The airline rebooked me: Oslo is now on the 5th, departure 6:40.",
        "at what time does my plane to Norway take off?",
    ),
    (
        "The painter wants 900 for both bedrooms.",
        "The painter came down to 750, if we move the wardrobes ourselves.",
        "how much are we paying for the walls to be painted?",
    ),
    (
        "Lena's birthday party will be at the bowling alley.",
        "Bowling is off, Lena wants to celebrate her birthday at the ice rink.",
        "where does Lena's party take place?",
    ),
    (
        "The vet put Minka on half a tablet a day.",
        "New from the vet: Minka gets a whole tablet now, with food.",
        "what dose does our cat need?",
    ),
)
"""Told, and later told otherwise: the evidence is both, so that the newer one can be preferred."""

REPLIES = (
    "Oh, really? I did not know that.|That sounds like quite a story!|I see. And how do you feel?"
    "|Good to know!|Well, that is news.|Ha, I can imagine.|Fair enough.|Tell me more about it!"
    "|No way!|I'm glad you told me.|That must have been something.|Interesting!"
).split("|")

CONFIRMATIONS = (
    "Noted.|Thank you for telling me.|All right, I will keep that in mind.|Understood.|I see."
    "|That is good to know.|Okay! Anything else?|Got it."
).split("|")
