"""What can be done to the text in the composer, besides sending it."""

from __future__ import annotations

from soma_tui.actions.action import Action

_MESSAGES = "Messages"
_WRITING = "Writing"

WRITING: tuple[Action, ...] = (
    Action(
        "complete", ("tab",), "Complete",
        "Takes the highlighted entry of the list that / and @ open; without a list, goes to the "
        "next part of the screen.",
        _MESSAGES, "composer", "complete", palette=False,
    ),
    Action(
        "earlier", ("up",), "Earlier message",
        "In an empty composer, shows what was sent before; on the first line of that, what was "
        "sent before that.",
        _MESSAGES, "composer", "cursor_up", palette=False,
    ),
    Action(
        "later", ("down",), "Later message",
        "On the last line of an earlier message, shows the next later one, and at last your own "
        "text.",
        _MESSAGES, "composer", "cursor_down", palette=False,
    ),
    Action(
        "unfold", ("ctrl+o",), "Unfold a paste",
        "Puts a large paste in the place of the mark that stands for it, at the cursor or before "
        "it. A click on the mark does it too; undo folds it again.",
        _MESSAGES, "composer", "unfold",
    ),
    Action(
        "undo", ("ctrl+z", "super+z"), "Undo", "Takes back the last change to the text.",
        _WRITING, "composer", "undo", palette=False,
    ),
    Action(
        "redo", ("ctrl+y", "super+y"), "Redo", "Makes a change again that was taken back.",
        _WRITING, "composer", "redo", palette=False,
    ),
    Action(
        "line_start", ("home", "ctrl+a"), "Start of the line",
        "Goes to the start of the line as it is wrapped on the screen.",
        _WRITING, "composer", "cursor_line_start", palette=False,
    ),
    Action(
        "line_end", ("end", "ctrl+e"), "End of the line",
        "Goes to the end of the line as it is wrapped on the screen.",
        _WRITING, "composer", "cursor_line_end", palette=False,
    ),
    Action(
        "word_left", ("ctrl+left", "alt+left", "alt+b"), "Word to the left",
        "Goes to the start of the word. Shift with Ctrl+Left, and with any arrow, selects.",
        _WRITING, "composer", "cursor_word_left", palette=False,
    ),
    Action(
        "word_right", ("ctrl+right", "alt+right", "alt+f"), "Word to the right",
        "Goes to the start of the next word.",
        _WRITING, "composer", "cursor_word_right", palette=False,
    ),
    Action(
        "delete_word", ("ctrl+w", "ctrl+backspace", "alt+backspace"), "Delete the word",
        "Deletes what stands between the start of the word and the cursor.",
        _WRITING, "composer", "delete_word_left", palette=False,
    ),
    Action(
        "delete_to_start", ("ctrl+u", "super+backspace"), "Delete to the start of the line",
        "Deletes what stands between the start of the line and the cursor.",
        _WRITING, "composer", "delete_to_start_of_line", palette=False,
    ),
    Action(
        "delete_to_end", ("ctrl+k",), "Delete to the end of the line",
        "Deletes what stands between the cursor and the end of the line; at its end, joins the "
        "next line to it.",
        _WRITING, "composer", "delete_to_end_of_line_or_delete_line", palette=False,
    ),
    Action(
        "cut", ("ctrl+x", "super+x"), "Cut",
        "Puts the selected text, or else the line, on the clipboard and takes it away.",
        _WRITING, "composer", "cut", palette=False,
    ),
    Action(
        "paste", ("ctrl+v",), "Paste what was copied here",
        "Inserts what was copied or cut in SOMA. The terminal's own paste takes everything else.",
        _WRITING, "composer", "paste", palette=False,
    ),
)  # fmt: skip
