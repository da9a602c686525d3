"""What a person wrote earlier."""

from __future__ import annotations

from store.conversations import Conversations
from store.database import Database
from store.paths import Home


def test_the_newest_comes_first_here_before_elsewhere_and_each_text_once(home: Home) -> None:
    with Database.open(home) as database:
        conversations = Conversations(database)
        one, two, gone = (conversations.create().id for _ in range(3))
        for conversation, text in (
            (one, "a"), (two, "b"), (one, "c"), (gone, "secret"), (two, "a"), (two, "d"),
        ):  # fmt: skip
            conversations.add_user(conversation, text)
        answer = conversations.begin_answer(one, "starter", "v")
        conversations.append_piece(answer.id, "said by the model", [1])
        conversations.delete(gone)
        assert conversations.written(one, 10) == ["c", "a", "d", "b"]
        assert conversations.written(None, 10) == ["d", "a", "c", "b"]
        assert conversations.written(one, 3) == ["c", "a", "d"]
        assert conversations.written(None, 0) == []
