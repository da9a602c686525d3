"""Who is on the team, to be edited: the list of specialists, and the form of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from agents.specialist_form import FIELDS, changes_of, written
from agents.specialists import Team
from agents.text import visible
from soma_tui.screens.dialogs import Confirmation, key_hints
from store.errors import SomaError
from store.specialists import Specialist

if TYPE_CHECKING:
    from pathlib import PurePath

_MUTED = "$foreground 60%"
_LONG = frozenset(("long", "lines"))
Texts = dict[str, str]


class SpecialistsScreen(ModalScreen[None]):
    """Lists the team. `kept` holds, by name, what was typed in a form that was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add"),
        Binding("delete", "remove", "Remove"),
        Binding("escape", "dismiss(None)", "Back"),
    ]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/team.tcss"]

    def __init__(self, team: Team, kept: dict[str, Texts]) -> None:
        super().__init__()
        self._team = team
        self._kept = kept
        self._shown: list[Specialist] = []
        self.list = OptionList(id="team-lines", compact=True, markup=False)

    def compose(self) -> ComposeResult:
        """Draw the list and keys."""
        with Vertical(classes="dialog page"):
            yield Static("Who is on the team", classes="dialog-title", markup=False)
            yield self.list
            yield Static("", id="specialists-said", classes="dialog-text", markup=False)
            yield Static(
                key_hints(("enter", "edit"), ("a", "add"), ("Del", "remove"), ("esc", "back")),
                classes="dialog-keys",
            )

    def on_mount(self) -> None:
        """Read who there is."""
        self._fill()
        self.list.focus()

    def _fill(self, name: str = "") -> None:
        self._shown = self._team.all()
        width = max(len(one.name) for one in self._shown)
        self.list.set_options(
            Option(Content.assemble(f"{one.name:<{width}}  ", (visible(one.role), _MUTED)))
            for one in self._shown
        )
        names = [one.name for one in self._shown]
        self.list.highlighted = names.index(name) if name in names else 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Edit the chosen one."""
        event.stop()
        self._open(self._shown[event.option_index])

    def action_add(self) -> None:
        """Fill in the form of a new one."""
        self._open(None)

    def _open(self, one: Specialist | None) -> None:
        def left(name: str | None) -> None:
            if name is not None:
                self._fill(name)
                self._say(f"{name} is kept.")

        key = "" if one is None else one.name
        form = SpecialistForm(self._team, one, self._kept.get(key), self._keep(key))
        self.app.push_screen(form, left)

    def _keep(self, key: str) -> Callable[[Texts | None], None]:
        def keep(texts: Texts | None) -> None:
            if texts is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = texts

        return keep

    def action_remove(self) -> None:
        """Take the highlighted one off the team, or put it back to how it came, after asking."""
        if self.list.highlighted is None:
            return
        name = self._shown[self.list.highlighted].name

        def answered(yes: bool | None) -> None:
            if yes:
                self._remove(name)

        self.app.push_screen(
            Confirmation(
                f"Take {name} off the team?",
                "Its prompt and examples go. One that came with SOMA is put back to how it came.",
                "remove",
            ),
            answered,
        )

    @work(name="remove a specialist", group="specialists")
    async def _remove(self, name: str) -> None:
        try:
            gone = await asyncio.to_thread(self._team.remove, name)
        except SomaError as error:
            self._say(str(error), "$text-error")
            return
        self._fill(name)
        self._say(f"{name} is {'off the team' if gone else 'as it came again'}.")

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#specialists-said", Static).update(Content.styled(visible(text), style))


class SpecialistForm(ModalScreen[str | None]):
    """A line for each field; the result is the name, None where the user went back.

    `one` None makes a new one. `texts` were typed earlier; `keep` is given what is typed when the
    form is left, and None once it is stored.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("ctrl+s", "keep", "Keep", priority=True),
    ]
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/team.tcss"]

    def __init__(
        self,
        team: Team,
        one: Specialist | None,
        texts: Texts | None,
        keep: Callable[[Texts | None], None],
    ) -> None:
        super().__init__()
        self._team = team
        self._one = one
        self._texts = {"name": "", **(texts or written(one))}
        self._keep = keep

    def compose(self) -> ComposeResult:
        """Draw the lines, what is to be said about the one with the cursor, and the keys."""
        title = "A new specialist" if self._one is None else f"The specialist {self._one.name}"
        with Vertical(classes="dialog page", id="specialist"):
            yield Static(title, classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body", can_focus=False):
                if self._one is None:
                    yield from self._line("name", long=False)
                for field in FIELDS:
                    yield from self._line(field.name, long=field.kind in _LONG)
            yield Static("", id="specialist-said", classes="dialog-text", markup=False)
            yield Static(
                key_hints(("tab", "next"), ("^S", "keep"), ("esc", "back")), classes="dialog-keys"
            )

    def _line(self, name: str, *, long: bool) -> ComposeResult:
        text = self._texts[name]
        with Horizontal(classes="specialist-line -long" if long else "specialist-line"):
            label = name.replace("_", " ")
            yield Static(label, classes="specialist-label", markup=False)
            editor: Input | TextArea
            if long:
                editor = TextArea(text, id=f"field-{name}", compact=True, soft_wrap=True)
            else:
                editor = Input(text, id=f"field-{name}", compact=True)
            editor.cursor_blink = False
            yield editor

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Say what the field under the cursor is."""
        name = (event.widget.id or "").removeprefix("field-")
        meaning = {field.name: field.meaning for field in FIELDS}
        meaning["name"] = "how it is called in @name; small letters, digits and hyphens"
        self._say(meaning.get(name, ""))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what stands in the form."""
        event.stop()
        self.action_keep()

    @work(name="keep a specialist", group="specialists", exclusive=True)
    async def action_keep(self) -> None:
        """Store what stands in the form; what is wrong with it is said instead."""
        texts = self._typed()
        try:
            changes = changes_of(texts)
            if self._one is None:
                kept = await asyncio.to_thread(self._team.add, texts["name"].strip(), changes)
            else:
                kept = await asyncio.to_thread(self._team.edit, self._one.name, changes)
        except SomaError as error:
            self._say(str(error), "$text-error")
            return
        self._keep(None)
        self.dismiss(kept.name)

    def action_back(self) -> None:
        """Go back; what was typed is there when the form is opened again."""
        texts = self._typed()
        self._keep(None if texts == {"name": "", **written(self._one)} else texts)
        self.dismiss(None)

    def _typed(self) -> Texts:
        typed = dict(self._texts)
        for line in self.query(Input):
            typed[(line.id or "").removeprefix("field-")] = line.value
        for area in self.query(TextArea):
            typed[(area.id or "").removeprefix("field-")] = area.text
        return typed

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#specialist-said", Static).update(Content.styled(visible(text), style))
