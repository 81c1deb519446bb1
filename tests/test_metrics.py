"""`/metrics` shows what all processes counted, dead or alive, and what the ledger says; to operators only."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from django.test import Client
from knox.models import AuthToken
from prometheus_client.mmap_dict import mmap_key
from prometheus_client.parser import text_string_to_metric_families

from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.metrics import archive, files, ledger
from slimy.metrics.exposition import COLLECTORS
from slimy.stack import ports
from tests.admin.conftest import signed_in, staff
from tests.conftest import ROOT, start_worker, stop, users_jobs, wait_for_all_jobs, worker_environment
from tests.web import serving

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "0123456789" * 4
COUNT = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django; django.setup()
from slimy.metrics import MESSAGES_DROPPED, HTTP_SECONDS
MESSAGES_DROPPED.inc(5); HTTP_SECONDS.labels("GET", "x").observe(0.2)
os.kill(os.getpid(), {signal})
"""


def read(text):
    """{(name, labels): value}"""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(found, name, **labels):
    return sum(value for (each, has), value in found.items() if each == name and labels.items() <= dict(has).items())


@pytest.fixture
def folder(tmp_path, settings, monkeypatch):
    """An empty folder for the counts of processes that the test starts."""
    settings.METRICS_DIR = str(tmp_path)
    monkeypatch.setenv("METRICS_DIR", str(tmp_path))
    monkeypatch.setattr(COLLECTORS[1], "_until", 0.0)
    return tmp_path


def scraped(client=None):
    answer = (client or Client()).get("/metrics")
    assert answer.status_code == 200
    return read(answer.content.decode())


def count_and_die(times=1, by=signal.SIGKILL):
    """Processes that count something, and are killed at once."""
    program = COUNT.format(signal=int(by))
    many = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=worker_environment()) for _ in range(times)]
    assert {process.wait(60) for process in many} == {-by}


class TestCountsOfTheDead:
    def test_are_kept_when_they_are_killed_and_when_they_are_archived(self, folder):
        count_and_die(3)
        for most in (100, 0, 0):
            archive.tidy(most)
            found = scraped()
            assert total(found, "slimy_job_messages_dropped_total") == 15
            assert total(found, "slimy_http_request_seconds_count", route="x") == 3
            assert total(found, "slimy_http_request_seconds_sum", route="x") == pytest.approx(0.6)
            assert total(found, "slimy_http_request_seconds_bucket", route="x", le="0.1") == 0
            assert total(found, "slimy_http_request_seconds_bucket", route="x", le="0.25") == 3
        assert sorted(path.name for path in folder.glob("*.db")) == ["counter_0.db", "histogram_0.db", "summary_0.db"]
        assert not list(folder.glob("*.alive"))

    @pytest.mark.parametrize("step", ["rename", "write_value", "rmtree"])
    def test_are_counted_once_whenever_the_archivist_dies(self, folder, monkeypatch, step):
        for number in range(3):
            leave_counts(folder, f"{number}-dead")
            archive.tidy(1)
        for after in range(4):
            die_in(monkeypatch, step, after)
            with pytest.raises(KeyboardInterrupt):
                for _ in range(20):
                    archive.tidy(-1)
            monkeypatch.undo()
            monkeypatch.setenv("METRICS_DIR", str(folder))
        archive.tidy(0)
        assert total(scraped(), "slimy_job_messages_dropped_total") == 15

    def test_of_the_living_are_left_alone(self, folder):
        with files.locked(exclusive=False):
            (folder / "1-abc.alive").touch()
            assert files.is_dead("1-abc")
            assert files.is_dead("2-gone")
        holder = "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True)"
        command = [sys.executable, "-c", f"{holder}; time.sleep(60)", folder / "1-abc.alive"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            process.stdout.readline()
            assert not files.is_dead("1-abc")
        finally:
            process.kill()
            process.wait()


def leave_counts(folder, process):
    """What a process that has ended leaves behind."""
    counts = archive.MmapedDict(str(folder / f"counter_{process}.db"))
    name = "slimy_job_messages_dropped"
    counts.write_value(mmap_key(name, f"{name}_total", [], [], "…"), 5.0, 0.0)
    counts.close()


def die_in(monkeypatch, step, after):
    owner = {"rename": Path, "write_value": archive.MmapedDict, "rmtree": archive.shutil}[step]
    real, left = getattr(owner, step), [after]

    def dying(*args, **more):
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*args, **more)

    monkeypatch.setattr(owner, step, dying)


class TestWhoMayLook:
    def test_this_machine(self):
        assert Client().get("/metrics").status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Forwarded-For": "127.0.0.1"},
            {"Forwarded": "for=127.0.0.1"},
            {"X-Real-IP": "127.0.0.1"},
            {"Via": "1.1 p"},
        ],
    )
    def test_nobody_by_way_of_a_proxy(self, headers):
        assert Client(headers=headers).get("/metrics").status_code == 403

    @pytest.mark.parametrize("address", ["203.0.113.9", "::2", "nonsense"])
    def test_no_other_machine(self, address):
        assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 403

    def test_with_a_token_set_only_its_bearer(self, settings):
        settings.METRICS_TOKEN = TOKEN
        assert Client().get("/metrics").status_code == 403
        for given, status in (
            (f"Bearer {TOKEN}", 200),
            (f"bearer {TOKEN}", 200),
            ("Bearer x", 403),
            ("Basic \xff", 403),
        ):
            client = Client(headers={"Authorization": given}, REMOTE_ADDR="203.0.113.9")
            assert client.get("/metrics").status_code == status

    def test_staff_from_anywhere(self, alice):
        for user, status in ((staff("vera"), 200), (alice, 403)):
            client = signed_in(user)
            assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == status


class TestWhatTheLedgerSays:
    def test_depth_and_age_of_a_queue(self, folder, alice):
        jobs = [add_job("database", "zoo", {"how": "complete"}, alice, delay=delay) for delay in (0, 0, 60)]
        Job.objects.filter(pk=jobs[0].pk).update(created_at="2026-01-01T00:00:00Z", available_at="2026-01-01T00:00:00Z")
        found = scraped()
        depth = {
            state: total(found, "slimy_queue_depth", queue="database", state=state) for state in ("waiting", "delayed")
        }
        assert depth == {"waiting": 2, "delayed": 1}
        assert total(found, "slimy_queue_oldest_seconds", queue="database") > 1000
        assert total(found, "slimy_queue_slots", queue="audit") == 2

    def test_is_asked_once_a_second(self, folder, monkeypatch):
        asked = []
        monkeypatch.setattr(ledger, "depths", lambda: asked.append(1) or [])
        for _ in range(5):
            scraped()
        assert len(asked) == 1

    def test_only_that_it_is_down_when_it_does_not_answer(self, folder, monkeypatch):
        monkeypatch.setattr(ledger, "_QUEUES", "SELECT 1 / 0, %(names)s, %(locks)s, %(counted)s, %(looked_at)s")
        assert total(scraped(), "slimy_ledger_up") == 0


class TestWhatIsCounted:
    def difference(self, act):
        before = scraped()
        act()
        after = scraped()
        return lambda name, **labels: total(after, name, **labels) - total(before, name, **labels)

    def test_jobs_by_outcome(self, alice, work):
        def act():
            for how in ("complete", "complete", "refused", "later"):
                add_job("database", "zoo", {"how": how}, alice)
            work()

        grown = self.difference(act)
        kind = {"queue": "database", "type": "zoo"}
        names = ("accepted", "started", "completed", "failed", "retried")
        assert [grown(f"slimy_jobs_{name}_total", **kind) for name in names] == [4, 4, 2, 1, 1]
        assert grown("slimy_jobs_failed_total", code="zoo_refused") == 1
        assert grown("slimy_job_seconds_count", **kind) == grown("slimy_job_wait_seconds_count", **kind) == 4

    def test_requests_by_route(self, alice, api):
        client = api(alice)
        grown = self.difference(lambda: [client.get(f"/api/chat/db-jobs/{number}") for number in range(3)])
        assert grown("slimy_http_requests_total", route="api/chat/db-jobs/<job_id>", method="GET", status="404") == 3
        grown = self.difference(lambda: [client.get(f"/nothing/{number}") for number in range(3)])
        assert grown("slimy_http_requests_total", route="unmatched", status="404") == 3

    def test_statements_and_their_errors(self):
        from slimy.sql import query

        def act():
            with pytest.raises(Exception, match="division"):
                query("SELECT 1 / 0")

        grown = self.difference(act)
        assert grown("slimy_database_errors_total", alias="default", kind="select", error="DataError") == 1
        assert grown("slimy_database_statement_seconds_count", kind="select") >= 1


@pytest.fixture
def web(folder):
    """The address of a web server with 2 processes on the test's database."""
    with serving(processes=2) as port:
        yield f"http://{ports.HOST}:{port}"


def test_the_sum_over_processes_is_what_the_ledger_says(web, alice):
    """3 workers, of which one is killed and replaced on the way, and 2 web processes, whichever of which answers."""
    headers = {"Authorization": f"Bearer {AuthToken.objects.create(user=alice)[1]}"}
    workers = [start_worker() for _ in range(3)]
    try:
        for number in range(90):
            body = {"type": "zoo", "data": {"how": "refused" if number % 10 == 0 else "complete"}}
            assert requests.post(f"{web}/api/chat/db-jobs", json=body, headers=headers, timeout=20).status_code == 202
            if number == 50:
                wait_for_all_jobs()
                time.sleep(0.5)  # a worker that dies between its commit and its report takes that report along
                workers[0].kill()
                workers[0].wait()
                workers.append(start_worker())
        wait_for_all_jobs()
        time.sleep(0.5)
        for _ in range(6):
            found = read(requests.get(f"{web}/metrics", timeout=10).text)
            for status, count in (("completed", 81), ("failed", 9)):
                assert users_jobs().filter(status=status).count() == count
                assert total(found, f"slimy_jobs_{status}_total", type="zoo") == count
            assert total(found, "slimy_jobs_accepted_total", type="zoo") == 90
        assert total(found, "slimy_queue_workers", queue="database") == 3
    finally:
        for process in workers:
            stop(process)
