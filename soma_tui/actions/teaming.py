"""What can be done in the place for the team."""

from __future__ import annotations

from soma_tui.actions.action import Action

_TEAM = "Team"

TEAMING: tuple[Action, ...] = (
    Action(
        "team_new", ("enter", "n"), "New request to the team",
        "Asks for a request and how it is to be worked on: alone, side by side, by vote, in turn, "
        "or by a plan.",
        _TEAM, "team", "new", short="new request", foot=("team",),
    ),
    Action(
        "team_cancel", ("escape",), "Stop the run",
        "Stops the run that is shown; otherwise takes the notices away.",
        _TEAM, "team", "cancel", short="stop", foot=("team",),
    ),
    Action(
        "team_cancel_task", ("x",), "Stop the task",
        "Stops the highlighted task alone; what depends on it goes on without it or is blocked.",
        _TEAM, "team", "cancel_task", short="stop the task", foot=("team",),
    ),
    Action(
        "team_retry", ("r",), "Do the task again",
        "Does the highlighted task of an ended run again, and what depends on it.",
        _TEAM, "team", "retry", short="again", foot=("team",),
    ),
    Action(
        "team_other", ("a",), "Ask another specialist",
        "Gives the highlighted task of an ended run to another specialist, and does again what "
        "depends on it.",
        _TEAM, "team", "other", short="ask another", foot=("team",),
    ),
    Action(
        "team_open", ("o",), "Open a run", "Lists the runs there were and shows one of them.",
        _TEAM, "team", "open", short="open", foot=("team",),
    ),
    Action(
        "team_replay", ("p",), "Play the run again",
        "Shows an ended run as it went, from what is stored of its tasks; the key again, or Esc, "
        "shows all of it at once.",
        _TEAM, "team", "replay", short="play", foot=("team",),
    ),
    Action(
        "team_specialists", ("s",), "Edit the specialists",
        "Lists who is on the team; edits role, prompt, examples, sampling, model and tools of one, "
        "adds and removes.",
        _TEAM, "team", "specialists", short="specialists", foot=("team",),
    ),
    Action(
        "team_resume", ("g",), "Go on with the run",
        "Goes on with a run that was interrupted or failed; nothing done is done again.",
        _TEAM, "team", "resume", short="go on", foot=("team",),
    ),
)  # fmt: skip
