"""Lua scripts for Redis: what takes several commands, done by one, in one go."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import NoScriptError

Argument = str | bytes | int | float


class Script:
    """A script that the server remembers by its digest; one that doesn't know it (any more) is sent the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, client: Redis, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Any:
        """What the script returns. Raises redis.RedisError."""
        try:
            return _answer(client, "EVALSHA", self._digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.eval(self._text, len(keys), *keys, *arguments)
        except NotConnected:  # the server has closed it meanwhile; the client tries again, and waits in between
            return client.evalsha(self._digest, len(keys), *keys, *arguments)


def _answer(client: Redis, *command: Argument) -> Any:
    """The answer to a command, past the layers of the client, which take as long as Redis itself."""
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_command(*command)
        return connection.read_response()
    finally:
        pool.release(connection)
