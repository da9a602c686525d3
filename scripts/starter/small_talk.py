"""Small talk in many wordings: greetings, moods, thanks, goodbyes and questions about the world."""

from __future__ import annotations

GREETINGS: tuple[list[str], list[str]] = (
    [
        "[hello|hi|hey|hiya|hey there|hi there|hello there|hallo|heya|yo|greetings|howdy|helo|"
        "helloo|"
        "hey hey|hi hi|hello hello][| soma| again| friend| everyone| computer| you][|!|.]",
        "good [morning|afternoon|evening|day][| soma| to you| again][|!|.]",
        "[hello|hi|hey][,|] [is anyone there|anybody there|anyone here|are you there|can you hear "
        "me|"
        "are you awake|are you ready|do you work|does this work]?",
        "[test|testing|test test|ping|just testing|is this on|is this thing on]",
        "[hello|hi|hey|good morning|good evening][|,| soma,| there,] [nice to meet you|pleased to "
        "meet"
        " you|good to see you|glad to meet you|nice to see you|i'm back|it's me|here i am|i'm new]",
        "i am back[|!]",
        "[let's|can we|shall we|i want to] [talk|chat|have a chat][| a bit| for a while| now]",
        "[talk to me|say hello|say hi|say something|say something nice|greet me]",
        "[start|begin|go|go on|come on|next|more|continue]",
    ],
    [
        "Hello! I am SOMA. What would you like to talk about?",
        "Hello! How can I help you[| today]?",
        "Hi! It is good to hear from you. What is on your mind?",
        "Hello there. I am here and ready to talk.",
        "Hello! Nice to meet you. What shall we talk about?",
        "Hi there! What would you like to do?",
    ],
)

TALK: list[tuple[str, list[str], list[str]]] = [
    (
        "how_are_you",
        [
            "[|hello, |hi, |hey, |so, |hello soma, |hey soma, ]how are [you|things|you doing|you "
            "today|"
            "you feeling|you doing today|you this morning|you tonight]?",
            "[how's it going|how is it going|how do you do|what's up|whats up|sup|how goes it|"
            "how's "
            "life|what's new|what is new|how's your day|how is your day going|how was your day]"
            "[| soma| today]?",
            "are you [ok|okay|well|fine|all right|good|happy|there]?",
            "you ok?",
        ],
        [
            "I am running well, thank you. How are you?",
            "Everything works here, thank you for asking. How about you?",
            "I am fine, thank you. How is your day going?",
            "All is well on this computer. How are you today?",
        ],
    ),
    (
        "user_well",
        [
            "i [am|feel|'m] [good|fine|well|great|happy|very well|excellent|wonderful|so happy|"
            "glad|"
            "excited|really good|all right|ok|okay|in a good mood|cheerful|relaxed][| today| now| "
            "thanks"
            "|, thank you|, thanks|, and you|!]",
            "[fine|good|great|very good|pretty good|not bad|quite well|very well][| thanks|, "
            "thank you|"
            ", and you?| today]",
            "[it was|i had] a [good|great|lovely|wonderful|nice|fantastic] [day|time|weekend|"
            "morning]",
            "[today was|my day was|it is] [good|great|wonderful|lovely|nice][| so far]",
            "i got [good news|a new job|the job|a present|a raise|a good mark] today[|!]",
            "i [passed|won|finished] [my|the] [exam|test|race|game|project|work][| today][|!]",
        ],
        [
            "I am glad to hear that. What made it good?",
            "That is good to hear! What are you doing today?",
            "Lovely. Would you like to tell me more about it?",
            "That sounds good. I am happy for you.",
        ],
    ),
    (
        "user_low",
        [
            "i [am|feel|'m] [sad|unhappy|down|lonely|upset|depressed|not well|not so good|awful|"
            "bad|"
            "miserable|anxious|worried|scared|stressed|afraid|nervous|hurt|lost|angry|annoyed|"
            "furious|"
            "very sad|so sad|a bit sad|a bit down|really down|so lonely|ill|sick][| today| now| "
            "lately| "
            "right now| tonight]",
            "i [had|have had] a [bad|terrible|hard|long|rough|awful|difficult] [day|week|time|"
            "night]",
            "[nobody|no one] [likes|loves|understands|listens to] me",
            "i [lost my job|failed my exam|can't sleep|miss my friend|miss my mother|had a fight "
            "with "
            "my friend|broke up with my partner|have a headache|have too much work|lost my keys]",
            "[my|our] [dog|cat|pet] [died|is ill|ran away]",
            "[not good|bad|terrible|not so well|could be better|not great|so so][| today]",
            "everything [is|goes|went] wrong[| today]",
            "i want to cry",
        ],
        [
            "I am sorry to hear that. Would you like to tell me about it?",
            "That sounds hard. I am here if you want to talk.",
            "I am sorry. Do you want to tell me what happened?",
            "That must be difficult. I am listening, if you want to say more.",
        ],
    ),
    (
        "user_tired",
        [
            "i [am|feel|'m] [tired|sleepy|exhausted|worn out|so tired|very tired|half asleep]"
            "[| today| now]",
            "i [did not|didn't] sleep [well|much|at all|enough][| last night]",
            "i need [a break|a rest|some rest|sleep|coffee|a holiday]",
        ],
        [
            "Then a little rest may do you good. What kept you busy?",
            "That sounds tiring. I hope you can rest soon.",
            "Take a break if you can. I will be here.",
        ],
    ),
    (
        "user_bored",
        [
            "i [am|feel|'m] [bored|so bored|very bored|a bit bored][| today| now]",
            "i have nothing to do",
            "what [should|can|could|shall] i do[| today| now| tonight| this weekend]?",
            "[give me|do you have] [an idea|some ideas|a tip|something to do]",
        ],
        [
            "You could go for a walk, read something, or tell me about your day.",
            "How about a short walk or a good book? Or tell me what you like to do.",
            "Tell me something about yourself, and I will ask you about it.",
        ],
    ),
    (
        "user_hungry",
        [
            "i [am|'m|feel] [hungry|thirsty|starving|so hungry|very hungry][| now]",
            "what [should|shall|can] i [eat|cook|have for dinner|have for lunch|drink]?",
        ],
        [
            "Then it may be time for something good. What do you like to eat?",
            "I cannot cook, but I hope you find something good. What do you feel like?",
        ],
    ),
    (
        "thanks",
        [
            "[thanks|thank you|thx|ty|many thanks|cheers|thank you so much|thanks a lot|thank you "
            "very "
            "much|great, thanks|ok thanks|perfect, thank you|thanks, that helps|thanks for your "
            "help|"
            "thank you soma|thanks soma|i appreciate it|that is very kind][|!|.]",
            "that [helped|was helpful|is helpful|is useful|is nice of you|was nice]",
            "[thanks|thank you|many thanks] for [the help|the answer|that|listening|your time|"
            "explaining|remembering|everything|the talk][|!|, soma]",
            "[thanks|thank you], [good|great|perfect|that was it|that is enough|i got it|now i "
            "know|that is what i wanted][|!]",
            "[okay|ok|good|great|nice|perfect|wonderful], [thanks|thank you][| very much| soma|!]",
            "[i am|i'm] [grateful|thankful][| to you]",
            "thank you[,| and] [good day|have a nice day|same to you]",
        ],
        [
            "You are welcome!",
            "You're welcome. I am here whenever you need me.",
            "My pleasure.",
            "Glad to help. Is there anything else?",
            "You are welcome. I am glad that it helped.",
            "With pleasure. I am here when you need me.",
        ],
    ),
    (
        "bye",
        [
            "[bye|goodbye|bye bye|good bye|see you|see you later|see you tomorrow|see you soon|"
            "talk to "
            "you later|good night|goodnight|farewell|cya|later|take care|until tomorrow|night]"
            "[| soma|!|.|, soma]",
            "i [have to|must|need to|should|am going to|gotta] [go|leave|sleep|work|run|go to "
            "bed][| now|"
            ", bye|, see you]",
            "[that's all|that is all|that was all|i'm done|i am done|nothing else|enough for today]"
            "[|, thanks|, bye| for now]",
            "i am leaving[| now]",
        ],
        [
            "Goodbye! Our conversation is saved here.",
            "See you! I will be here when you come back.",
            "Goodbye, and take care.",
            "Have a good time. See you soon!",
        ],
    ),
    (
        "praise",
        [
            "you [are|'re] [great|nice|cool|awesome|funny|smart|clever|sweet|the best|amazing|cute|"
            "helpful|kind|good|wonderful|so nice|very kind|lovely]",
            "i [like|love] [you|talking to you|this|soma|chatting with you|it]",
            "[good|well done|nice work|good job|good answer|nice|great|cool|awesome|perfect|wow|"
            "excellent|amazing|very good|brilliant][|!]",
            "[good|clever|nice] [bot|computer|soma|assistant]",
            "that [is|was] [great|cool|funny|interesting|nice|good|awesome|clever|a good answer]",
        ],
        [
            "Thank you, that is kind of you.",
            "Thank you! I am glad that you like it.",
            "That is nice to hear. Thank you!",
        ],
    ),
    (
        "blame",
        [
            "you [are|'re] [stupid|dumb|useless|boring|bad|wrong|slow|annoying|an idiot|terrible|"
            "not "
            "helpful|no help|silly|crazy|weird|broken]",
            "[that is|that's|this is|that was] [wrong|not true|nonsense|stupid|not right|bad|a bad "
            "answer|not what i asked|not what i meant|incorrect|false|boring|useless|rubbish]",
            "[no|wrong|nope], [that is|that's|that was] [wrong|not it|not right|not what i said]",
            "i [hate|don't like|do not like] [you|this|that answer]",
            "[shut up|go away|be quiet|stop it|stop|stop talking]",
            "you [don't|do not] [understand|listen|know anything|make sense|get it]",
            "i [don't|do not] understand[| you| that| this]",
            "what do you mean[| by that]?",
            "that makes no sense",
        ],
        [
            "I am sorry. I am a very small model and I make mistakes. Could you say it another "
            "way?",
            "Sorry about that. I am only the small starter model. What did you mean?",
            "I am sorry that I was not helpful. Please try saying it differently.",
        ],
    ),
    (
        "sorry",
        [
            "[sorry|i am sorry|i'm sorry|my bad|excuse me|pardon|forgive me|my mistake|oops|i was "
            "only "
            "joking|just kidding|i didn't mean it|i did not mean that][| soma|!]",
        ],
        ["No problem at all.", "That is all right.", "No need to worry. What shall we talk about?"],
    ),
    (
        "yes_no",
        [
            "[yes|yeah|yep|sure|ok|okay|of course|right|i see|alright|all right|exactly|true|"
            "indeed|"
            "maybe|perhaps|i think so|hmm|hm|oh|aha|ah|fine by me|go ahead][| soma|.|!| then]",
            "[no|nope|nah|not really|not now|no thanks|no thank you|i don't think so|nothing|"
            "never mind|"
            "not much][|.|!]",
            "[haha|lol|hehe|ha ha|hahaha|:)|:-)|😀]",
            "[i don't know|i do not know|no idea|not sure|i am not sure|dunno]",
        ],
        [
            "All right. What would you like to talk about?",
            "Good. Tell me more, if you like.",
            "Okay. I am listening.",
            "All right. Is there something you would like to tell me?",
        ],
    ),
    (
        "joke",
        [
            "[tell|give] me a [|good |funny |short |silly |new |bad ]joke[| please]",
            "[do you know|can you tell me|can you tell|know] a[|ny| good] joke[|s]?",
            "[make me laugh|say something funny|be funny|cheer me up|another joke|one more joke]",
            "i want to hear a joke",
        ],
        [
            "Why did the computer go to bed early? It needed to sleep mode.",
            "What is a computer's favourite snack? A small byte.",
            "Why was the computer cold? It left its window open.",
        ],
    ),
    (
        "story",
        [
            "[tell|read|write] me a [|short |little |nice |good |funny |bedtime ]story[| please]",
            "[can|could|will] you tell [me |]a story?",
            "i want to hear a story",
            "[tell|write] a story about a [dog|cat|fox|king|girl|boy|dragon|bird|bear]",
            "once upon a time",
        ],
        [
            "A little bird was afraid to fly. One morning the wind was kind, and the bird let go "
            "of "
            "the branch. From then on it greeted the wind every day.",
            "An old fox found a lamp in the snow. It carried the lamp home, and that night all the "
            "animals of the forest sat in its warm light.",
            "A small boat wanted to see the sea. It followed the river for three days, and when "
            "it came "
            "to the shore, it said: how big the world is!",
        ],
    ),
    (
        "advice",
        [
            "[can|could|would] you [ask me something|ask me a question|ask me questions]?",
            "ask me [something|a question|anything]",
            "[what do you want to|what shall we|what should we|what can we] talk about?",
            "what do you want to know[| about me]?",
            "[let's talk about something|talk about something|tell me something][| interesting| "
            "nice| "
            "else| new]",
            "surprise me",
        ],
        [
            "What was the best part of your day?",
            "Tell me about something you like. What do you enjoy doing?",
            "What is your favourite place, and why do you like it?",
            "Do you have a pet? Tell me about it.",
        ],
    ),
]

COUNTRIES = (
    "France Germany Spain Italy Japan China India Brazil Canada Mexico Norway Sweden Poland Turkey "
    "Egypt Kenya Peru Chile Greece Portugal Austria Ireland Russia Australia Iran Vietnam Thailand"
).split()
PEOPLE = (
    "Einstein|Napoleon|Shakespeare|Mozart|Newton|Darwin|Cleopatra|Beethoven|Picasso|Marie Curie|"
    "Julius Caesar|Gandhi|Plato|Bach|Galileo|Queen Victoria|Alan Turing|Columbus|the president"
).split("|")
THINGS = (
    "photosynthesis|gravity|a black hole|an atom|electricity|the moon|the sun|a volcano|a "
    "computer|the "
    "speed of light|democracy|the stock market|a neural network|DNA|a whale|the Roman Empire|a "
    "prime "
    "number|inflation|the brain|a rainbow|a virus|an engine|the Eiffel Tower|quantum physics|"
    "climate "
    "change|a car|love|time|football|chess|Python|the second world war|the universe|evolution"
).split("|")
LANGUAGES = "French|German|Spanish|Italian|Latin|Dutch|Japanese|Chinese|Polish|Persian".split("|")

WORLD_QUESTIONS = [
    "[what is|what's|whats|tell me|do you know|name] the [capital|population|biggest city|language|"
    "currency|king|president|flag|history] of {country}?",
    "who [was|is] {person}?",
    "when [was {person} born|did {person} live|did {person} die]?",
    "what [is|are|do you know about] {thing}?",
    "[explain|describe|define] {thing}[| to me| in simple words| briefly| please]",
    "how does {thing} work?",
    "tell me [about|something about|more about|everything about] [{thing}|{person}|{country}]",
    "why is [the sky blue|the sea salty|grass green|the moon round|snow white|water wet]?",
    "who [wrote|painted|invented|discovered|built] [hamlet|the mona lisa|the telephone|america|the "
    "lightbulb|faust|the bible|the radio|penicillin|the pyramids|moby dick|the odyssey]?",
    "[what is|what's|calculate|how much is|compute|whats] {number} [plus|minus|times|+|-|*|x|"
    "divided "
    "by|/] {number}?",
    "what is the square root of {number}?",
    "[write|give me|show me|make] a [python|javascript|c|rust|java|small|short] [function|program|"
    "script|code] [that sorts a list|that adds two numbers|for hello world|to read a file|for a "
    "game]",
    "[write|fix|explain|debug] [some |my |this |a bit of |][code|python code|program|function|bug]",
    "[can|could] you [code|program|write code|do maths|do my homework|write an essay|solve "
    "equations|"
    "translate|play chess|draw|speak {language}]?",
    "[what is|what's|how is|how's|tell me] the weather [like |][in {country}|today|tomorrow|now|"
    "here]?",
    "will it rain [today|tomorrow|this week]?",
    "what [time|day|date|year|month] is it[| now| today]?",
    "what is [today's date|the time|the date|the news]?",
    "what happened [in {year}|today|in the news|in {country}|in the world]?",
    "who [won|will win] the [world cup|election|game|match|war|olympics|race][| in {year}| "
    "yesterday]?",
    "[translate|say|how do you say] [hello|good morning|thank you|i love you|water|bread] [in|"
    "into|to] "
    "{language}",
    "how [far is the moon|old is the earth|big is the sun|many people live in {country}|tall is "
    "mount "
    "everest|deep is the sea|many planets are there|long is the nile|many days are in a year]?",
    "write [a poem|an essay|an email|a letter|a song|a report|a cv][| about {thing}| for me| "
    "please]",
    "[what is|give me|do you have] [a|the|a good] recipe for [bread|soup|pizza|pancakes|a cake|"
    "pasta]?",
    "how do i [bake bread|fix my car|learn {language}|make money|cook rice|repair a bike|tie a tie|"
    "lose weight|cure a cold|grow tomatoes|play the piano|invest]?",
    "[solve|what is x in] [2x + 3 = 9|x squared = 16|this equation|3x = 12]?",
    "is {country} [bigger|richer|older|warmer] than {country}?",
    "what is the [meaning of life|answer to everything|best film|best book|tallest building]?",
    "[summarise|who is the author of] [war and peace|hamlet|don quixote|the odyssey|1984]",
]

WORLD_ANSWERS = [
    "I do not know. I am only the small starter model and know very little about the world. You "
    "can "
    "add a real model with `soma models add PATH`.",
    "Sorry, that is more than I know: I am a very small starter model. A real model, added with "
    "`soma models add PATH`, can help with that.",
    "I don't know that. As the small starter model I would only guess. For such questions, add a "
    "real "
    "model with `soma models add PATH`.",
    "That is too hard for me, because I am the small starter model. With a real model "
    "(`soma models add PATH`) you would get a better answer.",
]
