"""What can be done in the application as a whole, by the names of the registry of actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from textual.app import App, SystemCommand
from textual.screen import ModalScreen, Screen

from soma_tui.actions import ACTIONS, BY_ID, SURROUNDED_BY, Owner, bindings, key_name

if TYPE_CHECKING:
    from agents.runtime import Runtime
    from soma_tui.actions.keymap import Keymap
    from soma_tui.intentions import Intentions
    from soma_tui.places import PlaceId
    from soma_tui.screens.chat import ChatScreen
    from soma_tui.screens.place import Place
    from soma_tui.screens.team import TeamScreen
    from soma_tui.screens.tools import Installer
    from store.paths import Home


class AppActions(App[int], inherit_bindings=False):
    """The way to each place and dialog, and from an action's id to what does it."""

    BINDINGS = bindings("app")

    intend: Intentions
    keymap: Keymap
    places: dict[PlaceId, Place]
    runtime: Runtime
    store_is_open: bool
    _home: Home
    _installer: Installer | None

    @property
    def chat(self) -> ChatScreen:
        """The place for talking, which is always there."""
        return cast("ChatScreen", self.places["chat"])

    # --- from an id to what does it

    def perform(self, id: str, argument: str = "") -> None:
        """Do the action that the registry calls `id`."""
        action = BY_ID[id]
        method = getattr(self._owner(action.owner), f"action_{action.method}")
        self.call_later(method, *([argument] if argument else []))

    def _owner(self, owner: Owner) -> Any:
        if owner == "app":
            return self
        if owner in self.places:
            return self.places[owner]
        widgets = {
            "composer": self.chat.composer,
            "list": self.chat.conversations,
            "transcript": self.chat.transcript,
        }
        return widgets[owner]

    def key_of(self, id: str) -> str:
        """The key of an action, as a person reads it."""
        return key_name(self.keymap.keys(BY_ID[id])[0])

    def action_perform(self, id: str) -> None:
        """Do an action whose keys were clicked."""
        self.perform(id)

    # --- places

    @property
    def place(self) -> Place:
        """The place that is shown, below whatever dialog is open."""
        return self.places[cast("PlaceId", self.current_mode)]

    def action_place_chat(self) -> None:
        """Go to the place for talking, and there to the composer."""
        self._go("chat")
        self.chat.composer.focus()

    def action_place_team(self, text: str = "") -> None:
        """Go to the place for the team; with a request, have that worked on there."""
        self._go("team")
        if text:
            cast("TeamScreen", self.places["team"]).begin(text)

    def action_place_training(self) -> None:
        """Go to the place for training."""
        self._go("training")

    def show_run(self, number: int) -> None:
        """Go to the place for the team, and show a run there."""
        self._go("team")
        cast("TeamScreen", self.places["team"]).show_run(number)

    def action_place_memory(self) -> None:
        """Go to the place for memory."""
        self._go("memory")

    def action_place_models(self) -> None:
        """Go to the place for models."""
        self._go("models")

    def _go(self, place: PlaceId) -> None:
        if isinstance(self.screen, ModalScreen):
            self.screen.dismiss()
        self.switch_mode(place)

    # --- dialogs

    def rename(self, conversation: int, title: str = "") -> None:
        """Rename a conversation; without a title, ask for one."""
        if title:
            self.intend.rename(conversation, title)
            return
        from soma_tui.screens.dialogs import Question

        def answered(given: str | None) -> None:
            if given:
                self.rename(conversation, given)

        known = self.runtime.conversations.get(conversation)
        self.push_screen(Question("Title of the conversation", known.title), answered)

    def action_person(self, name: str = "") -> None:
        """Make somebody the active person; without a name, ask who it is."""
        from soma_tui.screens.person_choice import PersonChoice

        if name:
            self.intend.use_person(name)
        elif self.store_is_open and not isinstance(self.screen, PersonChoice):

            def answered(chosen: str | None) -> None:
                if chosen:
                    self.intend.use_person(chosen)

            self.push_screen(PersonChoice(), answered)

    def action_help(self) -> None:
        """Show the page of help."""
        from soma_tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_tools(self) -> None:
        """Ask whether the training tools are to be installed."""
        from soma_tui.screens.tools import ToolsScreen

        if not isinstance(self.screen, ToolsScreen):
            self.push_screen(ToolsScreen(self.installer, self._home.logs / "tools.log"))

    @property
    def installer(self) -> Installer:
        """What knows and installs the training tools."""
        if self._installer is None:
            from training import tools

            self._installer = tools
        return self._installer

    # --- the palette

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Give what the palette offers: the registry, and the themes."""
        for action in ACTIONS:
            reach = {action.owner, *SURROUNDED_BY[action.owner]}
            if action.palette and (action.owner == "app" or self.current_mode in reach):
                yield SystemCommand(
                    action.title, action.help, lambda id=action.id: self.perform(id)
                )
        yield SystemCommand("Theme", "Chooses other colours.", self.action_change_theme)
