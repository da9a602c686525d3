"""All actions, in the order in which help and the line of keys show them."""

from __future__ import annotations

from soma_tui.actions.action import Action
from soma_tui.actions.asking import ASKING
from soma_tui.actions.remembering import REMEMBERING
from soma_tui.actions.teaming import TEAMING
from soma_tui.actions.training import TRAINING
from soma_tui.actions.writing import WRITING

_MESSAGES = "Messages"
_CONVERSATIONS = "Conversations"
_READING = "Reading"
_PLACES = "Places"
_MODELS = "Models"
_SOMA = "SOMA"

ACTIONS: tuple[Action, ...] = (
    Action(
        "send", ("enter",), "Send", "Sends what stands in the composer.",
        _MESSAGES, "composer", "send", short="send", foot=("composer",), palette=False,
    ),
    Action(
        "open", ("enter",), "Open", "Opens the highlighted conversation of the list.",
        _CONVERSATIONS, "list", "select", short="open", foot=("list",), palette=False,
    ),
    Action(
        "block_up", ("up",), "Choose the block above",
        "Highlights the message or code block above. Tab and Shift+Tab lead to the transcript.",
        _READING, "transcript", "block_up", short="choose", foot=("transcript",), palette=False,
    ),
    Action(
        "block_down", ("down",), "Choose the block below",
        "Highlights the message or code block below.",
        _READING, "transcript", "block_down", palette=False,
    ),
    Action(
        "block_first", ("home",), "Choose the first block",
        "Highlights the first message of the conversation.",
        _READING, "transcript", "block_first", palette=False,
    ),
    Action(
        "block_last", ("end",), "Choose the last block",
        "Highlights the last block of the conversation and follows new text.",
        _READING, "transcript", "block_last", palette=False,
    ),
    Action(
        "copy_block", ("c",), "Copy the block",
        "Copies the highlighted message as Markdown, or the bare code of a code block.",
        _READING, "transcript", "copy_block", short="copy", foot=("transcript",), palette=False,
    ),
    Action(
        "fold", ("enter",), "Unfold or fold",
        "Shows all of a long message that is highlighted, or folds it again.",
        _READING, "transcript", "fold", short="unfold", foot=("transcript",), palette=False,
    ),
    Action(
        "stop", ("escape",), "Stop the answer",
        "Stops the answer that runs and keeps what was said; otherwise goes back to the composer.",
        _MESSAGES, "chat", "stop", short="stop", foot=("composer", "list", "transcript"),
        slash="stop", answering=True,
    ),
    Action(
        "new_line", ("ctrl+j", "shift+enter"), "New line",
        "Begins a new line in the composer. Shift+Enter works where the terminal tells it apart.",
        _MESSAGES, "composer", "new_line", short="new line", foot=("composer",), palette=False,
    ),
    *WRITING,
    Action(
        "take_back", ("alt+q",), "Take back what waits",
        "Puts the message that waits for the end of the answer back into the composer.",
        _MESSAGES, "chat", "take_back",
    ),
    Action(
        "edit", ("alt+e", "e"), "Edit and send again",
        "Edits one of your messages; sending it begins a branch beside the old one.",
        _MESSAGES, "chat", "edit", short="edit", foot=("transcript",), slash="edit",
    ),
    Action(
        "regenerate", ("ctrl+r", "r"), "Answer again",
        "Has a further answer given beside the one that is there.",
        _MESSAGES, "chat", "regenerate", short="again", foot=("composer", "transcript"),
        slash="again",
    ),
    Action(
        "branch", ("alt+g", "b"), "Go on from here",
        "Lets your next message follow the highlighted answer, on a branch of its own.",
        _MESSAGES, "chat", "branch", short="go on from here", foot=("transcript",),
    ),
    Action(
        "branch_previous", ("alt+comma", "left"), "Previous branch",
        "Shows the branch before the present one, where a message has several.",
        _MESSAGES, "chat", "branch_previous", short="branch", foot=("transcript",),
    ),
    Action(
        "branch_next", ("alt+full_stop", "right"), "Next branch",
        "Shows the branch after the present one, where a message has several.",
        _MESSAGES, "chat", "branch_next",
    ),
    Action(
        "rate_up", ("ctrl+up", "plus"), "Rate up", "Rates an answer up, or takes that back.",
        _MESSAGES, "chat", "rate_up", short="rate", foot=("composer", "transcript"), slash="good",
    ),
    Action(
        "rate_down", ("ctrl+down", "minus"), "Rate down",
        "Rates an answer down, or takes that back.",
        _MESSAGES, "chat", "rate_down", slash="bad",
    ),
    Action(
        "better", ("alt+w",), "Write the better answer",
        "Keeps an answer as it should have been beside the one that was given.",
        _MESSAGES, "chat", "better", slash="better",
    ),
    Action(
        "recalled", ("alt+m", "m"), "What was recalled",
        "Lists what was recalled for an answer: its text, source, date, and why; pins or forgets.",
        _MESSAGES, "chat", "recalled", short="recalled", foot=("transcript",), slash="recalled",
    ),
    *ASKING,
    Action(
        "new", ("ctrl+n",), "New conversation", "Begins a new conversation.",
        _CONVERSATIONS, "chat", "new_conversation", short="new",
        foot=("composer", "list", "transcript"), slash="new",
    ),
    Action(
        "focus_list", ("f6", "ctrl+l"), "Go to the conversations",
        "Goes to the list of conversations, and from there back to the composer.",
        _CONVERSATIONS, "chat", "focus_list", short="list", foot=("composer", "transcript"),
       
    ),
    Action(
        "next", ("alt+down", "ctrl+pagedown"), "Next conversation",
        "Opens the conversation below the present one in the list.",
        _CONVERSATIONS, "chat", "next_conversation",
    ),
    Action(
        "previous", ("alt+up", "ctrl+pageup"), "Previous conversation",
        "Opens the conversation above the present one in the list.",
        _CONVERSATIONS, "chat", "previous_conversation",
    ),
    Action(
        "rename", ("f9",), "Rename the conversation",
        "Gives the present or highlighted conversation another title.",
        _CONVERSATIONS, "chat", "rename", short="rename", foot=("list",), slash="rename",
        argument="TITLE",
    ),
    Action(
        "delete", ("delete",), "Delete the conversation",
        "Deletes the highlighted conversation, or by /delete the present one; it can be brought "
        "back for a day.",
        _CONVERSATIONS, "list", "delete", short="delete", foot=("list",), slash="delete",
    ),
    Action(
        "undo_delete", ("alt+z",), "Bring back what was deleted",
        "Brings back the conversation that was deleted last.",
        _CONVERSATIONS, "chat", "undo_delete", slash="undo",
    ),
    Action(
        "search", ("ctrl+f",), "Search", "Searches the titles and texts of all conversations.",
        _CONVERSATIONS, "chat", "search", short="search", foot=("list",), slash="search",
        argument="WORDS",
    ),
    Action(
        "export", ("alt+x",), "Export to Markdown",
        "Writes the present conversation to a file; without a name, into the present folder.",
        _CONVERSATIONS, "chat", "export", slash="export", argument="FILE",
    ),
    Action(
        "toggle_list", ("ctrl+b", "f7"), "Show or hide the conversations",
        "Shows or hides the list of conversations.",
        _CONVERSATIONS, "chat", "toggle_list",
    ),
    Action(
        "copy_answer", ("alt+c",), "Copy the last answer",
        "Puts the last answer on the clipboard.",
        _MESSAGES, "chat", "copy_answer", short="copy answer", foot=("transcript",), slash="copy",
    ),
    Action(
        "interrupt", ("ctrl+c",), "Copy or stop",
        "Copies the selected text; with nothing selected, stops the answer that runs.",
        _MESSAGES, "chat", "interrupt", palette=False,
    ),
    Action(
        "scroll_up", ("pageup",), "One page up", "Scrolls the transcript up.",
        _READING, "composer", "scroll_up", short="scroll", foot=("transcript",), palette=False,
    ),
    Action(
        "scroll_down", ("pagedown",), "One page down", "Scrolls the transcript down.",
        _READING, "composer", "scroll_down", palette=False,
    ),
    Action(
        "to_end", ("ctrl+end",), "Go to the newest text",
        "Scrolls to the end of the transcript and follows new text again.",
        _READING, "chat", "to_end", short="newest", foot=("transcript",),
    ),
    *TEAMING,
    *TRAINING,
    *REMEMBERING,
    Action(
        "models_use", ("enter",), "Use the model",
        "Changes over to the highlighted model, also in mid-conversation. One that another program "
        "downloaded is tried and added first.",
        _MODELS, "models", "use", short="use", foot=("models",),
    ),
    Action(
        "models_add", ("a",), "Add a model",
        "Adds a GGUF file where it lies, after trying it in a process of its own.",
        _MODELS, "models", "add", short="add a file", foot=("models",),
    ),
    Action(
        "models_get", ("g",), "Get a model",
        "Offers real models by name and size and downloads one, after asking. Uses the network.",
        _MODELS, "models", "get", short="get one", foot=("models",),
    ),
    Action(
        "models_settings", ("s",), "Settings of the model",
        "Sets how the highlighted model answers and is loaded.",
        _MODELS, "models", "settings", short="settings", foot=("models",),
    ),
    Action(
        "models_forget", ("delete",), "Forget the model",
        "Forgets the highlighted model, after asking; its file stays.",
        _MODELS, "models", "forget", short="forget", foot=("models",),
    ),
    Action(
        "models_filter", ("slash",), "Filter the models",
        "Shows only the models whose name, source or quantisation holds what is typed.",
        _MODELS, "models", "filter", short="filter", foot=("models",),
    ),
    Action(
        "models_again", ("r",), "Look for models again",
        "Looks through the folders of Hugging Face, Ollama, LM Studio and llama.cpp again.",
        _MODELS, "models", "again",
    ),
    Action(
        "models_stop", ("escape",), "Stop a download or a trial",
        "Stops the download or trial that runs; otherwise takes the filter away.",
        _MODELS, "models", "stop", short="clear", foot=("filter",), palette=False,
    ),
    Action(
        "place_chat", ("alt+1",), "Go to Chat", "Goes to the place for talking.",
        _PLACES, "app", "place_chat", short="chat", foot=("team", "training", "memory", "models"),
        slash="chat",
    ),
    Action(
        "place_team", ("alt+2", "f2"), "Go to Team",
        "Goes to the specialists at work; /team with a request has them work on it, or those it "
        "begins with, as @coder.",
        _PLACES, "app", "place_team", slash="team", argument="TEXT", text=True,
    ),
    Action(
        "place_training", ("alt+3", "f3"), "Go to Training",
        "Goes to what would be learned, to the runs and how they go on.",
        _PLACES, "app", "place_training", slash="training",
    ),
    Action(
        "place_memory", ("alt+4", "f4"), "Go to Memory",
        "Goes to what SOMA knows of you, its personality and your documents.",
        _PLACES, "app", "place_memory", slash="memory",
    ),
    Action(
        "place_models", ("alt+5",), "Go to Models", "Goes to the place for models.",
        _PLACES, "app", "place_models", slash="models",
    ),
    Action(
        "help", ("f1", "f10", "ctrl+g", "question_mark"), "Help",
        "Shows this page. ? works outside the composer.",
        _SOMA, "app", "help", short="help",
        foot=("composer", "list", "transcript", "team", "training", "memory", "models"),
        slash="help",
    ),
    Action(
        "palette", ("ctrl+p",), "Everything", "Opens the list of everything that can be done.",
        _SOMA, "app", "command_palette", short="everything", foot=("composer",), palette=False,
    ),
    Action(
        "tools", ("f8",), "Install training tools",
        "Installs what training needs, after asking. Uses the network.",
        _SOMA, "app", "tools", slash="tools",
    ),
    Action(
        "quit", ("ctrl+q",), "Quit", "Leaves SOMA. What was said so far is kept.",
        _SOMA, "app", "quit", short="quit",
        foot=("composer", "list", "transcript", "team", "training", "memory", "models"),
        slash="quit", priority=True,
    ),
)  # fmt: skip
