"""The messages of a conversation as a tree, of which one branch is shown.

Each message follows its parent. Where several follow the same one, the newest is shown unless
the conversation remembers another; so one without alternatives costs nothing beyond the parents.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

from store.message_tables import MessageTables

HEAD = -1
"""Stands for the last message of the shown branch."""
_START = 0  # stands for the place before the first message


class _Tree(NamedTuple):
    """What each message of a conversation follows, and what follows each, oldest first."""

    parents: dict[int, int]
    children: dict[int, list[int]]


class Branches:
    """Which message follows which, and the branch that is shown.

    A conversation's document has `forked` once there are alternatives, `choices` (what is shown
    after a message, by that message's id, where it is not the newest) and `ends` (the message
    with which the shown branch ends although others follow it).
    """

    def __init__(self, documents: MessageTables) -> None:
        self._documents = documents
        self._latest: tuple[tuple[int, int, int], _Tree] | None = None

    def shown(self, conversation_id: int) -> list[int]:
        """Give the ids of the shown branch, in order."""
        fields = self._documents.conversations.peek(conversation_id) or {}
        ends = fields.get("ends")
        if not fields.get("forked"):
            ids = self._documents.ids(conversation_id)
            return ids if ends is None else [i for i in ids if i <= ends]
        children = self._tree(conversation_id).children
        choices = fields.get("choices", {})
        branch: list[int] = []
        place = _START
        while place != ends and place in children:
            chosen = choices.get(str(place))
            place = chosen if chosen in children[place] else children[place][-1]
            branch.append(place)
        return branch

    def branch_to(self, message_id: int) -> list[int]:
        """Give the ids from the first message to this one, in order."""
        conversation_id = self._documents.message(message_id)["conversation"]
        if not self._documents.conversation(conversation_id).get("forked"):
            return [i for i in self._documents.ids(conversation_id) if i <= message_id]
        return self._climb(self._tree(conversation_id), message_id)

    def parent(self, message_id: int) -> int | None:
        """Give what a message follows, None for the first."""
        fields = self._documents.message(message_id)
        parent: int | None = fields.get("parent")
        if "parent" in fields and (parent is None or self._documents.messages.peek(parent)):
            return parent
        if self._latest is None or message_id not in self._latest[1].parents:
            self._tree(fields["conversation"])
        assert self._latest is not None
        return self._latest[1].parents[message_id] or None

    def siblings(self, message_id: int) -> list[int]:
        """Give the messages that follow the same one, this one among them, oldest first."""
        conversation_id = self._documents.message(message_id)["conversation"]
        if not self._documents.conversation(conversation_id).get("forked"):
            return [message_id]
        tree = self._tree(conversation_id)
        return list(tree.children[tree.parents[message_id]])

    def show(self, conversation_id: int, message_id: int) -> None:
        """Make the branch through a message the shown one, down to what was shown below it."""
        self._documents.message_of(conversation_id, message_id)
        self._lead_to(conversation_id, message_id, {})

    def end_with(self, conversation_id: int, message_id: int | None) -> None:
        """Make the shown branch end with a message; None: before the first."""
        self._documents.conversation(conversation_id)
        if message_id is not None:
            self._documents.message_of(conversation_id, message_id)
        place = message_id or _START
        followed = place in self._tree(conversation_id).children
        self._lead_to(conversation_id, message_id, {"ends": place} if followed else {})

    def make_room(self, conversation_id: int, after: int | None) -> int | None:
        """Give what the message that is inserted next will follow: `after`, HEAD resolved.

        The branch through it becomes the shown one, in the transaction that is open. While there
        are no alternatives, this costs the same however long the conversation is.
        """
        fields = self._documents.conversation(conversation_id)
        last = self._documents.last(conversation_id)
        if after == HEAD and "forked" not in fields and "ends" not in fields:
            return last
        if after == HEAD:
            branch = self.shown(conversation_id)
            after = branch[-1] if branch else None
        elif after is not None:
            self._documents.message_of(conversation_id, after)
        forks = after != last
        if forks or "forked" in fields or "ends" in fields:
            marks = {"forked": True} if forks else {}
            self._lead_to(conversation_id, after, marks, newest_follows=True)
        return after

    def _lead_to(
        self,
        conversation_id: int,
        message_id: int | None,
        marks: Mapping[str, Any],
        *,
        newest_follows: bool = False,
    ) -> None:
        """Remember the choices that lead to a message, and the marks of the branch."""
        tree = self._tree(conversation_id)
        branch = [] if message_id is None else self._climb(tree, message_id)

        def alter(fields: MutableMapping[str, Any]) -> None:
            choices = fields.setdefault("choices", {})
            for child in branch:
                parent = tree.parents[child]
                choices[str(parent)] = child
                if tree.children[parent][-1] == child:
                    del choices[str(parent)]
            if newest_follows:
                choices.pop(str(message_id or _START), None)
            if not choices:
                del fields["choices"]
            if "ends" not in marks:
                fields.pop("ends", None)
            fields.update(marks)

        self._documents.conversations.update(alter, doc_ids=[conversation_id])

    def _tree(self, conversation_id: int) -> _Tree:
        """Give a conversation's tree, kept until another one is asked for or a message comes.

        A message that names no parent, or one that is lost, follows the one before it.
        """
        ids = self._documents.ids(conversation_id)
        key = (conversation_id, len(ids), ids[-1] if ids else _START)
        if self._latest is not None and self._latest[0] == key:
            return self._latest[1]
        tree = _Tree({}, {})
        before = _START
        for message_id in ids:
            fields = self._documents.messages.peek(message_id) or {}
            parent = fields.get("parent", before) or _START
            parent = parent if parent == _START or parent in tree.parents else before
            tree.parents[message_id] = parent
            tree.children.setdefault(parent, []).append(message_id)
            before = message_id
        self._latest = (key, tree)
        return tree

    def _climb(self, tree: _Tree, message_id: int) -> list[int]:
        branch = [message_id]
        while (parent := tree.parents[branch[-1]]) != _START:
            branch.append(parent)
        return branch[::-1]
