"""What can be done in the place for training."""

from __future__ import annotations

from soma_tui.actions.action import Action

_TRAINING = "Training"

TRAINING: tuple[Action, ...] = (
    Action(
        "training_start", ("t",), "Train",
        "Says what a run would take, with a few steps that measure its rate, and begins it once "
        "that is agreed to. It goes on when SOMA is closed.",
        _TRAINING, "training", "start", short="train", foot=("training",),
    ),
    Action(
        "training_pause", ("space",), "Pause the run, go on with it",
        "Goes on with the highlighted run where it has stopped; else pauses the one that is under "
        "way, after its step.",
        _TRAINING, "training", "pause", short="pause", foot=("training",),
    ),
    Action(
        "training_stop", ("x",), "Cancel the run",
        "Stops the highlighted run where it waits for its turn, else the one that is under way, "
        "after its step; it keeps a checkpoint and can be gone on with.",
        _TRAINING, "training", "stop", short="cancel", foot=("training",),
    ),
    Action(
        "training_resume", ("g",), "Go on with the run",
        "Goes on with the highlighted run from its newest checkpoint.",
        _TRAINING, "training", "resume",
    ),
    Action(
        "training_browse", ("b",), "Look through the examples",
        "Lists what would be learned now and what was rejected; single ones can be refused there.",
        _TRAINING, "training", "browse", short="browse", foot=("training",),
    ),
    Action(
        "training_open", ("enter",), "Old and new answers",
        "Shows why it was decided so about the highlighted version, and where it answers otherwise "
        "than the one before.",
        _TRAINING, "training", "open", short="why", foot=("training",), palette=False,
    ),
    Action(
        "training_deploy", ("d",), "Let the version answer",
        "Lets the highlighted version answer from the next answer on; asks first where it was not "
        "found to be better.",
        _TRAINING, "training", "deploy", short="deploy", foot=("training",),
    ),
    Action(
        "training_roll_back", ("r",), "Roll back",
        "Lets that answer which answered before the version that serves now.",
        _TRAINING, "training", "roll_back", short="roll back", foot=("training",),
    ),
    Action(
        "training_compare", ("c",), "Compare two versions",
        "Has the highlighted version and the one that serves, or the one before it, answer the "
        "same question.",
        _TRAINING, "training", "compare", short="compare", foot=("training",),
    ),
    Action(
        "training_auto", ("a",), "Automatic runs",
        "Lets runs begin by themselves when enough is new and nobody needs the machine, or no "
        "more; asks first and says what that means.",
        _TRAINING, "training", "auto", short="automatic", foot=("training",),
    ),
    Action(
        "training_options", ("p",), "Change the plan",
        "Sets base, specialist, steps, batch, length and learning rate of the next run.",
        _TRAINING, "training", "options", short="plan", foot=("training",),
    ),
)  # fmt: skip
