"""One run: servers, clients, and a look at the ledger once a second and at the end."""

import select
import sys
import time
from contextlib import ExitStack

from slimy.stack import ports, web
from tests.benchmarks import machine
from tests.benchmarks.children import Child
from tests.benchmarks.contenders.api import BOOT, answers
from tests.benchmarks.samples import say
from tests.load import world
from tests.load.report import Outcome

WORKERS = ("database", "audit")
DRAIN = 120.0  # seconds for what is left in the queues


def run(place, clients, seconds, pause):
    """Everything from an empty database to the outcome."""
    facts = machine.here()
    people = world.populate(clients)
    environment = {name: value for name, value in place.ours().items() if not name.startswith("THROTTLE_")}
    with ExitStack() as running:
        reserved = running.enter_context(ports.reserved())
        server = running.enter_context(Child(web.command(reserved), environment))
        for queue in WORKERS:
            running.enter_context(Child([sys.executable, "manage.py", "rqworker", queue], environment))
        port = ports.port_of(reserved)
        server.wait_until(lambda: answers(port), 60)
        time.sleep(BOOT)
        crowd = running.enter_context(Child([sys.executable, "-m", "tests.load.clients"], environment, talks=True))
        say(f"{clients} clients for {seconds} s")
        crowd.tell({"port": port, "seconds": seconds, "pause": pause, "clients": people})
        behind = list(_watched(crowd, seconds))
        found = crowd.listen(60)
        drained_in = _drained()
    ends = world.ends_of(found["jobs"])
    return Outcome(
        seconds=seconds,
        clients=clients,
        pause=pause,
        answers=found["answers"],
        failures=found["failures"],
        reconnected=found["reconnected"],
        accepted=found["jobs"],
        ends=ends,
        odd_messages=world.messages_without_job_or_twice(),
        behind=behind,
        drained_in=drained_in,
        facts=facts,
    )


def _watched(crowd, seconds):
    """How many jobs are behind, once a second until the clients have something to say."""
    until = time.monotonic() + seconds + 60
    while time.monotonic() < until and not select.select([crowd.process.stdout], [], [], 1)[0]:
        yield world.behind()
        if crowd.process.poll() is not None:
            return


def _drained():
    """Seconds until no job is open, at most DRAIN."""
    began = time.monotonic()
    while world.behind() and time.monotonic() - began < DRAIN:
        time.sleep(0.1)
    return time.monotonic() - began
