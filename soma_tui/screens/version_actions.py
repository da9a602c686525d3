"""What can be done with versions in the place for training, as `soma versions` does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import on, work

from agents.text import visible
from soma_tui.screens.training_board import TrainingBoard
from soma_tui.verdict_rows import findings
from soma_tui.version_rows import BASE, Difference, by_name, differences, version_told
from soma_tui.widgets.run_list import RunList
from store.errors import SomaError

_SHIP = "ship"


class VersionActions(TrainingBoard):
    """Deploys, rolls back and compares versions, and shows what was decided about them."""

    def _version(self) -> Mapping[str, Any] | None:
        """The highlighted version, or that of the highlighted run; where there is none, that is
        said."""
        chosen = self.list.chosen or ""
        decided = self.training.verdict_of(chosen)
        row = by_name(self.training.versions, chosen if decided is None else decided.version)
        if row is None:
            there = self.training.versions
            self.tell("Go to a version of the list first." if there else "There is no version yet.")
        elif row["problem"]:
            self.tell(visible(row["problem"]), "error")
            return None
        return row

    @on(RunList.Wanted)
    def _wanted(self) -> None:
        self.action_open()

    @work(name="move the pointer", group="versions", exclusive=True)
    async def _move(self, operation: str, **request: Any) -> None:
        self.state.notices.clear()
        try:
            moved = await self.ask(operation, **request)
        except SomaError as error:
            self.tell(str(error), "error")
            return
        for skipped in moved["skipped"]:
            self.tell(f"passed over {skipped}", "warning")
        new, old = (moved[side] or "the base" for side in ("new", "old"))
        if new == old:
            self.tell(f"{new} answers already.")
        else:
            self.tell(f"{new} answers from the next answer on; before it was {old}.")
        self.look()

    @work(name="read a version", group="versions", exclusive=True)
    async def _show(self, name: str) -> None:
        from soma_tui.screens.sides import SidesScreen

        try:
            shown = await self.ask("versions.show", version=name)
        except SomaError as error:
            self.tell(str(error), "error")
            return
        found = list(differences(shown["evaluation"]))
        told = version_told(shown)
        if not found:
            told += " No two answers to its checks differ, or none were kept."
        sides = (visible(shown["parent"] or shown["base_name"] or BASE), visible(name))
        table = findings(shown["decision"], narrow=self.has_class("-narrow"))
        title = f"{sides[0]} and {sides[1]}"
        self.app.push_screen(SidesScreen(title, told, sides, found, table))

    @work(name="compare versions", group="versions", exclusive=True)
    async def _compare(self, names: list[str], text: str) -> None:
        from soma_tui.screens.sides import SidesScreen

        self.say_doing(f"{names[0]} and {names[1]} answer …")
        try:
            told = await self.ask("versions.compare", versions=names, text=text)
        except SomaError as error:
            self.tell(str(error), "error")
            return
        finally:
            if self.is_running:
                self.say_doing("")
        old, new = (visible(answer["text"]) for answer in told["answers"])
        item = Difference(visible(text), old, new, "")
        sides = visible(names[0]), visible(names[1])
        self.app.push_screen(SidesScreen(f"{sides[0]} and {sides[1]}", "", sides, [item]))

    # --- actions, by the names of the registry

    def action_open(self) -> None:
        """Show where the highlighted version answers otherwise, and why it was decided so."""
        row = self._version()
        if row is not None:
            self._show(row["name"])

    def action_deploy(self) -> None:
        """Let the highlighted version answer, after asking where it was not found to be better."""
        from soma_tui.screens.dialogs import Confirmation

        row = self._version()
        if row is None:
            return
        name = row["name"]
        if (row["decision"] or {}).get("verdict") == _SHIP:
            self._move("versions.deploy", version=name)
            return

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._move("versions.deploy", version=name, anyway=True)

        question = f"{visible(name)} was not found to be better. Let it answer all the same?"
        self.app.push_screen(Confirmation(question, version_told(row), "deploy", "back"), answered)

    def action_roll_back(self) -> None:
        """Let that answer which answered before."""
        row = by_name(self.training.versions, self.list.chosen or "") or {}
        self._move("versions.rollback", specialist=row.get("specialist"))

    def action_compare(self) -> None:
        """Ask for a question and have two versions answer it."""
        from soma_tui.screens.dialogs import Question

        row = self._version()
        if row is None:
            return
        name, others = row["name"], self.training.versions
        serving = next(
            (
                one["name"]
                for one in others
                if not one["problem"] and one["serving"] and one["specialist"] == row["specialist"]
            ),
            BASE,
        )
        other = serving if serving != name else row["parent"] or BASE

        def answered(text: str | None) -> None:
            if text:
                self._compare([other, name], text)

        self.app.push_screen(Question(f"What {other} and {name} are to answer", ""), answered)
