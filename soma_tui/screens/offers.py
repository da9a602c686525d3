"""Offers real models by name and size; anything else on the hub can be named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from agents.model_offers import Offer
from soma_tui.screens.dialogs import key_hints


class OffersQuestion(ModalScreen[str | None]):
    """Asks which model is wanted; the result is its reference, or None.

    Nothing has used the network when it closes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("tab", "app.focus_next", "Other"),
    ]

    def __init__(self, offers: Sequence[Offer]) -> None:
        super().__init__()
        self._offers = offers

    def compose(self) -> ComposeResult:
        """Draw the offers, a line for others, and keys."""
        with Vertical(classes="dialog"):
            yield Static("Get a model", classes="dialog-title", markup=False)
            yield OptionList(*map(_row, self._offers), id="offers-list")
            line = Input(placeholder="another: OWNER/NAME or OWNER/NAME:QUANT", compact=True)
            line.cursor_blink = False
            yield line
            yield Static(
                key_hints(("enter", "look it up"), ("tab", "name another"), ("esc", "back")),
                classes="dialog-keys",
            )

    def on_mount(self) -> None:
        """Begin at the offers."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._offers[event.option_index].name)

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())


def _row(offer: Offer) -> Option:
    return Option(
        Content.assemble(
            f"{offer.name:<13}",
            f"{offer.gigabytes:>5.2f} GB  ",
            (f"{offer.licence:<11} {offer.what}", "$text-muted"),
        )
    )
