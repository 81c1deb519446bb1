"""Lua scripts for Redis: what takes several commands, done by one, in one go."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis
from redis.connection import ConnectionInterface
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import NoScriptError

Argument = str | bytes | int | float


class Script:
    """A script that the server remembers by its digest; one that doesn't know it (any more) is sent the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, client: Redis, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Any:
        """What the script returns. Raises redis.RedisError."""
        try:
            return client.evalsha(self.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.eval(self.text, len(keys), *keys, *arguments)


class Line:
    """A connection of its own, for a script that is run by one thread at a time, often.

    To take one from the client's pool and to give it back takes longer than to ask and to read the answer.
    """

    def __init__(self, script: Script, client: Callable[[], Redis]) -> None:
        self._script, self._client = script, client
        self._connection: ConnectionInterface | None = None
        self._process = 0

    def __call__(self, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Any:
        """What the script returns. Raises redis.RedisError."""
        try:
            return self._answer("EVALSHA", self._script.digest, len(keys), *keys, *arguments)
        except (NoScriptError, NotConnected):  # the server is a new one, or has closed the connection meanwhile
            return self._script(self._client(), keys, arguments)

    def _answer(self, *command: Argument) -> Any:
        connection = self._connection
        if connection is None or self._process != os.getpid():
            connection = self._client().connection_pool.make_connection()
            self._connection, self._process = connection, os.getpid()
        try:
            connection.send_command(*command)
            return connection.read_response()
        except NoScriptError:
            raise
        except BaseException:
            self._connection = None  # its answer may still come
            connection.disconnect()
            raise
