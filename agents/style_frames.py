"""The sentences in which people ask for another style, as regular expressions around its words.

Each pattern matches a whole clause. Its groups say what was asked for: `p0`, `p1` … stand for more
of a trait, by its place in the table, `m0`, `m1` … for less; `neg` and `less` turn that round.
"""

from __future__ import annotations

import re
from functools import cache

from agents.style_words import STYLE


def _any(text: str) -> str:
    """One of the alternatives in `text`, which stand on lines or between bars."""
    return "(?:" + "|".join(line.strip() for line in text.strip().splitlines()) + ")"


ANSWERS = _any(
    """answers?|repl(?:y|ies)|responses?|messages?|explanations?|tone|style|language|wording
    way of (?:talking|writing|speaking)|sentences|phrasing|texts|analys[ie]s"""
)
_MACROS = {
    "COUNT": "(?:one|a single|two|three|a few|fewer)",
    "ANSWERS": ANSWERS,
    "OBJECT": "(?:it|this|that|things|everything|all)",
    "DEGREE": "(?:some |more |a little |a little more |a bit more |a bit of )",
    "UNSURE": _any(
        """you(?:'re| are) (?:not |un)(?:sure|certain|confident)|you aren't (?:sure|certain)
        you don't know|(?:un)?(?:sure|certain|confident) you are|you(?:'re| are) guessing"""
    ),
    "MANY": "(?:more |so many |too many |any |further |some |a few |lots of |these )*",
    "ARRIVED": "(?:got|came|get|arrived|arrive|know|knew)",
    "SIMPLE": "(?:plain|simple|simpler|easy|easier|everyday|normal|layman's)",
}
_LEAD_WORDS = _any(
    """please|just|also|ok|okay|so|then|now|maybe|perhaps|hey|soma|hi|well|honestly|next time
    from now on|in (?:the )?future|always|try and|oh|actually|sorry|for the future|again|great
    thanks|and|i think|really|simply"""
)
LEAD = rf"(?:{_LEAD_WORDS}\s+)*"
_TAIL_WORDS = _any(
    rf"""please|next time|from now on|in (?:the )?future|(?:with|for|to|at) me|this time|again|now
    soma|always|okay|ok|thanks|thank you|at all|about (?:it|this|that|everything)|here|today
    (?:all|every|each) (?:the )?time|when you (?:answer|reply|talk|write|explain)\b.*|around
    (?:in|with|for) your (?:\w+ )?(?:{ANSWERS}|advice)|either|too|anymore|any more|sometimes
    instead|if (?:you can|possible)|then|a bit|a little|more often|first|whenever you can
    would be (?:nice|good|great|better|helpful)|wouldn't hurt|would help"""
)
_TAIL = rf"(?:\s+{_TAIL_WORDS})*\s*$"
_REST = r"(?:\s+(?!of\b)\S+){0,6}\s*$"
_ADVERBS = "(?:please |maybe |perhaps |try to |try and |also |just |always |even |really )*"
_IF_YOU = "(?:it )?(?:(?:if|when|for) )?you (?:to |could |would )?"
_AT_ALL = "(?:you )?(?:(?:always|ever|even|bother|try|trying|to|go|just|have to|need to|keep) )*"
_POSITIVE = (
    _any(
        rf"""(?:can|could|would|will|may) (?:you|we) {_ADVERBS}|feel free to |go ahead and |try to
        you (?:can|could|may|should|must|might|need to|have to|ought to) {_ADVERBS}
        (?:don't|do not) (?:hesitate to|be afraid (?:to|of)|be shy about)\s
        i(?:'d| would)? (?:like|want|prefer|need|love|appreciate|wish) {_IF_YOU}
        make sure (?:to |that you |you )|remember to |you(?:'re| are) (?:allowed|welcome|free) to\s
        it (?:would|'d) be (?:nice|great|good|better|helpful) if you (?:could |would |were )?
        i'm fine with you |it's (?:ok|okay|fine|alright) (?:to|if you)\s"""
    )
    + "?"
)
_NEGATIVE = rf"(?:(?:can|could|would|will) you {_ADVERBS})?" + _any(
    rf"""(?:don't|do not|never|stop|quit|avoid|try not to|refrain from|without|not) {_AT_ALL}
    (?:there(?:'s| is) )?no (?:need|reason)(?: for you)? (?:to|for)\s|you needn't |you need not\s
    you (?:really )?(?:don't|do not) (?:always )?(?:have|need) to |instead of\s
    enough (?:with|of) (?:the |your |all the |all this )?|i hate (?:it )?(?:when|that|how) you\s
    i(?:'d| would) (?:rather|prefer) (?:you (?:didn't|not|don't)|if you didn't|not)\s
    i (?:really )?(?:don't|do not) (?:want|need|like|have) (?:(?:it )?when you|you to|to)\s
    you (?:keep|always|constantly)\s|you(?:'re| are) (?:always|constantly)\s"""
)
_BE = _any(
    rf"""(?:be|sound|stay|get|gett|act|talk|speak|write|writ|answer|reply|respond|explain)(?:ing)?
    become|seem|remain|your {ANSWERS} (?:can|could|should|may|might|must|need to) be
    (?:keep|make|put|phrase|explain|say)(?:ing)? (?:it|things|that|this|(?:your|the) {ANSWERS})"""
)
_BE += r"(?: (?:to|with) me)?\s+(?:in )?"
_AMOUNT_WORDS = _any(
    """a (?:little |tiny )?bit|a little|a lot|a touch|much|way|far|even|slightly|somewhat|rather
    really|very|quite|super|extremely|still|just|all|always|being|getting|as|of|at least"""
)
_AMOUNT = rf"(?:{_AMOUNT_WORDS}\s+)*"
_IS = _any("'s|'re| is| was| are| were| sounds?| sounded| seems?| seemed| feels?| felt| reads?")
_COMPLAINED = (
    rf"(?:that|this|it|you|(?:that|this|the|your)(?: last| previous)? {ANSWERS}){_IS}"
    r"(?: being| getting| still)?\s+"
)
_WANTED = _any(
    """(?:give|write|send|show) me |use |i(?:'d| would)? (?:like|want|prefer|need|love)\\s|adopt
    choose |switch to |with |try\\s"""
)
_ANY_OF = (
    r"(?:(?:(?:so|that|this|too|as|all) )?(?:much|many|such|any|the|your|these|this|a|with)\s+)*"
)
_CUT = _any(
    """drop|skip|cut|lose|spare me|omit|leave (?:out|off|away)|stop with|ease up on|go easy on
    tone down|cut (?:down|back) on|cut out|reduce|ditch|hold|save me|forget|lay off|less|fewer
    (?:use|give me) (?:less|fewer)|(?:don't|do not) need|no need for|no more|no|without|zero
    i (?:really )?(?:don't|do not) (?:want|need|like|care for|care about)|can do without
    (?:don't|do not|stop|quit|avoid|never) (?:us|giv|writ)(?:e|ing)(?: me)?|enough (?:with|of)
    (?:don't|do not|stop|quit|avoid|never) (?:add|show|includ|bother|need)(?:e|ing)?|enough
    (?:there (?:is|are|was|were)|you use|you have|that was|that's|it has|it's) too (?:much|many)
    (?:way )?too (?:many|much)"""
)
_LESS = "(?P<less>less|not so|not as|not that|not too|too|overly)"
NOT_TO_SOMA = _any(
    r"""(?:if|suppose|imagine|what if|assuming|whether|when|unless)\b
    .*\b(?:said|says|told|asked|asks|tells|wants me|thinks|thought|wrote|complained)\b"""
)
REQUEST_AS_QUESTION = _any(
    r"""(?:can|could|would|will|may) (?:you|we)\b|why (?:are you|do you|must you)\b|must you\b
    (?:less|more|fewer|in|shorter|longer)\b|how about\b|what about\b"""
)


@cache
def frames() -> tuple[re.Pattern[str], ...]:
    """Give the patterns, the likelier reading first; compiled at the first call."""
    adjective, thing, doing = (_words(kind) for kind in range(3))
    noun = rf"(?:\s+{ANSWERS})"
    amount = rf"{_AMOUNT}(?:(?:more|rather|as)\s+|{_LESS}\s+)?"
    over = rf"{_AMOUNT}(?:(?:so|too|that|as|overly|such|this|more|a|an)\s+)*{_AMOUNT}"
    degree = rf"{_AMOUNT}(?:more\s+|{_LESS}\s+)"
    some = rf"{_AMOUNT}(?:some more|more|some|a little|a bit|a touch)\s+(?:more )?(?:of )?(?:the )?"
    comparative = rf"(?=\S*er\b|(?:brief|concise|short)(?:ly)?\b){adjective}"
    why = "(?P<neg>why (?:are you|do you have to be|must you be)) (?:always |being )?"
    sources = [
        rf"{_POSITIVE}{_BE}{amount}{adjective}{noun}?",
        rf"(?P<neg>{_NEGATIVE})(?:{_BE})?{over}{adjective}{noun}?",
        rf"{degree}{adjective}{noun}?",
        rf"{_COMPLAINED}{_AMOUNT}(?P<less>too|overly)\s+{_AMOUNT}{adjective}{noun}?",
        rf"(?P<neg>you(?:'re| are)) being {_AMOUNT}(?:too |so )?{adjective}",
        rf"(?:{_COMPLAINED})?not {_AMOUNT}{adjective} enough",
        rf"{why}so {adjective}",
        rf"{_POSITIVE}{_WANTED}(?:it |a |an |your {ANSWERS} )?{amount}{adjective}{noun}",
        rf"i(?:'d| would)? (?:like|want|prefer) (?:it|your {ANSWERS}) {amount}{adjective}",
        rf"{_AMOUNT}{comparative}{noun}?",
        rf"(?P<neg>{_POSITIVE}{_CUT})\s+{_ANY_OF}{thing}",
        rf"{_POSITIVE}(?:{_WANTED}|show |add |include |have |i could use )?{some}{thing}",
        rf"not enough {thing}",
    ]
    doings = [rf"(?P<neg>{_NEGATIVE}){doing}", rf"{_POSITIVE}{doing}"]
    whole = [LEAD + source + _TAIL for source in sources]
    whole += [LEAD + source + _REST for source in doings]
    return tuple(map(re.compile, whole))


def _words(kind: int) -> str:
    """All words of one kind, in groups that name their trait and direction."""
    parts = []
    for number, wordings in enumerate(STYLE.values()):
        for letter, source in zip("pm", wordings[kind], strict=True):
            if source:
                parts.append(f"(?P<{letter}{number}>{_expanded(source)})")
    return f"(?:{'|'.join(parts)})" + r"(?!\w)"


def _expanded(source: str) -> str:
    """The regular expression that an entry of the table stands for."""
    joined = _any(source)
    for name, meaning in _MACROS.items():
        joined = joined.replace(name, meaning)
    return re.sub(r"(\(\?:[^()~]*\)|[\w\[\]-]+)~", lambda found: _with_ing(found[1]), joined)


def _with_ing(verbs: str) -> str:
    words = verbs.removeprefix("(?:").removesuffix(")").split("|")
    return "(?:" + "|".join(f"{word}|{_ing(word)}" for word in words) + ")"


def _ing(verb: str) -> str:
    irregular = {"be": "being", "mimic": "mimicking", "quiz": "quizzing"}
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("e"):
        return verb[:-1] + "ing"
    doubled = {"get", "put", "cut", "let", "run", "skim", "plan", "pat", "commit", "wag"}
    return verb + (verb[-1] if verb in doubled else "") + "ing"
