"""What the recall set has an assistant say, what it has changed later, and small talk."""

from __future__ import annotations

from typing import NamedTuple


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
