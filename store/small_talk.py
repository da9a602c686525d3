"""Messages that name no matter: greetings, thanks and the like."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 80
_SMALL_TALK = re.compile(
    "(?:(?:"
    "hi|hey|hello|hallo|howdy|hiya|yo|greetings|good (?:morning|afternoon|evening|day|night)"
    "|how are (?:you|things)|how(?: is|'s) it going|what(?: is|'s) up|sup|are you (?:there|awake)"
    "|i'?m fine|(?:nice|pleased|good) to meet you|and you|doing|today|there|again|all|world|soma"
    "|thanks|thank you|thx|ty|cheers|so much|very much|a lot|bye|goodbye|see you|later|cool|great"
    "|ok|okay|yes|no|sure|fine|nice|please|test|testing|ping"
    "|moin|servus|guten (?:morgen|tag|abend)|wie geht(?:'s|s| es)(?: dir| ihnen)?|danke(?: schön)?"
    "|vielen dank|tschüss|ja|nein"
    "|bonjour|bonsoir|salut|coucou|ça va|merci(?: beaucoup)?|oui|non|au revoir"
    "|hola|buen[oa]s(?: días| dias| tardes| noches)?|qué tal|que tal|(?:muchas )?gracias|sí|adiós"
    "|ciao|salve|buongiorno|buonasera|come (?:stai|va)|grazie(?: mille)?|sì"
    "|olá|oi|bom dia|boa (?:tarde|noite)|tudo bem|obrigad[oa]|hoi|goede(?:morgen|middag|navond)"
    "|dank (?:je|u)(?: wel)?|bedankt|hej|hei|moi|tack|takk|tak|kiitos|cześć|dzień dobry|dzięki"
    "|ahoj|dobrý den|děkuji|merhaba|selam|teşekkürler|привет|здравствуйте|добрый день|спасибо"
    "|привіт|дякую|γεια|ευχαριστώ|مرحبا|السلام عليكم|شكرا|שלום|תודה|नमस्ते|धन्यवाद"
    "|こんにちは|おはよう|こんばんは|ありがとう|你好|您好|谢谢|안녕하세요|감사합니다"
    r")(?: |$))*"
)


def is_small_talk(text: str) -> bool:
    """Whether a message is only a greeting, thanks or the like, which names no matter.

    A message without a letter or digit is small talk too.
    """
    if len(text) > _LONGEST:
        return False
    plain = text.casefold().replace("’", "'")
    letters = (c if c == "'" or unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    words = [word for word in "".join(letters).split() if any(map(str.isalnum, word))]
    return _SMALL_TALK.fullmatch(" ".join(words)) is not None
