"""Structured logs: a constant sentence and facts, as JSON lines or for the eye. Never payloads or tokens."""

import sys
import time
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING: everything through structlog to standard error.

    `level` is a level of `logging`; `form` is "json" or "console".
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": structlog.stdlib.ProcessorFormatter, **_formatter(form)}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},  # 4xx are the client's matter
            "django.security": {"level": "CRITICAL"},  # and so are forged Host headers
            "httpx2": {"level": "WARNING"},  # one line for each call of the language model
            "rq.worker": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def _formatter(form: str) -> dict[str, Any]:
    renderer: Any
    if form == "json":
        renderer = structlog.processors.JSONRenderer()
        locals_left_out = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # they hold payloads, tokens
        trace: list[Any] = [structlog.processors.ExceptionRenderer(locals_left_out)]
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        trace = []
    return {
        "foreign_pre_chain": _SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *trace, renderer],
    }


class OncePerSecond:
    """A gate against log storms: says yes at most once a second."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> bool:
        """True when a second has passed since the last True."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + 1.0
        return True


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The structured logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
