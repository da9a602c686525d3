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


class Advice(NamedTuple):
    """A request, the answer with the advice in it, and later questions: other words, plain."""

    request: str
    answer: str
    question: str
    plain: str


ADVICE = (
    Advice(
        "The kitchen drain is slow again, what can I do without chemicals?",
        "Pour in half a cup of baking soda, then vinegar, cover it for ten minutes and rinse hot.",
        "how did you tell me to unblock the sink?",
        "what can I put down the kitchen drain instead of chemicals?",
    ),
    Advice(
        "I need a present for a friend who cooks a lot and has everything.",
        "A good fish spatula: cheap, hardly anyone owns one, and cooks end up using it daily.",
        "which gift idea did you have for my foodie friend?",
        "what present should I get for the friend who cooks a lot?",
    ),
    Advice(
        "How do I keep moles out of the lawn?",
        "Empty glass bottles, dug in at an angle: the wind hums in them and moles dislike it.",
        "what was your trick against animals digging up the grass?",
        "what helps against moles in the lawn again?",
    ),
    Advice(
        "Which film should we watch with my parents on Sunday?",
        "Try Paddington 2. It is gentle, funny for every age and over in a hundred minutes.",
        "what movie did you suggest for the family evening?",
        "which film was it that we should watch with my parents?",
    ),
    Advice(
        "My bread always turns out dense. What am I doing wrong?",
        "Most likely it rises too briefly: let it double, and fold it twice instead of kneading.",
        "why was my loaf so heavy, in your opinion?",
        "why does my bread turn out dense?",
    ),
    Advice(
        "I have a talk in front of two hundred people and my hands shake.",
        "Hold something heavy, such as a full glass, and learn only the first two sentences.",
        "what did you say against stage fright?",
        "my hands shake when I give a talk, what was the trick with the glass?",
    ),
    Advice(
        "What is a good first camera for somebody who walks a lot?",
        "A used Ricoh GR: it fits into a jacket and the lens is better than it has to be.",
        "which photo equipment did you recommend?",
        "which used camera did you recommend for walks?",
    ),
    Advice(
        "How can I sleep on a night train?",
        "Lie with your head towards the corridor, take ear plugs, and skip the second coffee.",
        "do you remember your tips for resting in a sleeping car?",
        "how do I sleep on the night train again?",
    ),
    Advice(
        "Our cat scratches the new sofa to pieces.",
        "Put a sisal post right beside the spot, and double-sided tape on the fabric for a month.",
        "how can the furniture be protected from our pet, as you advised?",
        "what should I do about the cat scratching the sofa?",
    ),
    Advice(
        "Should I repair my eleven-year-old washing machine? The bearing is gone.",
        "No: the bearing sits in a welded drum, so the repair costs more than half of a new one.",
        "was fixing the laundry appliance worth it, according to you?",
        "should I get the bearing of the washing machine repaired?",
    ),
    Advice(
        "I want to start with chess, forty minutes a week. How?",
        "Play slow games, and look at each lost one for the first move you did not understand.",
        "what was your method for beginners at board strategy?",
        "how should I start with chess?",
    ),
    Advice(
        "Which tree fits into a garden of sixty square metres?",
        "A serviceberry: five metres at most, flowers in April, fruit in June, red in October.",
        "what did you propose that I plant in our small yard?",
        "which tree was it for the small garden?",
    ),
)

CHANGED = (
    (
        "The sailing trip is on Thursday the 12th, we meet at the pier at seven.",
        "Change of plan: because of the storm the sailing trip moves to Sunday the 15th.",
        "when are we going out on the water, after all?",
        "on which day is the sailing trip?",
    ),
    (
        "Our new neighbours are called the Petersons, they have twins.",
        "I got the name wrong, the neighbours are the Pattersons.",
        "what is the family next door called?",
        "what are the new neighbours called?",
    ),
    (
        "My flight to Oslo is on the 4th at noon.",
        "The airline rebooked me: Oslo is now on the 5th, departure 6:40.",
        "at what time does my plane to Norway take off?",
        "when is my flight to Oslo?",
    ),
    (
        "The painter wants 900 for both bedrooms.",
        "The painter came down to 750, if we move the wardrobes ourselves.",
        "how much are we paying for the walls to be painted?",
        "how much does the painter want for the bedrooms?",
    ),
    (
        "Lena's birthday party will be at the bowling alley.",
        "Bowling is off, Lena wants to celebrate her birthday at the ice rink.",
        "where does Lena's party take place?",
        "where is Lena's birthday party?",
    ),
    (
        "The vet put Minka on half a tablet a day.",
        "New from the vet: Minka gets a whole tablet now, with food.",
        "what dose does our cat need?",
        "how many tablets does Minka get?",
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
