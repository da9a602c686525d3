"""Names and things that people tell about themselves, real ones and invented ones."""

from __future__ import annotations

import re
from random import Random

FIRST_NAMES = (
    "Anna Ben Clara David Emma Felix Grace Henry Iris Jack Kate Leo Mary Noah Olivia Paul Rosa Sam "
    "Tom Una Victor Wendy Zoe Aisha Omar Layla Ali Sara Reza Maryam Hassan Yuki Kenji Mei Wei "
    "Priya "
    "Arjun Ravi Lena Jonas Marta Piotr Ivan Olga Nina Carlos Sofia Diego Lucia Pedro Ines Amara "
    "Kofi "
    "Zainab Tariq Fatima Erik Astrid Lars Freya Liam Aoife Sean Nora Hugo Chloe Louis Elise Marco "
    "Giulia Luca Dario Elena Viktor Milan Petra Jana Tomas Greta Oskar Ida Emil Karin Simon Judith "
    "Martin Helen Peter Susan Robert Linda James Daniel Laura George Alice Edward Lucy Arthur Rose"
).split()
PET_NAMES = (
    "Rex Bella Max Luna Charlie Milo Daisy Rocky Coco Buddy Molly Oscar Simba Nala Ziggy Pepper "
    "Biscuit "
    "Shadow Ginger Toby Misty Smokey Pickles Waffles Mango Olive Hazel Bruno Otto Pip Bean Socks "
    "Tiger "
    "Whiskers Snowball Patch Honey Ruby Lola Kiwi Peanut Cookie Muffin Fudge Sunny Storm Rusty "
    "Domino"
).split()
CITIES = (
    "London|Paris|Berlin|Madrid|Rome|Vienna|Oslo|Lisbon|Dublin|Prague|Leeds|Cardiff|York|Bristol|"
    "Bath|"
    "Hamburg|Munich|Lyon|Porto|Seville|Milan|Turin|Geneva|Basel|Ghent|Utrecht|Bergen|Malmo|Tampere|"
    "Krakow|Budapest|Athens|Izmir|Cairo|Tunis|Lagos|Accra|Nairobi|Mumbai|Delhi|Chennai|Tokyo|Osaka|"
    "Kyoto|Seoul|Hanoi|Manila|Perth|Sydney|Boston|Denver|Seattle|Austin|Chicago|New York|San Diego|"
    "Toronto|Montreal|Lima|Bogota|Quito|Santiago|Havana|Tehran|Shiraz|Tabriz|Isfahan|Glasgow|"
    "Aberdeen"
).split("|")
COLOURS = (
    "red|blue|green|yellow|purple|orange|pink|black|white|grey|brown|turquoise|violet|silver|gold|"
    "navy|"
    "dark green|light blue|crimson|beige|teal|lilac|olive|maroon|indigo|emerald|scarlet|coral"
).split("|")
PET_KINDS = (
    "dog cat rabbit hamster parrot horse pony goldfish turtle snake lizard canary budgie ferret "
    "mouse "
    "rat goat donkey duck hen gecko"
).split()
FOODS = (
    "pizza|soup|rice|pasta|sushi|curry|bread|cheese|apple pie|pancakes|salad|noodles|dumplings|"
    "fish and "
    "chips|stew|porridge|chocolate|ice cream|strawberries|mangoes|lentils|kebab|tacos|paella|"
    "risotto|"
    "lasagne|waffles|falafel|hummus|roast potatoes|mushrooms|cherries|plums|couscous|ramen|omelette"
).split("|")
DRINKS = (
    "tea|coffee|water|orange juice|lemonade|milk|hot chocolate|apple juice|green tea|mint tea|"
    "cocoa|cola|"
    "ginger beer|iced tea|tomato juice|black coffee|buttermilk|cider"
).split("|")
JOBS = (
    "teacher|nurse|baker|doctor|farmer|carpenter|driver|painter|writer|lawyer|cook|gardener|pilot|"
    "plumber|electrician|librarian|musician|engineer|programmer|student|dentist|mechanic|tailor|"
    "waiter|"
    "photographer|architect|accountant|journalist|fisherman|sailor|chemist|vet|actor|translator|"
    "florist|"
    "postman|builder|optician|midwife|potter|surveyor|astronomer|geologist|beekeeper|clockmaker"
).split("|")
HOBBIES = (
    "reading|swimming|chess|running|painting|gardening|cooking|fishing|hiking|knitting|dancing|"
    "singing|"
    "cycling|climbing|pottery|sailing|baking|skating|drawing|yoga|photography|bird watching|"
    "football|"
    "tennis|archery|rowing|surfing|juggling|sewing|carving|origami|stargazing|fencing|badminton|"
    "karate"
).split("|")
INSTRUMENTS = (
    "piano|guitar|violin|flute|drums|cello|trumpet|harp|clarinet|saxophone|banjo|accordion|"
    "ukulele|oboe|"
    "double bass|organ|trombone|mandolin|viola|harmonica"
).split("|")
MONTHS = (
    "January February March April May June July August September October November December"
).split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
LANGUAGES = (
    "English German French Spanish Italian Dutch Polish Arabic Persian Turkish Hindi Urdu Chinese "
    "Japanese Korean Swahili Greek Russian Swedish Danish Finnish Welsh Irish Portuguese Hebrew "
    "Tamil"
).split()
BOOKS = (
    "Emma|Dracula|Moby Dick|Treasure Island|Jane Eyre|Little Women|The Hobbit|Heidi|Frankenstein|"
    "The "
    "Secret Garden|Black Beauty|Middlemarch|Ulysses|The Iliad|Peter Pan|Robinson Crusoe|Oliver "
    "Twist|"
    "The Time Machine|Kim|Ivanhoe|Persuasion|The Odyssey|Faust|Candide"
).split("|")
ANIMALS = (
    "owl fox bear wolf whale dolphin tiger lion elephant penguin otter hedgehog deer eagle bee "
    "frog "
    "squirrel badger panda seal raven swan giraffe octopus"
).split()
SEASONS = "spring summer autumn winter".split()
FLOWERS = (
    "rose tulip daisy lily sunflower orchid violet poppy iris peony lavender jasmine marigold "
    "daffodil"
).split()
SUBJECTS = (
    "history|maths|physics|biology|chemistry|art|music|geography|English|Latin|law|medicine|"
    "economics|"
    "philosophy|computer science|drama"
).split("|")
VEHICLES = (
    "red van|old Volvo|green bicycle|blue scooter|white Fiat|black motorbike|small Toyota|yellow "
    "Beetle|"
    "grey Ford|silver bicycle|Skoda|Honda|Tesla|camper van|blue truck"
).split("|")
OBJECTS = (
    "keys|umbrella|passport|glasses|wallet|bicycle|laptop|camera|ladder|suitcase|notebook|torch|"
    "scarf|"
    "toolbox|spare key|tent|guitar|ring|tickets|charger"
).split("|")
PLACES = (
    "in the kitchen drawer|under the bed|in the blue box|on the top shelf|behind the door|in the "
    "garage|"
    "in my coat pocket|in the cellar|on the desk|in the car|under the stairs|in the attic|by the "
    "window|"
    "in the green bag|next to the lamp|in the shed|on the piano|in the hall cupboard"
).split("|")

_COARSE = re.compile(
    "fuck|shit|cunt|dick|cock|nig|fag|tit|arse|ass|sex|porn|rape|slut|whor|piss|crap|bitch|nazi|"
    "damn|hell",
    re.IGNORECASE,
)
_STARTS = "B C D F G H J K L M N P R S T V W Z Br Ch Cl Dr Fl Gr Kr Pl Sh St Th Tr".split()
_MIDDLES = "a e i o u ai ea oo ar en il or un el in".split()
_ENDS = "b d f g k l m n p r s t v x z ll nd rt ck sh no ra la mi to ne va ri do ka ly".split()


def invented(rng: Random) -> str:
    """A name that nobody has, such as "Klorvika": it can be answered only by copying it."""
    while True:
        name = rng.choice(_STARTS) + rng.choice(_MIDDLES) + rng.choice(_ENDS)
        while len(name) < 5 or (len(name) < 7 and rng.random() < 0.35):
            name += rng.choice(_MIDDLES) + rng.choice(_ENDS)
        if not _COARSE.search(name):
            return name


def first_name(rng: Random) -> str:
    """A person's name, real or, more often than not, invented."""
    return rng.choice(FIRST_NAMES) if rng.random() < 0.45 else invented(rng)


def pet_name(rng: Random) -> str:
    """A pet's name, real or invented."""
    return rng.choice(PET_NAMES) if rng.random() < 0.45 else invented(rng)


def city(rng: Random) -> str:
    """A town, real or invented."""
    return rng.choice(CITIES) if rng.random() < 0.55 else invented(rng)


def number(rng: Random) -> str:
    """A number of one to four digits."""
    return str(rng.randrange(2, 10 ** rng.randint(1, 4)))


def from_list(name: str, rng: Random) -> str:
    """A member of the list called `name` in this module."""
    values: list[str] = globals()[name]
    return rng.choice(values)
