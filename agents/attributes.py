"""What is known of people goes by names; here they are made the same, however they were given."""

from __future__ import annotations

from agents.profile_rules.words import ONE, PETS, SAME_RELATION, SEVERAL
from store.claims import Kind, folded

_SAME = {
    "city": "home town", "hometown": "home town", "home": "home town", "location": "home town",
    "lives in": "home town", "residence": "home town", "town": "home town", "work": "job",
    "occupation": "job", "profession": "job", "works as": "job", "like": "likes",
    "interest": "likes", "interests": "likes", "hobby": "likes", "hobbies": "likes",
    "loves": "likes", "dislike": "dislikes", "hates": "dislikes", "allergies": "allergy",
    "allergic to": "allergy", "first name": "name", "full name": "name", "user name": "name",
    "nickname": "called", "company": "employer", "standing instruction": "instruction",
    "order": "instruction", "date of birth": "birthday", "language": "speaks",
    "languages": "speaks", "topics": "topic", "busy with": "topic",
}  # fmt: skip
_MANNERS = frozenset(("units", "spelling", "answer language", "currency", "format"))
_MANY = SEVERAL | frozenset(
    (
        "likes",
        "dislikes",
        "allergy",
        "cannot eat",
        "speaks",
        "plays",
        "topic",
        "instruction",
        "note",
    )
)


def attribute_of(name: str) -> tuple[Kind, str, bool]:
    """The kind of an attribute, its own name, and whether it can have several values at once."""
    plain = folded(name)
    attribute = SAME_RELATION.get(plain, _SAME.get(plain, plain))
    kind: Kind = "fact"
    if attribute in ("name", "called"):
        kind = "name"
    elif attribute == "instruction":
        kind = "instruction"
    elif attribute == "topic":
        kind = "topic"
    elif attribute in PETS | SEVERAL | ONE:
        kind = "relationship"
    elif attribute in _MANNERS or attribute in ("likes", "dislikes"):
        kind = "preference"
    elif attribute.startswith(("favourite ", "favorite ")):
        kind, attribute = "preference", attribute.replace("favorite", "favourite")
    return kind, attribute, attribute in _MANY
