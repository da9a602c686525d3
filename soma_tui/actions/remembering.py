"""What can be done in the place for memory."""

from __future__ import annotations

from soma_tui.actions.action import Action

_MEMORY = "Memory"

REMEMBERING: tuple[Action, ...] = (
    Action(
        "memory_open", ("enter",), "Show where it was said",
        "Opens in Chat the message that the highlighted line rests on, or that was found.",
        _MEMORY, "memory", "open", short="where it was said", foot=("memory",),
    ),
    Action(
        "memory_search", ("slash",), "Search the memory",
        "Looks through messages, facts, traits and documents for what is typed.",
        _MEMORY, "memory", "search", short="search", foot=("memory",),
    ),
    Action(
        "memory_add", ("a",), "Remember something",
        "Keeps a sentence as if it had been said, such as: my dog is called Rex.",
        _MEMORY, "memory", "add", short="add", foot=("memory",),
    ),
    Action(
        "memory_edit", ("e",), "Edit the fact",
        "Puts another value in the place of the highlighted fact's; the old one stays in the "
        "history.",
        _MEMORY, "memory", "edit", short="edit", foot=("memory",),
    ),
    Action(
        "memory_pin", ("p",), "Pin or let loose",
        "Has a fact told to the model always, a trait held where it is, a message recalled before "
        "others; or no longer.",
        _MEMORY, "memory", "pin", short="pin", foot=("memory",),
    ),
    Action(
        "memory_forget", ("delete",), "Forget for good",
        "Forgets the highlighted fact, document or message, after showing all that goes with it.",
        _MEMORY, "memory", "forget", short="forget", foot=("memory",),
    ),
    Action(
        "memory_raise", ("plus",), "More of the trait",
        "Sets the highlighted trait higher by .05.",
        _MEMORY, "memory", "raise", short="more", foot=("memory",),
    ),
    Action(
        "memory_lower", ("minus",), "Less of the trait",
        "Sets the highlighted trait lower by .05.",
        _MEMORY, "memory", "lower", short="less", foot=("memory",),
    ),
    Action(
        "memory_reset", ("r",), "Reset the trait",
        "Puts the highlighted trait back to where it was at the beginning.",
        _MEMORY, "memory", "reset", short="reset", foot=("memory",),
    ),
    Action(
        "memory_undo", ("u",), "Undo the last change of the personality",
        "Takes back the newest change of a trait that was not taken back yet.",
        _MEMORY, "memory", "undo", short="undo", foot=("memory",),
    ),
    Action(
        "memory_ingest", ("i",), "Take a document in",
        "Reads a file (text, Markdown, HTML or PDF) so that its passages can be recalled.",
        _MEMORY, "memory", "ingest", short="take a file in", foot=("memory",),
    ),
    Action(
        "memory_person", ("w",), "Choose who is talking",
        "Makes somebody else the active person, with a profile of their own.",
        _MEMORY, "memory", "person", short="who", foot=("memory",), palette=False,
    ),
    Action(
        "memory_back", ("escape",), "End the search of the memory",
        "Shows everything again, and takes the notices away.",
        _MEMORY, "memory", "back", short="clear", foot=("looking",), palette=False,
    ),
    Action(
        "person", ("alt+p",), "Say who is talking",
        "Makes somebody the active person; without a name, offers those that SOMA knows.",
        _MEMORY, "app", "person", slash="as", argument="NAME",
    ),
)  # fmt: skip
