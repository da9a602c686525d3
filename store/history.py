"""What a person wrote earlier, to be gone through again."""

from __future__ import annotations

from store.message_tables import Fields, MessageTables


def written(documents: MessageTables, conversation_id: int | None, limit: int) -> list[str]:
    """Give the user's messages, newest first: those of one conversation, then those of all others.

    At most `limit`, each text once.
    """
    texts: dict[str, None] = {}
    shown = {conversation for conversation, _ in documents.visible()}
    here = [] if conversation_id is None else documents.ids(conversation_id)
    for message_id in reversed(here):
        fields = documents.message(message_id)
        if fields["role"] == "user":
            texts.setdefault(_typed(fields))
    for _, fields in reversed(documents.messages.peek_all()):
        if len(texts) >= limit:
            break
        if fields["role"] == "user" and fields["conversation"] in shown:
            texts.setdefault(_typed(fields))
    return list(texts)[:limit]


def _typed(fields: Fields) -> str:
    """A message with those before it whom it was given to, as in "@coder do it"."""
    names = fields.get("work", {}).get("specialists", ())
    return "".join(f"@{name} " for name in names) + str(fields["text"])
