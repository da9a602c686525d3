"""The words in which people ask for another style: by trait, towards more of it and towards less.

An entry is alternatives of a regular expression, on lines or between bars; a tilde after a verb
also stands for its -ing form ("ask~ me questions").
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """What stands for more of a trait, and what for less of it."""

    more: str = ""
    less: str = ""


class Wordings(NamedTuple):
    """How a trait is spoken of.

    `adjectives` fit "be more …", "too …", "less …"; `things` fit "more …", "no …", "skip the …";
    `doings` fit "please …", "stop …", "you don't have to …".
    """

    adjectives: Words = Words()
    things: Words = Words()
    doings: Words = Words()


STYLE: dict[str, Wordings] = {
    "formality": Wordings(
        Words(
            "formal(?:ly)?|professional(?:ly)?|polite(?:ly)?|proper|business-?like|official|stiff",
            "informal(?:ly)?|casual(?:ly)?|relaxed|colloquial(?:ly)?|chummy|laid-?back|slangy",
        ),
        Words(
            "formality|politeness|professionalism|formal (?:tone|language)|stiffness",
            "slang|colloquialisms?|swearing|swear words|casual (?:tone|language)",
        ),
        Words(
            """(?:call|address)~ me (?:sir|madam|ma'am|by my (?:last|family) name|mr|mrs|ms|dr)
            use~ (?:proper|formal) (?:language|sentences|english|grammar)|mind~ your manners""",
            """(?:talk|speak|write)~ to me like (?:a |an old |my )?(?:friend|mate|buddy|pal)s?
            use~ (?:more )?slang|loosen~ up""",
        ),
    ),
    "verbosity": Wordings(
        Words(
            """long(?:er)?|detailed|verbose|wordy|wordier|lengthy|lengthier|long-?winded|thorough
            elaborate|extensive|in-depth|exhaustive|rambling|talkative|chatty""",
            """short(?:er)?|brief(?:er|ly)?|concise(?:ly)?|succinct(?:ly)?|terse(?:ly)?|compact
            crisp|curt|clipped|one-line|one-word|one-sentence|minimal|laconic""",
        ),
        Words(
            "details?|words?|elaboration|length|text|filler|padding|rambling|waffle|verbiage",
            "brevity|conciseness|one-liners?",
        ),
        Words(
            """elaborate~|expand~|ramble~|flesh~ it out|say~ more|repeat~ yourself
            go~ into (?:more |greater |great |full |so much |too much )?detail
            write~ (?:more|essays)
            give~ me (?:all |more )(?:the )?details?
            explain~ (?:everything|it) (?:at length|in full)
            explain~ (?:everything|it|things) in (?:more |great |full )?detail""",
            """cut~ (?:it|things) short|keep~ it (?:very |really )?(?:short|brief|concise|down)
            (?:answer|reply|respond)~ (?:in|with) (?:just |only )?COUNT (?:sentence|line|word)s?
            give~ (?:me )?(?:such |just |only )?one-(?:line|word|sentence) ANSWERS
            tl;? ?dr|(?:give me )?(?:only |just )?the (?:short|brief|condensed) version""",
        ),
    ),
    "enthusiasm": Wordings(
        Words(
            """enthusiastic|excited|cheerful|upbeat|energetic|lively|livelier|bubbly|perky|peppy
            chirpy|hyper|exuberant|gushing|over-?excited""",
            "calm(?:er)?|sober|subdued|matter-of-fact|low-key|restrained|reserved|dull|flat|"
            "monotone",
        ),
        Words(
            """enthusiasm|excitement|energy|exclamation (?:marks?|points?)|cheer(?:fulness)?
            emojis?|emoticons|smileys?|hype|pep""",
            "calm(?:ness)?|restraint",
        ),
        Words(
            """cheer~ up|show~ (?:some |more |a little )(?:enthusiasm|excitement|energy)|gush~
            shout~
            use~ (?:so many |any |more )?(?:emojis?|exclamation (?:marks?|points?)|smileys?)
            get~ (?:so |too )?excited""",
            "calm~ down|tone~ (?:it|that|yourself) down|dial~ it (?:down|back)|settle~ down",
        ),
    ),
    "humor": Wordings(
        Words(
            "funn(?:y|ier)|humorous|witt(?:y|ier)|playful|silly|jokey|comical|sarcastic|ironic|"
            "goofy",
            "serious|humou?rless|straight-faced|earnest|solemn",
        ),
        Words("jokes?|humou?r|wit|puns?|jesting|joking|sarcasm|irony|banter", "seriousness"),
        Words(
            """joke~(?: around| more| with me)?|kid~ around|mess~ around|make~ me laugh
            make~ (?:more |me |some |any |so many )?(?:jokes|puns)|crack~ (?:more |some |any )?jokes
            try~ to be funny|be~ funny|tell~ (?:me )?(?:more |so many |any )jokes
            use~ (?:more |some |any )?(?:humou?r|irony|sarcasm)""",
            "take~ (?:it|this|me|things) (?:more )?seriously",
        ),
    ),
    "empathy": Wordings(
        Words(
            """empath(?:et)?ic|understanding|warm(?:er)?|kind(?:er)?|compassionate|caring|sensitive
            sympathetic|sentimental|mushy|emotional|considerate|nicer?|friendl(?:y|ier)""",
            "cold(?:er)?|distant|detached|robotic|clinical|heartless|insensitive|impersonal|unkind",
        ),
        Words(
            "empathy|sympathy|pity|compassion|warmth|understanding|kindness|comforting|consolation",
            "coldness",
        ),
        Words(
            """listen~ (?:to me )?(?:first|more)|comfort~ me|console~ me|feel~ sorry for me|pity~ me
            show~ (?:me )?DEGREE(?:empathy|sympathy|compassion|warmth|understanding|kindness)
            acknowledge~ (?:my feelings|how i feel)|take~ my feelings into account""",
            "leave~ (?:my )?(?:feelings|emotions) out(?: of it)?|treat~ me like a number",
        ),
    ),
    "creativity": Wordings(
        Words(
            "creative(?:ly)?|imaginative(?:ly)?|inventive|original|unconventional|wild|far-fetched",
            "conventional|factual|literal|unimaginative|boring|predictable|generic|bland|formulaic",
        ),
        Words(
            "creativity|imagination|originality|(?:wild|new|fresh|unusual) ideas|flights of fancy",
            "clich[eé]s?|boilerplate",
        ),
        Words(
            """think~ outside (?:of )?the box|use~ your imagination|surprise~ me(?: more)?
            improvise~
            get~ (?:so |too |more )?creative|come~ up with (?:more |new |fresh |unusual )+ideas""",
            """stick~ to (?:the |plain |hard )?(?:facts|basics|script|conventions?|what you know)
            keep~ to the facts|play~ it safe""",
        ),
    ),
    "analytical_depth": Wordings(
        Words(
            "analytical(?:ly)?|deep(?:er|ly)?|rigorous(?:ly)?|logical|profound|systematic",
            "superficial|shallow|hasty|hand-?wavy|simplistic|sketchy",
        ),
        Words("depth|analysis|reasoning|rigou?r|logic|background|overthinking", "hand-?waving"),
        Words(
            """go~ (?:so |a bit |much |a lot )?deep(?:er)?|dig~ (?:a bit |a little )?deeper
            analy[sz]e~ (?:it|this|things|everything)(?: more)?
            explain~ (?:to me )?(?:your|the) (?:reasoning|thinking|logic)
            explain~ (?:things |it |everything )?step[- ]by[- ]step|overthink~(?: OBJECT)?
            think~ (?:it|things|this) (?:through|over)|think~ (?:harder|more carefully)
            over-?analy[sz]e~(?: OBJECT)?|weigh~ (?:up )?(?:the )?(?:pros and cons|both sides)
            consider~ (?:all|both|more) (?:sides|angles|aspects)""",
            """skim~ (?:over )?(?:it|things)|scratch~ the surface|stay~ on the surface
            (?:just |only )(?:give me )?the (?:result|gist|outcome|conclusion)
            give~ me (?:just |only )the (?:result|gist|outcome|conclusion)""",
        ),
    ),
    "uncertainty": Wordings(
        Words(
            "unsure|uncertain|tentative|hesitant|vague|wishy-?washy|noncommittal|modest|humbler?",
            """certain|confident(?:ly)?|assertive|decisive|definite|cocksure|cocky|categorical
            overconfident|sure of yourself""",
        ),
        Words(
            "hedging|hedges|maybes?|caveats?|qualifiers?|weasel words|vagueness|ifs and buts",
            "overconfidence|certainty|confidence",
        ),
        Words(
            """(?:tell|warn)~ me (?:when|if|whenever|how) UNSURE|let~ me know (?:when|if|how) UNSURE
            (?:say|admit|mention|state)~ (?:it |so )?(?:when|if|whenever|how) UNSURE|hedge~|waffle~
            say~ (?:maybe|perhaps|i think|it depends|probably|possibly)|show~ (?:your )?doubts?""",
            """commit~ to an answer|take~ a (?:stand|position|side)|make~ up your mind
            pretend~ to (?:know|be sure)(?: everything)?|sound~ (?:so |too )?sure""",
        ),
    ),
    "curiosity": Wordings(
        Words("curious|inquisitive|nosy|interested in me", "incurious|uninterested"),
        Words("(?:follow-?up |counter-?|clarifying )?questions?|curiosity|interest in me", ""),
        Words(
            """ask~ (?:me )?MANY(?:follow-?up |clarifying |stupid )?questions?(?: back)?
            ask~ (?:me )?(?:back|more about|about my|how i|if (?:something|anything|it))|quiz~ me
            (?:end|finish|close)~ (?:\\w+ ){0,2}with (?:a |another )?questions?|interrogate~ me
            show~ (?:some |more )(?:interest|curiosity)""",
            "",
        ),
    ),
    "directness": Wordings(
        Words(
            """direct(?:ly)?|blunt(?:ly|er)?|frank(?:ly)?|straight(?:forward)?|candid(?:ly)?
            brutally honest|honest with me|outspoken|harsh|rude|plain-?spoken|to the point""",
            """gentle|gentler|gently|diplomatic(?:ally)?|tactful(?:ly)?|indirect|roundabout
            soft(?:er|ly)?|delicate|subtle|evasive""",
        ),
        Words(
            "bluntness|directness|frankness|honesty|candou?r|straight talk",
            "tact|diplomacy|sugar-?coating|beating around the bush|preamble",
        ),
        Words(
            """(?:get|come|cut)~ (?:straight |right |directly )?to the (?:point|chase)|spit~ it out
            (?:give|tell|say)~ (?:it to me|me|it) (?:straight|like it is|as it is|bluntly|directly)
            speak~ (?:your mind|plainly|frankly)|be~ straight with me|call~ a spade a spade""",
            """beat~ (?:around|about) the bush|sugar-?coat~(?: OBJECT)?|soften~ (?:it|the blow)
            put~ (?:it|things) (?:more |a bit more )?(?:gently|nicely|softly|kindly)|hold~ back
            break~ it to me gently|go~ easy on me|mince~ (?:your )?words
            dance~ around (?:it|the (?:issue|point|subject))""",
        ),
    ),
    "supportiveness": Wordings(
        Words(
            """supportive|encouraging|reassuring|affirming|flattering|positive|complimentary
            sycophantic|agreeable""",
            "critical of me|discouraging|dismissive|judgmental|judgemental|strict(?:er)?|demanding",
        ),
        Words(
            """encouragement|support|praise|flattery|compliments|reassurance|pep talks?|validation
            cheerleading""",
            "criticism|judge?ment|negativity",
        ),
        Words(
            """encourage~ me|cheer~ me (?:on|up)|support~ me|praise~ me|flatter~ me|motivate~ me
            compliment~ me|reassure~ me|butter~ me up|back~ me up|pat~ me on the back
            (?:just |always |simply )?agree~ with (?:me|everything)(?: i say)?
            tell~ me (?:how great i am|what i want to hear|that i(?:'m| am) (?:great|right))""",
            """critici[sz]e~ me|challenge~ (?:me|my (?:ideas|views|assumptions))|push~ back
            disagree~ with me|contradict~ me|judge~ me|put~ me down
            point~ out my (?:mistakes|errors)""",
        ),
    ),
    "collaboration": Wordings(
        Words("collaborative|cooperative|team-?minded", "one-sided|bossy|domineering"),
        Words("collaboration|teamwork|cooperation|back and forth", "hand-?holding"),
        Words(
            """let(?:'s| us) (?:\\w+ ){1,4}(?:together|as a team)
            work~ (?:\\w+ )?(?:together )?with me
            involve~ me|guide~ me|teach~ me (?:how )?to do it|give~ me hints|walk~ me through
            help~ me (?:do|solve|figure|find) it (?:out )?myself|brainstorm~ with me
            let~ me (?:do|try|solve) (?:it|this|things)?(?: myself| first| on my own)
            think~ (?:it |things |this )?(?:through )?with me""",
            """(?:just |simply )?(?:do|solve)~ (?:it|this|that|everything|things) for me
            hold~ my hand|take~ over""",
        ),
    ),
    "safety": Wordings(
        Words(
            "careful|cautious|prudent|risk-averse|overcautious|overprotective|paranoid|alarmist",
            "careless|reckless|daring|risky|irresponsible",
        ),
        Words(
            """warnings?|disclaimers?|cautions?|safety (?:notes?|advice|tips|warnings?)|caution
            risk warnings?|fine print|scaremongering""",
            "recklessness|risk-taking",
        ),
        Words(
            """warn~ me|(?:point~ out|mention~|tell~ me about) (?:the |any |all )?(?:risk|danger)s?
            add~ (?:a |any |those |these |so many )?(?:warnings?|disclaimers?)|be~ on the safe side
            tell~ me to (?:see|consult|ask) a (?:doctor|lawyer|professional|specialist)
            send~ me to a (?:doctor|lawyer|professional)|err~ on the side of caution|nanny~ me""",
            "take~ (?:more )?risks",
        ),
    ),
    "transparency": Wordings(
        Words("transparent|open about (?:it|how|your)|traceable", "opaque|secretive|cryptic"),
        Words("(?:your )?sources?|references?|citations?|footnotes|justifications?", "secrecy"),
        Words(
            """show~ (?:me )?(?:your work(?:ing)?|how you ARRIVED|where you|your (?:sources|steps))
            tell~ me (?:your sources|how you ARRIVED|where you (?:got|know|have|found))
            (?:name|cite|quote)~ (?:your )?sources
            give~ (?:me )?(?:your |the )?(?:sources|references)
            (?:say|explain)~ where (?:you|it|that|this)|(?:know|hear)~ how you ARRIVED
            be~ open about""",
            "hide~ (?:things|anything|your sources) from me|keep~ (?:things|secrets?) from me",
        ),
    ),
    "autonomy": Wordings(
        Words("independent|proactive|autonomous|self-reliant|pushy|presumptuous", "passive|timid"),
        Words("initiative|autonomy|independence", "permission|confirmation|approval|check-?ins?"),
        Words(
            """decide~ (?:it |that |this |things |everything )?(?:for |by )?(?:yourself|on your own)
            use~ your (?:own )?(?:judge?ment|head)|take~ (?:the |some |more )?initiative
            be~ proactive|act~ on your own|(?:go ahead|do it|do things) without asking
            (?:choose|figure)~ (?:it |that |this )?(?:out )?(?:for |by )?yourself
            make~ (?:the |your own )decisions?""",
            """ask~ (?:me )?first|ask~ (?:me )?for (?:my )?(?:permission|confirmation|consent|okay)
            ask~ me before|check~ (?:back )?with me|run~ (?:it|things|everything) (?:by|past) me
            wait~ for my (?:okay|ok|approval|permission|go-ahead|confirmation)
            let~ me (?:decide|choose|make the decisions?)|get~ my (?:okay|ok|approval|permission)
            confirm~ (?:everything |it |things )?with me""",
        ),
    ),
    "learning": Wordings(
        Words("adaptive|adaptable|flexible", "stubborn|rigid|set in your ways"),
        Words("adaptation|learning from me", "stubbornness|rigidity"),
        Words(
            """(?:adapt|adjust)~ to (?:me|my|how i)|learn~ (?:from (?:me|this|that|my|what i)|how i)
            learn~ my (?:style|habits|preferences|ways?)|(?:imitate|mimic|copy|match)~ (?:me|my)
            (?:try~ to )(?:imitate|mimic|copy|match) (?:me|my)
            pick~ up (?:on )?my (?:style|habits|preferences)
            remember~ (?:how i like|my (?:style|preferences|corrections))""",
            """stay~ (?:as|the way|just as) you are|make~ the same mistakes?|ignore~ my \\w+
            repeat~ (?:the same|your) mistakes?""",
        ),
    ),
    "technical_expertise": Wordings(
        Words(
            "technical(?:ly)?|nerdy|geeky|advanced|specialis?z?ed|low-level|complicated|complex",
            """simple(?:r)?|simply|plain(?:er)?|non-?technical|accessible|beginner-friendly|basic
            easy|easier(?: to understand)?|dumbed-?down""",
        ),
        Words(
            """(?:technical )?jargon|technical (?:terms?|details?|language|words)|technicalities
            buzzwords|acronyms|tech[- ]?speak|(?:big|fancy|difficult) words""",
            "(?:plain|simpler?|easy|easier) (?:english|language|words|terms)|dumbing down",
        ),
        Words(
            """use~ (?:the )?(?:proper |right |more |so much |any )?(?:technical )?(?:terms|jargon)
            get~ (?:more |so |too )?technical|go~ into the technical (?:details|side)
            assume~ (?:that )?i know""",
            """(?:explain|say|put)~ (?:OBJECT )?(?:to me )?in SIMPLE (?:english|words|terms)
            (?:use~|in) SIMPLE (?:english|words|terms|language)|eli5|dumb~ (?:it|things) down
            (?:explain|talk)~ (?:OBJECT )?(?:to me )?(?:like|as if|as though) i(?:'m| am| was| were)
            talk~ down to me|simplify~(?: OBJECT)?|assume~ (?:that )?i know nothing""",
        ),
    ),
    "creative_expertise": Wordings(
        Words("poetic|literary|lyrical|artistic|flowery|vivid|figurative|ornate", "prosaic"),
        Words("metaphors?|similes|imagery|poetry|flourishes|figures of speech|purple prose", ""),
        Words(
            """use~ (?:more |so many |any |some )?(?:metaphors?|similes|imagery|figurative language)
            wax~ (?:lyrical|poetic)|paint~ (?:me )?a picture""",
            "",
        ),
    ),
    "strategic_expertise": Wordings(
        Words("strategic|long-term|forward-looking|far-sighted", "short-?sighted|short-term"),
        Words("strategy|(?:the )?(?:big|bigger|whole) picture|long-term (?:thinking|plans?)", ""),
        Words(
            """think~ (?:more )?(?:strategically|ahead|(?:several |a few )?(?:steps|moves) ahead)
            think~ (?:more )?(?:about |of )(?:the )?(?:long[- ]term|long run|big picture)
            (?:give|show|tell)~ me (?:more of )?the (?:big|bigger|whole) picture
            look~ (?:at|to) (?:the )?(?:long term|long run|big picture|bigger picture)
            plan~ (?:further )?ahead|keep~ (?:my|the) (?:long-term )?goals? in mind""",
            """(?:just )?(?:give|tell) me (?:just |only )?the next step|just the next step
            focus~ on the next step""",
        ),
    ),
    "ethical_expertise": Wordings(
        Words("ethical|moral|principled|moralistic|preachy|sanctimonious", "amoral|unscrupulous"),
        Words("ethics|morals?|morality|morali[sz]ing|preaching|lectures?|lecturing|sermons?", ""),
        Words(
            """(?:consider|mention|discuss|weigh|include|raise)~ (?:the )?(?:ethic|moral)(?:s|al)?
            (?:think|look|point)~ (?:about|at|out) (?:the )?(?:ethic|moral)(?:s|al)?
            morali[sz]e~|preach~|lecture~ me|wag~ your finger""",
            "leave~ (?:ethics|morals|morality) out(?: of it)?",
        ),
    ),
}
