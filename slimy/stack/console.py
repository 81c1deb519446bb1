"""What the person at the terminal, or the log of a service, reads."""

import contextlib
import os
import sys

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)


class Console:
    """Lines on standard output, whole and at once. Colours only on a terminal and without NO_COLOR."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._names: list[str] = []
        self._width = 0

    def introduce(self, *names: str) -> None:
        """Make the column of names wide enough, and give each its colour."""
        self._names += [name for name in names if name not in self._names]
        self._width = max(map(len, self._names))

    def say(self, text: str = "") -> None:
        """A line of the stack's own."""
        with contextlib.suppress(OSError):  # the terminal may be gone before we are
            print(text, flush=True)

    def step(self, what: str, outcome: str) -> None:
        """One finished step of the start."""
        self.say(f"  {what:<17} {outcome}")

    def relay(self, name: str, line: str) -> None:
        """A line that the child `name` wrote."""
        self.say(f"{self._coloured(name)} {line}")

    def _coloured(self, name: str) -> str:
        label = f"{name:<{self._width}} |"
        if not self._colours or name not in self._names:
            return label
        colour = COLOURS[self._names.index(name) % len(COLOURS)]
        return f"\x1b[{colour}m{label}\x1b[0m"
