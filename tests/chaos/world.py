"""All that one experiment works with: an empty ledger, people, workers, a web server when it asks for one."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connections
from knox.models import AuthToken

from slimy.accounts.models import User
from slimy.jobs.models import OPEN, Job
from slimy.sql import query
from slimy.stack.server import Server
from tests.chaos import invariants, statements
from tests.chaos.acceptance import AcceptanceLog
from tests.chaos.client import Client
from tests.chaos.crew import Crew
from tests.chaos.figures import Figures, percentile
from tests.chaos.house import House
from tests.chaos.load import Load
from tests.chaos.poller import Poller
from tests.chaos.servers import start_again
from tests.chaos.violation import Violation
from tests.chaos.web import Web

TICK = 0.05
PEOPLE = ("alice", "bob", "charlie")


class World:
    """`with World(house, name, scale) as world:` is empty at first; what was broken is in `figures` at its end.

    `scale` shortens what takes long on purpose.
    """

    def __init__(self, house: House, name: str, scale: float) -> None:
        self.house, self.scale = house, scale
        self.figures = Figures(name)
        self.log = AcceptanceLog()
        self.link = redis.Redis.from_url(settings.REDIS_URL)
        self.crew = Crew(house, name.replace("_", "-"), self.link)
        self.rescue_limit = math.inf  # seconds within which 99 % of a dead worker's jobs must be free again
        self._own_web: Web | None = None
        self._pollers: list[Poller] = []
        self._began = time.monotonic()

    def __enter__(self) -> "World":
        for server in (self.house.postgres, self.house.valkey):  # an experiment that failed may have left it down
            if not server.is_alive():
                self.start_again(server)
        query(statements.EMPTY)
        self.link.flushall()
        self.people = {name: User.objects.get_or_create(username=name)[0] for name in PEOPLE}
        self.load = Load(self.log, self.people["alice"])
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if self._own_web:
                self._own_web.stop()
            self.crew.dismiss()
        finally:
            self.figures.seconds = time.monotonic() - self._began
            self.link.close()
            connections.close_all()

    # --- People ------------------------------------------------------------------------------------

    def open_web(self, **env: str) -> Web:
        """A web server, once it answers: a usual one serves all experiments, a special one this experiment only."""
        if not env:
            return _usual_web(self.house)
        self._own_web = Web(self.house, **env)
        self._own_web.wait_until_it_answers()
        return self._own_web

    def client(self, web: Web, name: str) -> Client:
        """A client with a token of its own."""
        return Client(web.port, name, AuthToken.objects.create(user=self.people[name])[1], self.log)

    def poll(self, web: Web, name: str) -> Poller:
        """A thread that watches the jobs of `name` from now on."""
        poller = Poller(self.client(web, name), self.client(web, "charlie"), self.log)
        poller.start()
        self._pollers.append(poller)
        return poller

    # --- Time --------------------------------------------------------------------------------------

    def pause(self, seconds: float = TICK) -> None:
        """Let time pass, replacing workers that died when the crew is kept."""
        until = time.monotonic() + seconds
        while True:
            self.crew.tend()
            left = until - time.monotonic()
            if left <= 0:
                return
            self.house.pause(min(TICK, left))

    def wait_until(self, true: Callable[[], object], seconds: float, what: str) -> float:
        """Wait until `true()` is; returns after how many seconds it was. Raises TimeoutError that says `what`."""
        began = time.monotonic()
        while not true():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{what}: not so after {seconds:.0f} s")
            self.pause()
        return time.monotonic() - began

    def drain(self, seconds: float = 60) -> float:
        """Wait until no job is open, at most so many `seconds`; what is open then is found by the invariants."""
        began = time.monotonic()
        if self.open_jobs(queue="audit"):  # requests' events wait, too; until now their worker would have been counted
            self.crew.hire(queue="audit")
        while self.open_jobs() and time.monotonic() - began < seconds:
            self.pause()
        self.figures.drained = time.monotonic() - began
        return self.figures.drained

    def start_again(self, server: Server) -> None:
        """Bring back a server that was lost; connections of our own that it had are gone."""
        start_again(server)
        connections.close_all()

    def open_jobs(self, **conditions: object) -> bool:
        """Whether any such job still waits or is being done; True also while PostgreSQL can't say."""
        try:
            return Job.objects.filter(status__in=OPEN, **conditions).exists()
        except DatabaseError:
            connections.close_all()
            return True

    def count(self, **conditions: object) -> int:
        """How many jobs are so."""
        return Job.objects.filter(**conditions).count()

    # --- Judgement ---------------------------------------------------------------------------------

    def judge(self) -> None:
        """Ask the invariants, and add up the figures."""
        for poller in self._pollers:
            poller.finish()
        with suppress(DatabaseError):  # a connection that an experiment broke
            query("SELECT 1")
        ended = invariants.states()
        figures = self.figures
        figures.violations += invariants.broken(self.log)
        figures.violations += [each for poller in self._pollers for each in poller.violations(ended)]
        figures.jobs = len(ended)
        figures.deaths = len(self.crew.deaths)
        figures.rescues = invariants.rescue_times(self.crew.deaths)
        slowest = percentile(figures.rescues, 0.99) if figures.rescues else 0.0
        self.require(slowest < self.rescue_limit, "rescue", f"99 % of the jobs were free again after {slowest:.2f} s")
        if taken := invariants.taken_from_the_living(self.crew.deaths):
            figures.note(f"{taken} jobs taken from workers that lived")

    def require(self, true: object, invariant: str, sentence: str) -> None:
        """Count it as a violation of `invariant` unless it is `true`."""
        if not true:
            self.figures.violations.append(Violation(invariant, sentence))


@cache
def _usual_web(house: House) -> Web:
    web = Web(house)
    house.at_end(web.stop)
    web.wait_until_it_answers()
    return web
