"""Who runs, who starts again, who stops when.

Web and workers end first and all at once, so that they can finish what they hold; the servers end after them
in the reverse order of their start. One thread, no handlers that do work: whatever happens, it happens between
two rounds of `_round`.
"""

import selectors
import time
from collections.abc import Callable
from typing import Protocol, Self

from slimy.stack.child import Child
from slimy.stack.console import Console
from slimy.stack.errors import StackError, Stop
from slimy.stack.signals import Requests

DRAIN_SECONDS, VALKEY_SECONDS, TOTAL_SECONDS = 6.0, 1.5, 9.5
ROUND_SECONDS = 0.1


class Backing(Protocol):
    """A server that the children need."""

    @property
    def name(self) -> str:
        """What to call it."""

    def is_alive(self) -> bool:
        """Whether it runs."""

    def stop(self, deadline: float | None = None) -> None:
        """End it by `deadline` (time.monotonic())."""

    def tail(self) -> list[str]:
        """The last lines of its log."""


class Processes:
    """The children of one stack and the servers below them.

    `with Processes(console) as processes:` counts requests to stop and stops everything at its end. A
    StackError inside is reported there (and leaves `failed`), Stop is not worth a word; neither goes further.
    """

    def __init__(self, console: Console) -> None:
        self.children: list[Child] = []
        self.servers: list[Backing] = []
        self.failed = False
        self._console = console
        self._requests = Requests()
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        self._counting = self._requests.counted()
        self._counting.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, StackError):
            self.failed = True
            self._console.say(str(error))
            self.show_tails()
        if self.children:
            self._console.say("\nStopping; once more stops at once")
        try:
            self.stop()
        finally:
            self._counting.__exit__(None, None, None)
        return isinstance(error, (Stop, StackError))

    def pause(self, seconds: float) -> None:
        """Sleep; raises Stop when somebody asked to stop."""
        self._requests.pause(seconds)

    def start(self, child: Child) -> None:
        """Start `child` and keep it running from now on."""
        self._begin(child)
        self.children.append(child)

    def finish(self, child: Child) -> int:
        """Run `child` once, to its end. Returns its exit code; raises Stop when somebody asked to stop."""
        self._begin(child)
        try:
            while child.is_alive():
                self._round()
                if self._requests.count:
                    raise Stop
        finally:
            self._end(child)
        return child.exit_code

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Look again and again; True as soon as it holds, False when it does not within `seconds`.

        Raises StackError when a child ends meanwhile, Stop when somebody asked to stop.
        """
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if condition():
                return True
            self._round()
            if self._requests.count:
                raise Stop
            for child in self.children:
                if not child.is_alive():
                    self._round()
                    raise StackError(f"{child.name} ended with exit code {child.exit_code}.")
        return False

    def supervise(self) -> None:
        """Relay output and start again what ends, until somebody asks to stop.

        Raises StackError when a server has died.
        """
        while not self._requests.count:
            self._round()
            for child in self.children:
                self._revive(child)
            for server in self.servers:
                if not server.is_alive():
                    raise StackError("\n".join([f"{server.name} has died.", *server.tail()]))

    def show_tails(self) -> None:
        """The last lines of the children that were quiet."""
        for child in self.children:
            if child.quiet and child.tail:
                self._console.say("\n".join([f"--- {child.name} ---", *child.tail]))

    def stop(self) -> None:
        """End everything in good order within 10 seconds; another request to stop shortens the waiting."""
        began, requested = time.monotonic(), self._requests.count
        running = [child for child in self.children if child.is_alive()]
        for child in running:
            child.ask_to_end()
        while any(child.is_alive() for child in running):
            if time.monotonic() > began + DRAIN_SECONDS or self._requests.count > requested:
                break
            self._round()
        for child in self.children:
            if child.is_alive():
                self._console.say(f"{child.name} was killed: it did not end in time")
            self._end(child)
        for server in reversed(self.servers):
            last = server is self.servers[0]
            server.stop(began + TOTAL_SECONDS if last else time.monotonic() + VALKEY_SECONDS)

    def _begin(self, child: Child) -> None:
        child.start()
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _end(self, child: Child) -> None:
        """Make sure that nothing is left of `child`, and show its last words."""
        if child.output.closed:
            return
        child.kill()
        while self._relay(child):
            pass
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        child.output.close()

    def _revive(self, child: Child) -> None:
        if child.is_alive():
            return
        if not child.output.closed:
            self._end(child)
            pause = child.plan_restart()
            again = f"again in {pause:.1f} s" if pause else "again"
            self._console.say(f"{child.name} ended with exit code {child.exit_code}; it starts {again}")
        if time.monotonic() >= child.due:
            self._begin(child)

    def _round(self) -> None:
        """Wait a moment for output and relay it."""
        if not self._selector.get_map():
            time.sleep(ROUND_SECONDS)
        for key, _ in self._selector.select(ROUND_SECONDS):
            if self._relay(key.data) is None:
                self._selector.unregister(key.fileobj)

    def _relay(self, child: Child) -> list[str] | None:
        lines = child.read() if not child.output.closed else None
        for line in lines or ():
            if not child.quiet:
                self._console.relay(child.name, line)
        return lines
