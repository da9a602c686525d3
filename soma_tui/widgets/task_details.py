"""What is known of the task that is chosen, and what it says; or the answer of the run."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agents.text import visible
from soma_tui.team_rows import details, dissent, route, share
from soma_tui.team_state import RunState

MUTED = "$foreground 60%"


class TaskDetails(VerticalScroll):
    """Specialist, model and state, what it depends on, route and votes; below them the text."""

    def __init__(self) -> None:
        super().__init__(id="team-details", can_focus=True)
        self._drawn: tuple[Content, Content] | None = None
        self._of: tuple[int, str | None] | None = None
        self._facts = Static("", id="team-facts", markup=False)
        self._text = Static("", id="team-text", markup=False)

    def compose(self) -> ComposeResult:
        """The facts above the text."""
        yield self._facts
        yield self._text

    def show(self, run: RunState | None, task: str | None) -> None:
        """Draw a task of a run; without a task, the answer of the run. New text is followed."""
        content = (Content(""), Content(""))
        if run is not None:
            content = _answer(run) if task not in run.tasks else _task(run, task or "")
        of = None if run is None else (run.id, task)
        if content == self._drawn and of == self._of:
            return
        runs = run is not None and task in run.tasks and not run.tasks[task].ended
        follows = runs if of != self._of else self.scroll_y >= self.max_scroll_y
        self._drawn = content
        self._facts.update(content[0])
        self._text.update(content[1])
        if follows:
            self.scroll_end(animate=False)
        elif of != self._of:
            self.scroll_home(animate=False)
        self._of = of


def _task(run: RunState, name: str) -> tuple[Content, Content]:
    task = run.tasks[name]
    title = [name] if task.view.specialist == name else [name, task.view.specialist]
    parts = [*title, task.view.state]
    lines = [Content.styled(" · ".join(map(visible, parts)), "bold")]
    lines += [_named(label, value) for label, value in details(run, task)]
    return Content("\n").join(lines), Content(visible(task.text))


def _answer(run: RunState) -> tuple[Content, Content]:
    lines = [Content.styled(" · ".join((run.graph, visible(run.model), run.state)), "bold")]
    if run.reason:
        lines.append(_named("why", visible(run.reason)))
    if run.route:
        lines.append(_named("route", route(run)))
    if run.consensus:
        counts = " against ".join(str(len(group["tasks"])) for group in run.consensus["votes"])
        said = (counts, share(run.consensus["confidence"]), visible(run.consensus["outcome"]))
        lines.append(_named("votes", " · ".join(said)))
    texts = [Content(visible(run.answer))]
    for who, text in dissent(run):
        texts.append(Content.assemble((f"{who} differs\n", MUTED), text))
    return Content("\n").join(lines), Content("\n\n").join(texts)


def _named(label: str, value: str) -> Content:
    return Content.assemble((f"{label}  ", MUTED), value)
