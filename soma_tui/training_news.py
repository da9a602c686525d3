"""What every place says of training: which version answers, and what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import SomaError

if TYPE_CHECKING:
    from agents.events import Event
    from soma_tui.app import SomaApp


class TrainingNews:
    """Hears the runtime's events for one application."""

    def __init__(self, app: SomaApp) -> None:
        self._app = app

    def hear(self, event: Event) -> None:
        """Tell of a verdict where the place for training, which shows it, is not seen."""
        from agents import events

        if isinstance(event, events.RunDecided) and self._app.current_mode != "training":
            from soma_tui.training_state import Decided
            from soma_tui.verdict_rows import news

            decided = Decided(event.version, event.verdict, event.sentence)
            self._app.place.tell(news(decided))
        if isinstance(event, events.ModelReady | events.ServingChanged):
            self._app.run_worker(
                self._see(), name="see which version answers", group="serving", exclusive=True
            )

    async def _see(self) -> None:
        """Show which version answers; where it cannot, the runtime says why."""
        runtime = self._app.runtime
        try:
            served = await runtime.serving.serve(await runtime.engine())
        except SomaError:
            return  # an answer will say so
        self._app.state.version = served.name
        self._app.place.draw_lines()
