"""Our side under load, for tests/benchmarks/profile.py: each function returns jobs a second."""

import sys
import time
from collections.abc import Callable
from itertools import count

import psutil

from slimy.jobs.queue import add_job
from tests.benchmarks.children import Child
from tests.benchmarks.contenders.api import OurApi
from tests.benchmarks.contenders.ours import Ours
from tests.benchmarks.messages import PEOPLE, message
from tests.benchmarks.place import Place
from tests.benchmarks.statements import recorded

Sample = Callable[..., None]


def worker(place: Place, sample: Sample) -> float:
    """A worker that drains a full queue."""
    ours = Ours(place)
    ours.reset()
    with ours.worker() as child:
        ours.fill(500, 0)
        child.wait_until(lambda: ours.done() == 500, 60)
        with child.paused():
            ours.fill(12_000, 500)
        began = time.time()
        sample(child.pid)
        return ours.so_far(began)


def api(place: Place, sample: Sample) -> float:
    """The web server, `POST /api/chat/messages` at 16 connections."""
    server = OurApi(place)
    plan = {"connections": 16, "seconds": 11, "warm_up": 1}
    generator = Child([sys.executable, "-m", "tests.benchmarks.load"], {}, talks=True)
    with server.serving() as (port, requests), generator:
        generator.tell(plan | {"port": port, "requests": requests})
        time.sleep(1)
        sample(_listening(port))
        answer = generator.listen(60)
    return len(answer["latencies"]) / plan["seconds"]


def enqueue(place: Place, sample: Sample) -> float:
    """`add_job` in this process."""
    ours = Ours(place)
    ours.reset()
    numbers = count()

    def one() -> None:
        n = next(numbers)
        person = ours.people[n % PEOPLE]
        data = {"conversationId": str(person.conversation.pk), "message": message(n)}
        add_job("database", "save_message", data, person.user)

    with recorded() as statements:
        one()
    print("\n\n".join(statement.sql.strip() for statement in statements))
    began = time.monotonic()
    sample(psutil.Process().pid, one)
    return next(numbers) / (time.monotonic() - began)


def _listening(port: int) -> int:
    """The pid of the server's first process."""
    ours = psutil.Process()
    return next(child.pid for child in ours.children() if "granian" in " ".join(child.cmdline()))
