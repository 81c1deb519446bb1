"""A TCP proxy in front of a server, that can cut, delay, swallow, and lose the answer to a chosen request."""

import asyncio
import random
import threading
from contextlib import suppress
from typing import Self

PIECE = 65536


class Proxy:
    """`with Proxy(server.port) as proxy:` passes everything on from `proxy.port`, until told otherwise.

    Its loop runs in a thread of its own; attributes are set from the experiment's.
    """

    def __init__(self, target: int) -> None:
        self.delay = 0.0  # seconds that each piece of data waits
        self.swallowing = False  # connections stay, nothing comes through
        self.lost = 0  # answers lost so far
        self._target = target
        self._request, self._chance = b"", 0.0
        self._streams: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._up.wait(5)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def cut(self) -> None:
        """Break all connections that there are; new ones are welcome."""
        self._loop.call_soon_threadsafe(self._break_all)

    def lose_answers(self, request: bytes, chance: float) -> None:
        """From now on, with this chance: what holds `request` reaches the server, and instead of its answer comes
        the end of the connection."""
        self._request, self._chance = request, chance

    def behave(self) -> None:
        """Pass everything on again."""
        self.delay, self.swallowing, self._chance = 0.0, False, 0.0

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()
        server.close()
        self._break_all()
        if tasks := asyncio.all_tasks(self._loop):
            self._loop.run_until_complete(asyncio.wait(tasks, timeout=2))
        self._loop.close()

    def _break_all(self) -> None:
        for stream in list(self._streams):
            stream.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair()
        self._streams |= {writer, far_writer}
        there = asyncio.ensure_future(self._pump(reader, far_writer, pair, asking=True))
        back = asyncio.ensure_future(self._pump(far_reader, writer, pair, asking=False))
        await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, far_writer):
            self._streams.discard(each)
            each.transport.abort()
        await asyncio.gather(there, back, return_exceptions=True)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: "_Pair", *, asking: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(PIECE):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if asking and self._chance and self._request in data and random.random() < self._chance:
                    pair.deaf = True
                if pair.deaf and not asking:
                    self.lost += 1
                    break
                if not self.swallowing:
                    writer.write(data)
                    await writer.drain()


class _Pair:
    deaf = False
