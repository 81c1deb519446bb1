"""The world of the tests: Alice owns, Bob shares, Charlie is nobody, Sam is staff. Real servers, a real worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.db import connection
from knox.models import AuthToken
from rest_framework.test import APIClient

from chat import openai_client, provider
from chat.breaker import Breaker
from chat.models import Conversation
from guilds.models import Guild, Membership, Role
from slimy import redis_link
from slimy.accounts.models import User
from slimy.jobs import registry
from slimy.jobs.executor import Executor, Tally
from slimy.jobs.models import Job
from slimy.jobs.queue import ledger_ids
from tests.model import Model

GUILD = "112233445566778899"
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[redis.Redis]:
    """Redis without queues and counters from other tests."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    empty_cache()
    redis_link.forget()  # a test before may have seen it fail; everybody would wait for a second
    yield client
    client.close()


def empty_cache() -> None:
    """Nothing is cached any more."""
    with redis.Redis.from_url(settings.CACHE_URL) as client:
        client.flushdb()


@pytest.fixture(autouse=True, scope="session")
def emptied_audit_trail() -> None:
    """Between tests all tables are emptied, the append-only one too."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    flush = BaseDatabaseOperations.execute_sql_flush

    def emptied(operations, statements):
        flush(operations, ["SET LOCAL slimy.audit_pruning = 'on'", *statements])

    BaseDatabaseOperations.execute_sql_flush = emptied


@pytest.fixture
def alice(db) -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def bob(db) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def charlie(db) -> User:
    return User.objects.create_user("charlie")


@pytest.fixture
def sam(db) -> User:
    return User.objects.create_user("sam", is_staff=True)


@pytest.fixture
def guild(db) -> Guild:
    """The guild that people can be in; see `joined`."""
    return Guild.objects.create(id=GUILD, name="Snail Keepers")


@pytest.fixture
def joined(guild) -> Callable[[User, Role], User]:
    """`joined(alice, Role.ADMIN)` puts her into the guild."""

    def join(user: User, role: Role) -> User:
        Membership.objects.create(guild=guild, user=user, role=role)
        return user

    return join


@pytest.fixture
def api() -> Callable[[User | None], APIClient]:
    """`api(alice)` is an API client with her token; `api(None)` is nobody's."""

    def client(user: User | None) -> APIClient:
        made = APIClient()
        made.default_format = "json"
        if user:
            made.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user=user)[1]}")
        return made

    return client


@pytest.fixture
def conversation(alice) -> Conversation:
    """Alice's."""
    return Conversation.objects.create(owner=alice, title="Sim power")


@pytest.fixture
def rings(db, monkeypatch) -> None:
    """Redis is told of a job at once, although the test's transaction never commits."""
    monkeypatch.setattr("slimy.jobs.queue.transaction.on_commit", lambda ring, **_: ring())


def assert_problem(response, status: int, code: str, *fields: str) -> dict:
    """The response is a problem document that names these fields; returns it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert (document["status"], document["error"]) == (status, code)
    assert document["requestId"] == response["X-Request-ID"]
    assert set(fields) == set(document.get("details", {}))
    return document


@pytest.fixture
def work(empty_redis) -> Callable[..., Tally]:
    """Execute in this process the jobs `also`, then what waits in Redis: batch after batch, as the worker does."""

    def run(also: Sequence[UUID] = ()) -> Tally:
        executor = Executor("test", settings.QUEUES)
        total = executor.execute(also)
        for name in settings.QUEUES:
            size = registry.at_once([name], settings.JOBS["BATCH_SIZE"])
            while messages := empty_redis.lpop(f"rq:queue:{name}", size):
                ids = ledger_ids(messages)
                while ids:
                    tally = executor.execute(ids)
                    ids, tally.rest = tally.rest, []
                    total += tally
        return total

    return run


@pytest.fixture
def model(settings, monkeypatch) -> Iterator[Model]:
    """The language model that the bot asks; `model.way` says how it misbehaves."""
    with Model() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        asked = {"API_KEY": running.key, "BASE_URL": running.url}
        settings.CHAT = {**settings.CHAT, **asked, "CONNECT_SECONDS": 1, "READ_SECONDS": 1, "TOTAL_SECONDS": 2}
        openai_client.forget()
        monkeypatch.setattr(provider, "breaker", Breaker(provider.FAILURES, provider.LEFT_ALONE))
        yield running
        openai_client.forget()


@pytest.fixture
def worker(transactional_db) -> Callable[..., "subprocess.Popen[str]"]:
    """`with worker(): …` is a real `manage.py rqworker` process on the test's database."""
    return running_worker


@contextmanager
def running_worker(*arguments: str, queues: tuple[str, ...] = ("database",), **env: str) -> Iterator[subprocess.Popen]:
    """A worker process; ended with SIGTERM (or SIGKILL after 10 s) unless it has ended before."""
    process = start_worker(*arguments, queues=queues, **env)
    try:
        yield process
    finally:
        stop(process)


def start_worker(
    *arguments: str,
    queues: tuple[str, ...] = ("database",),
    starts_well: bool = True,
    log: IO[str] | None = None,
    **env: str,
) -> subprocess.Popen:
    """Start `manage.py rqworker` on the test's database and wait until it is registered, or has ended."""
    before = _workers()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rqworker", *queues, *arguments],
        cwd=ROOT,
        env=worker_environment() | env,
        start_new_session=True,
        stderr=log,
    )
    wait_until(lambda: process.poll() is not None or _workers() - before, seconds=20)
    assert not starts_well or process.poll() in (None, 0), "the worker did not start"
    return process


def worker_environment() -> dict[str, str]:
    """The environment of a process that works on the test's database."""
    settings_module = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    return {**os.environ, **settings_module, "DATABASE_URL": test_database_url(), "LOG_LEVEL": "WARNING"}


def stop(process: subprocess.Popen, seconds: float = 10) -> int:
    """SIGTERM and wait; the exit code."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def test_database_url() -> str:
    """The URL of the database that the tests run on."""
    from urllib.parse import urlsplit

    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


test_database_url.__test__ = False


def wait_until(true: Callable[[], object], seconds: float = 15) -> None:
    """Wait until `true()` is; fail after `seconds`."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"still not so after {seconds} s"
        time.sleep(0.02)


def users_jobs():
    """The jobs that somebody asked for, without those that write the audit trail."""
    return Job.objects.exclude(queue="audit")


def wait_for_all_jobs(seconds: float = 30) -> None:
    """Wait until no job is open that somebody asked for."""
    wait_until(lambda: not users_jobs().filter(status__in=("queued", "active")).exists(), seconds)


def _workers() -> set[bytes]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        return client.smembers("rq:workers")
    finally:
        client.close()


@pytest.fixture
def recorded_engine(settings, tmp_path) -> None:
    """Pictures are read by an engine that plays back, and kept in a folder of the test's own."""
    settings.OCR = {
        **settings.OCR,
        "INSTALLED": True,
        "ENGINE": "tests.screenshots.recorded.RecordedEngine",
        "PICTURE_SECONDS": 3,
    }
    storage = settings.STORAGES["screenshots"]
    kept = {**storage, "OPTIONS": {**storage["OPTIONS"], "location": str(tmp_path / "screenshots")}}
    settings.STORAGES = {**settings.STORAGES, "screenshots": kept}
