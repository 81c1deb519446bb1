"""The promise of the cache, kept between processes: after a commit the next read is new."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

from slimy.accounts.models import User
from slimy.cache import invalidate, read_through, user_key
from slimy.generations import name
from slimy.sql import query, tx
from tests.cached import *  # noqa: F403
from tests.cached import database, elsewhere
from tests.conftest import ROOT, wait_until, worker_environment

READER = """
import django, json, sys, time
django.setup()
from slimy.cache import read_through, user_key
from slimy.sql import one
pk, seconds = int(sys.argv[1]), float(sys.argv[2])
loads = 0
def truth():
    return one("SELECT first_name::int AS n FROM accounts_user WHERE id = %s", [pk])["n"]
def load():
    global loads
    loads += 1
    return truth()
truth()
print("ready", flush=True)
until, reads, wrong = time.monotonic() + seconds, 0, []
while time.monotonic() < until:
    committed = truth()
    for _ in range(3):
        least, got = committed, read_through(user_key(pk), load)
        committed = truth()
        reads += 1
        if not least <= got <= committed:
            wrong.append([least, got, committed])
print(json.dumps({"reads": reads, "loads": loads, "wrong": wrong[:5]}))
"""


def run_python(script, *arguments) -> subprocess.Popen:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=worker_environment(), stdout=subprocess.PIPE, text=True)


def change(pk, until, seed):
    """Count up in transactions, and try what else transactions do; returns how many were committed."""
    random, committed = Random(seed), 0
    while time.monotonic() < until:
        with suppress(ZeroDivisionError), tx():
            with suppress(ZeroDivisionError), tx():
                invalidate(f"user:{pk}")
                query("UPDATE accounts_user SET first_name = '1000000' WHERE id = %s", [pk])
                raise ZeroDivisionError
            early = random.random() < 0.5
            if early:
                invalidate(f"user:{pk}")
            query("UPDATE accounts_user SET first_name = first_name::int + 1 WHERE id = %s", [pk])
            if not early:
                invalidate(f"user:{pk}")
            if random.random() < 0.2:
                raise ZeroDivisionError
            committed += 1
        time.sleep(random.choice((0, 0.001, 0.01, 0.02)))
    return committed


@database
def test_no_read_after_a_commit_is_old_and_none_is_of_an_uncommitted_change(alice):
    User.objects.update(first_name="0")
    reader = run_python(READER, alice.pk, 1.5)
    assert reader.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(elsewhere, change, alice.pk, time.monotonic() + 1.5, seed) for seed in range(2)]
        committed = sum(writer.result() for writer in writers)
    report = json.loads(reader.communicate(timeout=10)[0])
    alice.refresh_from_db()
    assert alice.first_name == str(committed)
    assert report["wrong"] == []
    assert report["loads"] < report["reads"]  # some came from the cache
    assert committed > 20


DYING_WRITER = """
import django, os, sys
django.setup()
from django.db import connection
from slimy import generations
from slimy.cache import invalidate
from slimy.sql import query, tx
generations.LEASE = 0.5
connection.run_and_clear_commit_hooks = lambda: os._exit(7)
with tx():
    query("UPDATE accounts_user SET first_name = 'new' WHERE id = %s", sys.argv[1:])
    invalidate(f"user:{sys.argv[1]}")
"""


@database
def test_a_writer_that_dies_right_after_its_commit_hides_nothing(alice, store):
    def name_in_database():
        return User.objects.get().first_name

    key = user_key(alice.pk)
    assert [read_through(key, name_in_database) for _ in range(2)] == ["", ""]
    assert run_python(DYING_WRITER, alice.pk).wait(20) == 7
    assert read_through(key, name_in_database) == "new"
    wait_until(lambda: not store.exists(name("generation", key.subject)), 3)  # the lease has run out
    assert [read_through(key, name_in_database), read_through(key, lambda: "from the database")] == ["new", "new"]
