"""Questions about the keys of SOMA and their answers, made from the registry of actions."""

from __future__ import annotations

from soma_tui.actions.action import Action
from soma_tui.actions.table import ACTIONS

_NAMES = {
    "escape": "Esc", "enter": "Enter", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "comma": ",", "full_stop": ".", "plus": "+", "minus": "-", "slash": "/", "question_mark": "?",
    "delete": "Delete", "pageup": "PageUp", "pagedown": "PageDown",
}  # fmt: skip
_WHERE = {
    "list": "In the list of conversations (F6), ",
    "memory": "In Memory (Alt+4), ",
    "models": "In Models (Alt+5), ",
    "team": "In Team (Alt+2), ",
    "training": "In Training (Alt+3), ",
    "transcript": "Tab leads to the transcript; there, ",
}
_SKIPPED = frozenset(
    "send open stop new_line block_up block_down block_first block_last complete earlier later"
    " line_start line_end word_left word_right delete_to_start delete_to_end models_stop"
    " memory_back memory_person models_again memory_open team_open".split()
)
_OTHER_WORDS: dict[str, str] = {
    "stop": "stop you|stop an answer|stop the answer|cancel an answer|interrupt you|stop you "
    "talking|make you stop",
    "send": "send a message|send what I typed",
    "new_line": "begin a new line|write a second line|make a line break",
    "edit": "edit my message|change what I sent|correct my message",
    "regenerate": "get another answer|try the answer again|regenerate an answer",
    "branch": "go on from an earlier answer|make a branch",
    "rate_up": "rate an answer up|say that an answer was good|give a thumbs up|like an answer",
    "rate_down": "rate an answer down|say that an answer was bad|give a thumbs down|dislike an "
    "answer",
    "better": "write a better answer|correct your answer|teach you a better answer",
    "recalled": "see what was recalled|see why you said that|see what you remembered for an answer",
    "new": "start a new conversation|begin a new chat|open a new chat|start over",
    "focus_list": "go to the list of conversations|get to my conversations",
    "next": "go to the next conversation|switch to the next chat",
    "previous": "go to the previous conversation|switch to the previous chat",
    "rename": "rename a conversation|change the title of a chat|rename this chat",
    "delete": "delete a conversation|delete this chat|remove a chat",
    "undo_delete": "undo deleting a chat|get a deleted conversation back|restore a deleted chat",
    "search": "search my conversations|find an old chat|look for something in old chats",
    "export": "export a conversation|save a chat as Markdown|write this chat to a file",
    "toggle_list": "hide the list|hide the sidebar|show the list of conversations",
    "copy_answer": "copy an answer|copy your last answer|copy what you said",
    "place_chat": "open Chat|get back to the chat|go to the chat",
    "place_memory": "open Memory|see what you know about me|look at my profile|open the memory "
    "place|see my profile",
    "place_team": "open Team|see the specialists at work|have the team do something|go to the team|"
    "ask several specialists",
    "place_training": "open Training|see what would be learned|go to the training|see the runs of "
    "training",
    "training_start": "start training|train you|begin a training run|train on my examples",
    "training_stop": "stop training|stop the training run",
    "training_resume": "go on with a training run|resume training",
    "training_browse": "see the examples for training|look through the examples|see what you would "
    "learn",
    "training_options": "change the plan of the training|set the steps of the training",
    "ask": "ask the coder|ask one specialist|let a specialist answer",
    "open_run": "see who worked on an answer|open the run of an answer|see how the team voted",
    "team_new": "give the team a request|start a run of the team|ask the team something",
    "team_cancel": "stop the team|stop a run of the team|cancel a run",
    "team_cancel_task": "stop one task of the team|cancel a task",
    "team_retry": "do a task again|try a task of the team again",
    "team_other": "give a task to another specialist|let another specialist do it",
    "team_open": "see earlier runs of the team|open an old run",
    "team_resume": "go on with a run that was interrupted|resume a run of the team",
    "models_get": "download a model|get a real model|fetch a bigger model|get a better model from "
    "the network",
    "models_filter": "find a model in the list|filter the list of models",
    "place_models": "open Models|see the models|choose another model|change the model|see which "
    "models there are",
    "help": "get help|see all keys|open the help|find the manual|see the shortcuts",
    "palette": "see everything that can be done|open the palette|find a command by name",
    "tools": "install the training tools|get the tools for training",
    "quit": "quit|quit SOMA|leave SOMA|exit|close the program|exit the app",
    "memory_forget": "make you forget something|delete a fact about me|have a fact forgotten",
    "memory_add": "tell you something to remember|add a fact about me|make you remember something",
    "memory_edit": "correct a fact about me|change what you know about me|edit a fact",
    "memory_pin": "pin a fact|keep a fact in the prompt always",
    "memory_search": "search your memory|look something up in the memory",
    "memory_ingest": "give you a document|let you read a file|add a document|take in a PDF",
    "memory_raise": "raise a trait|give you more of a trait",
    "memory_lower": "lower a trait|make you less of something",
    "memory_reset": "reset a trait|reset your personality",
    "memory_undo": "undo a change of your personality",
    "person": "say who is talking|switch to another person|use another profile",
    "models_add": "add a model|add a GGUF file|use my own model",
    "models_use": "use a found model|switch to another model",
    "models_settings": "change the settings of a model|set the temperature",
    "models_forget": "remove a model|take a model off the list",
    "unfold": "unfold a paste|see a large paste",
    "take_back": "take back a message that waits|edit a waiting message",
    "interrupt": "copy selected text",
    "scroll_up": "scroll up",
    "scroll_down": "scroll down",
    "to_end": "go to the newest text|jump to the end",
    "why": "find out why you answered so|see the answer without memory|have it answered without "
    "the adapter|compare the answer of another specialist",
    "branch_previous": "see the branch before|go back to the other branch",
    "branch_next": "see the next branch|go to the other branch of a message",
    "copy_block": "copy one message|copy a code block|copy the code",
    "fold": "unfold a long message|fold a message",
    "undo": "undo what I typed|take back a change to my text",
    "redo": "redo what I took back|bring my typing back",
    "delete_word": "delete a word|erase the last word",
    "cut": "cut a line|cut the selected text",
    "paste": "paste what I copied|insert copied text",
    "team_replay": "watch an old run again|replay a run|see how a run of the team went",
    "team_specialists": "change the specialists|add a specialist|edit the prompt of a specialist|"
    "change who is on the team",
    "training_pause": "pause the training|hold a training run for a while|interrupt the training "
    "for a moment",
    "training_open": "see why a version was refused|see what a version answers otherwise|read old "
    "and new answers",
    "training_deploy": "use a trained version|switch to a version|take a version into use|let the "
    "new version answer",
    "training_roll_back": "go back to the version before|undo a version|return to the old version",
    "training_compare": "compare versions|see two versions side by side",
}
_TRANSCRIPT_ONLY = frozenset("e r b m t y left right plus minus".split())
_ASK = (
    "[how do i|how can i|how could i|how to|can you tell me how to|tell me how to|"
    "which key do i press to|what key do i press to|what do i press to|which keys do i use to|"
    "i want to|i would like to|show me how to|is there a key to|what is the shortcut to|"
    "where can i|how would i|please explain how to|is it possible to|can i|could i|i need to|"
    "what must i press to|what should i type to|any way to|is there a way to|help me to|"
    "which command lets me|what is the command to|how does one|i'd like to|what is the way to|"
    "remind me how to|i don't know how to|i forgot how to|what button do i use to] {what}?"
)
_ASK_KEY = (
    "[what does {key} do|what is {key} for|what happens when i press {key}|what is the use of "
    "{key}|{key}, what is that|which action is on {key}|why would i press {key}|explain {key}]?"
)


def key_name(key: str) -> str:
    """A key as the answers write it, such as Ctrl+R or Alt+4."""
    *modifiers, last = key.split("+")
    shown = _NAMES.get(last, last.upper() if len(last) == 1 or last[1:].isdigit() else last)
    if not modifiers and len(last) == 1:
        shown = last
    return "+".join([*(name.capitalize() for name in modifiers), shown])


def keys_in_words(action: Action) -> str:
    """What to press, and where, and the command that does the same."""
    pressed = " or ".join(key_name(key) for key in action.keys[:2])
    if action.owner == "chat" and action.keys[-1] in _TRANSCRIPT_ONLY:
        pressed = key_name(action.keys[0])
    where = _WHERE.get(action.owner, "")
    text = f"{where}press {pressed}"
    if action.slash:
        text += f" or type /{action.slash}"
    return text[:1].upper() + text[1:]


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _entry(action: Action) -> tuple[str, list[str], list[str]]:
    whats = _OTHER_WORDS.get(action.id, "").split("|") if action.id in _OTHER_WORDS else []
    if action.id not in _SKIPPED:
        whats.append(_lower(action.title))
    questions = [_ASK.replace("{what}", f"[{'|'.join(whats)}]")]
    if action.slash:
        questions.append(f"what [does|is|do i do with|is the use of] /{action.slash}[| for]?")
    if _is_plain(action):
        questions.append(_ASK_KEY.replace("{key}", key_name(action.keys[0])))
    plain = keys_in_words(action)
    answers = [f"{plain}."]
    if action.id != "help":
        answers.append(f"{plain}. {action.help.split('. ')[0].rstrip('.')}.")
    return f"help {action.id}", questions, answers


def _is_plain(action: Action) -> bool:
    """Whether the action's first key does just this, wherever it is pressed."""
    named = action.keys[0].startswith(("ctrl+", "alt+", "f")) and len(action.keys[0]) > 1
    return named and action.owner in ("chat", "app") and action.id != "interrupt"


HELP: list[tuple[str, list[str], list[str]]] = [
    _entry(action) for action in ACTIONS if action.id in _OTHER_WORDS or action.id not in _SKIPPED
]
"""An entry an action: its name, the patterns of the question, the patterns of the answer."""
