"""Secrets that no model should learn: keys, tokens, passwords, numbers of cards and accounts."""

from __future__ import annotations

import re

_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(?:sk|pk|rk)[-_](?:[a-z]+[-_])*[A-Za-z0-9_-]{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bhf_[A-Za-z0-9]{20,}"
    r"|\bxox[abposr]-[\w-]{10,}|\bAIza[\w-]{30,}|\bnpm_[A-Za-z0-9]{30,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"
    r"|[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/:@]{3,}@"
)
_SECRET = (
    r"(?:password|passwort|passphrase|passcode|passwd|mot de passe|contraseña|kennwort"
    r"|(?:api|access|secret|private|auth)[ _-]?(?:key|token)|client[ _-]?secret|bearer"
    r"|(?:pin|tan|puk|cvv|cvc)(?: (?:code|number))?|seed phrase|recovery (?:code|phrase|key))"
)
_NAMED = re.compile(
    rf"\b{_SECRET}\b(?: (?:for|to|of) (?:\w+ ){{0,3}}\w+)?[\"']?\s*(?:is now|is|was|ist|est|es|:|=)"
    r"\s*[\"'`]?(?P<value>[^\s\"'`]{3,})",
    re.IGNORECASE,
)
_NO_VALUES = frozenset(
    """a an the not no wrong right correct incorrect invalid valid required missing empty weak
    strong expired stored saved hashed encrypted too very so long short used needed
    asked sent set safe secret secure something what when where that this it in on at by
    for from to your my changed reset good bad easy hard only never always usually kept
    shown hidden optional
    """.split()
)
_CARD = re.compile(
    r"(?<![\w.-])(?:[2-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -]?)\d{6}\2\d{5})(?![\w-])"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_LETTERS_OF_A_PHRASE = re.compile(r"\b(?:seed|recovery) phrase\b.*?:", re.IGNORECASE)


def holds_credentials(text: str) -> bool:
    """Whether a text holds something that looks like a secret.

    What follows "the password is" counts, but for words such as "wrong" and "required".
    """
    if _SHAPES.search(text) or _LETTERS_OF_A_PHRASE.search(text):
        return True
    named = (found["value"].casefold().strip(".,;:!?()") for found in _NAMED.finditer(text))
    return (
        any(value and value not in _NO_VALUES for value in named)
        or any(_is_card(found[0]) for found in _CARD.finditer(text))
        or any(_is_account(found[0]) for found in _IBAN.finditer(text))
    )


def _is_card(number: str) -> bool:
    """Whether the digits of a number check as those of payment cards do (Luhn)."""
    digits = [int(character) for character in number if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _is_account(number: str) -> bool:
    """Whether a number checks as an IBAN does."""
    compact = number.replace(" ", "")
    turned = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1
