"""A document that several apps write together: each adds its part in a module of an agreed name, found at start.

So `slimy` and `guilds` can show what `chat` knows without importing it.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import autodiscover_modules

Part = Callable[[Any], Any]


class Parts:
    """The parts of one document; `module` is the name of the modules that add them (`chat/<module>.py`)."""

    def __init__(self, module: str) -> None:
        self.module = module
        self._parts: dict[str, Part] = {}

    def add(self, name: str) -> Callable[[Part], Part]:
        """Register the decorated function of the document's subject (JSON out). A name taken twice stops the start."""

        def register(part: Part) -> Part:
            if name in self._parts:
                raise ImproperlyConfigured(f'The part "{name}" of {self.module} is added twice.')
            self._parts[name] = part
            return part

        return register

    def __len__(self) -> int:
        return len(self._parts)

    def discover(self) -> None:
        """Import every app's module of this name; called once all apps are loaded."""
        autodiscover_modules(self.module)

    def of(self, subject: Any) -> dict[str, Any]:
        """The whole document about `subject`."""
        return {name: part(subject) for name, part in self._parts.items()}
