"""Lists of words by which statements about a person are read; English."""

from __future__ import annotations

_PETS = (
    "dog|cat|puppy|kitten|parrot|budgie|canary|hamster|rabbit|horse|pony|tortoise|turtle|goldfish"
    "|fish|snake|lizard|gecko|guinea pig|rat|mouse|hen|chicken|goat|donkey|ferret|pet|bird|cow|pig"
)
_ONE = (
    "wife|husband|partner|fiancé|fiancée|girlfriend|boyfriend|mother|father|mum|mom|dad|mama|papa"
    "|stepmother|stepfather|mother-in-law|father-in-law|best friend|boss|manager|landlord|landlady"
    "|flatmate|roommate|therapist|dentist|doctor|gp|spouse|ex|ex-wife|ex-husband"
)
_SEVERAL = (
    "sister|brother|son|daughter|child|kid|baby|friend|cousin|uncle|aunt|niece|nephew|grandmother"
    "|grandfather|grandma|grandpa|granny|grandson|granddaughter|neighbour|neighbor|colleague"
    "|teacher|professor|stepsister|stepbrother|half-sister|half-brother|sister-in-law"
    "|brother-in-law|godson|goddaughter|twin|student|coworker|co-worker"
)
SAME_RELATION = {
    "mum": "mother", "mom": "mother", "mama": "mother", "dad": "father", "papa": "father",
    "neighbor": "neighbour", "grandma": "grandmother", "granny": "grandmother",
    "grandpa": "grandfather", "kid": "child", "coworker": "colleague", "co-worker": "colleague",
    "spouse": "partner",
}  # fmt: skip
PETS = frozenset(_PETS.split("|"))
ONE = frozenset(_ONE.split("|"))
SEVERAL = frozenset(_SEVERAL.split("|"))
RELATION = (
    "(?:" + "|".join(sorted(f"{_PETS}|{_ONE}|{_SEVERAL}".split("|"), key=len, reverse=True)) + ")"
)
MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
LANGUAGE = (
    "(?:english|german|french|spanish|portuguese|italian|dutch|swedish|norwegian|danish|finnish"
    "|polish|czech|slovak|hungarian|romanian|bulgarian|greek|turkish|russian|ukrainian|serbian"
    "|croatian|slovene|arabic|hebrew|persian|farsi|hindi|urdu|bengali|tamil|telugu|chinese"
    "|mandarin|cantonese|japanese|korean|vietnamese|thai|indonesian|malay|swahili|yoruba|igbo"
    "|zulu|afrikaans|catalan|basque|galician|irish|welsh|scots|icelandic|estonian|latvian"
    "|lithuanian|albanian|armenian|georgian|esperanto|latin)"
)
PEOPLES = frozenset(
    f"{LANGUAGE[3:-1]}|american|british|indian|european|african|asian|australian|canadian|mexican"
    "|brazilian|austrian|swiss|belgian|scottish|catholic|christian|muslim|jewish|buddhist|hindu"
    "|protestant|atheist|nigerian|kenyan|egyptian|argentinian|chilean|taurus|aries|gemini|leo"
    "|virgo|libra|scorpio|pisces|aquarius|capricorn|sagittarius|lgbt|ok|it".split("|")
)
DIET = (
    "(?:vegetarian|vegan|pescatarian|pescetarian|flexitarian|carnivore|teetotal(?:ler)?|teetotaler"
    "|kosher|halal|coeliac|celiac|diabetic)"
)
UNIT = (
    "(?:metric|imperial|celsius|fahrenheit|kelvin|kilomet(?:er|re)s?|miles|met(?:er|re)s?|feet"
    "|inches|centimet(?:er|re)s?|kilograms?|kilos|grams|pounds|stones?|ounces|lit(?:er|re)s?"
    "|gallons|cups|millilit(?:er|re)s?)"
)
CURRENCY = (
    "(?:euros?|dollars?|pounds sterling|pounds|yen|yuan|rupees?|francs?|crowns|kron(?:or|er|e|a)"
    "|zlotys?|pesos?|reais|reals?|lira|usd|eur|gbp|chf)"
)
FORMAT = (
    "(?:bullet points?|bulleted lists?|numbered lists?|lists|tables|prose|plain text|markdown"
    "|code blocks|headings|headers|paragraphs|bold text|emojis?|full sentences|key points)"
)
DOING = (
    "(?:learning|writing|building|planning|working on|preparing|training for|reading|researching"
    "|organising|organizing|designing|renovating|knitting|restoring|composing|developing"
    "|translating|saving (?:up )?for|applying for|looking for a (?:new )?(?:job|flat|house))"
)
ASKED_OF_SOMA = (
    "(?:answer|reply|respond|use|write|give|call|address|tell|say|ask|show|include|add|keep|be"
    "|start|end|begin|format|put|list|explain|speak|talk|translate|convert|assume|remember|check"
    "|cite|quote|mention|suggest|recommend|make|do|avoid|round|sign|spell|greet|finish|provide"
    "|prefer|treat|remind|warn|let|send|stop|number|describe|summari[sz]e|count|wish|refer|offer"
    "|repeat|apologi[sz]e|leave|take|try|have|set|name|skip|think|work|act|bring|close|open)"
)
JOBS = frozenset(
    "nurse|chef|cook|doctor|gp|vet|judge|clerk|pilot|maid|butler|butcher|student|pupil|poet|monk"
    "|nun|priest|rabbi|imam|coach|guide|scribe|hairdresser|midwife|mechanic|locksmith|blacksmith"
    "|smith|cabbie|athlete|nanny|au pair|ceo|cto|cfo|spy|detective|police officer|soldier|sailor"
    "|surgeon|architect|pharmacist|chemist|monteur|apprentice|intern|postdoc|model|trainee"
    "|researcher|freelancer|retiree|pensioner|housewife|househusband|analyst|economist|diplomat"
    "|civil servant|bus driver|stay-at-home mum|stay-at-home dad".split("|")
)
JOB_ENDING = tuple("er|or|ist|ian|eer|ant|man|woman|ess|smith|wright|person".split("|"))
NO_JOB = frozenset(
    "fan|lover|member|user|person|father|mother|brother|sister|vegetarian|winner|loser|beginner"
    "|newcomer|stranger|customer|foreigner|believer|owner|follower|sufferer|reader|listener|eater"
    "|drinker|smoker|sleeper|riser|speaker|learner|thinker|dreamer|survivor|number|matter|sucker"
    "|monster|killer|joker|giant|human|woman|man|gentleman|christian|virgin"
    "|grandmother|grandfather|daughter|failure|bother|supporter|talker|worrier|lefthander"
    "|left-hander|outsider|insider|prisoner|burner|lefty|morning person|people person|cat person"
    "|dog person|night person|vegan|walker|hater|quitter|starter|helper|passenger|minor|senior"
    "|junior|teetotaler|teetotaller|amateur|visitor|guest|neighbor|twin".split("|")
)
VAGUE = frozenset(
    "i|we|he|she|they|it|this|that|you|your|yours|them|him|her|his|these|those|how|when|what|where"
    "|why|who|all|any|everything|anything|nothing|something|me|us|myself|to|the|a|an|one|some|my|mine|its|there"
    "|here|such|so|very|too|more|most|much|many|both|either|neither|none|not".split("|")
)
PASSING = frozenset(
    "fine|good|great|bad|ok|okay|well|ill|sick|tired|late|early|broken|dead|gone|here|there|away"
    "|full|empty|cold|hot|warm|ready|done|over|irrelevant|private|secret|unknown|wrong|right|best"
    "|long|short|boring|terrible|awful|nice|lovely|busy|free|unclear|clear|sore|stiff|killing|low"
    "|high|asleep|awake|lost|old|new|big|small|visiting|coming|leaving|crazy|mad|stupid|important"
    "|none|nothing|complicated|difficult|easy|hard|different|same|better|worse|okay-ish|fun|funny"
    "|sad|happy|angry|pregnant|blind|deaf|allergic|open|closed|slow|fast|stuck|missing|due|up|down"
    "|out|off|on|in|at|home|back|still|now|also|just|really|always|never|going|being|a|an|the|not"
    "|no|so|too|very|thanks|thank|please|sure|yes|later|maybe|sorry|stop|wait|my|your|his|her"
    "|their|our|that|this|what|who|where|when|how|why|to".split("|")
)
