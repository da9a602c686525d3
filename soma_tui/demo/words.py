"""What the demo says: its first page, and what stands in its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agents.text import visible

GO_ON: Final = "f5"
WEEKS: Final = 4
INTRO_TITLE: Final = "SOMA, shown by a made-up person"
INTRO: Final = (
    "Mara is made up; everything else is real. In {0} conversations she teaches the small model "
    "in the box how she likes to be answered: right answers she rates up, wrong ones she "
    "corrects.\n\n"
    "Then you see what SOMA knows of her, a training run on this machine, the measuring of old "
    "against new, and the verdict: better, or honestly refused. Whatever comes out is shown.\n\n"
    "All of it happens in a data directory of its own; yours is not touched, and nothing leaves "
    "the machine."
)
TAKES: Final = "esc pauses"
TAKEN: Final = "the keyboard is yours · what you try is real · F5 goes on with the demo"
TOOLS_MISSING: Final = "training needs tools: enter gets them, esc not now · then F5 goes on"
IN_THE_WAY: Final = "What you wrote is kept: send it or delete it, then F5 goes on with the demo."
OVER: Final = "the demo is over · Alt+3 versions · Alt+4 memory · F1 help · ^Q leaves"
YOURS: Final = (
    "The keyboard is yours. Ask something; rate an answer (Ctrl+↑) or write the better one (Alt+W)."
)


@dataclass(slots=True)
class Told:
    """What came of the demo so far: conversations held, answers that were right at first, the
    version that was made of them, and what was decided."""

    of: int
    held: int = 0
    right: int = 0
    version: str = ""
    verdict: str = ""
    sentence: str = ""

    @property
    def served(self) -> str:
        """What answers now."""
        return self.version if self.verdict == "ship" else "the starter as it was"

    @property
    def week(self) -> int:
        """The week that the next conversation is of."""
        return min(WEEKS, 1 + self.held * WEEKS // self.of)

    def where(self, doing: str = "") -> str:
        """Where in the person's weeks the demo is, for the line."""
        weeks = f"week {self.week} of {WEEKS}"
        talk = f"conversation {min(self.held + 1, self.of)} of {self.of}"
        return " · ".join(part for part in (weeks, talk, doing) if part)

    def summary(self) -> str:
        """What came of it, in lines for the terminal once the screen is closed."""
        corrected = self.held - self.right
        lines = [
            f"{self.held} of {self.of} conversations: {self.right} answers right at first, "
            f"{corrected} corrected."
        ]
        if self.version:
            lines.append(f"{visible(self.version)}: {visible(self.sentence)}")
        elif self.sentence:
            lines.append(visible(self.sentence))
        return "\n".join(lines)
