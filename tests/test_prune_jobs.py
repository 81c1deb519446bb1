"""Old finished jobs go; the newest of each queue stay, and whatever is open."""

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.core.management import call_command
from django.utils import timezone

from slimy.jobs import recovery
from slimy.jobs.models import Job
from slimy.jobs.pruning import ONE_AT_A_TIME, Pruned, prune
from slimy.jobs.recovery import Recovery
from tests.conftest import test_database_url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules(settings):
    settings.JOBS = {**settings.JOBS, "KEEP_COMPLETED": 3, "KEEP_FAILED": 5, "KEEP_DAYS": 7}


def finished(status, count, days=8, queue="database"):
    """Jobs that finished so many days ago, a second apart; the first is the newest."""
    end = timezone.now() - timedelta(days=days)
    return Job.objects.bulk_create(
        Job(queue=queue, type="zoo", payload={}, status=status, finished_at=end - timedelta(seconds=number))
        for number in range(count)
    )


def left():
    return set(Job.objects.values_list("pk", flat=True))


def pks(jobs):
    return {job.pk for job in jobs}


def test_the_newest_stay_whatever_their_age(settings):
    completed, failed = finished("completed", 10, days=400), finished("failed", 10, days=400)
    assert prune() == {("database", "completed"): 7, ("database", "failed"): 5}
    assert left() == pks(completed[:3] + failed[:5])


def test_of_each_queue():
    here, there = finished("completed", 5), finished("completed", 5, queue="audit")
    prune()
    assert left() == pks(here[:3] + there[:3])


def test_what_is_young_stays_however_many_there_are():
    young = finished("completed", 20, days=6)
    old = finished("completed", 4)
    assert prune().total() == 4
    assert left() == pks(young)
    assert not left() & pks(old)


def test_cancelled_jobs_go_by_age_alone():
    finished("cancelled", 5)
    young = finished("cancelled", 5, days=6)
    prune()
    assert left() == pks(young)


def test_fewer_than_are_kept_all_stay():
    few = finished("completed", 2) + finished("failed", 5)
    assert prune().total() == 0
    assert left() == pks(few)


def test_open_jobs_stay_for_ever():
    old = timezone.now() - timedelta(days=400)
    waiting = Job.objects.create(queue="database", type="zoo", payload={}, created_at=old, available_at=old)
    active = Job.objects.create(
        queue="database", type="zoo", payload={}, status="active", claim=uuid.uuid4(), attempts=1, created_at=old
    )
    prune()
    assert left() == {waiting.pk, active.pk}


def test_keeping_none_is_possible(settings):
    settings.JOBS["KEEP_COMPLETED"] = 0
    finished("completed", 5)
    assert prune().total() == 5


def test_it_goes_in_small_batches_oldest_first():
    jobs = finished("completed", 13)
    assert [prune(4).total() for _ in range(4)] == [4, 4, 2, 0]
    assert left() == pks(jobs[:3])


def test_only_one_prunes_at_a_time():
    finished("completed", 13)
    with psycopg.connect(test_database_url()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        assert prune().total() == 0
    assert prune().total() == 10


def test_a_worker_prunes_once_a_minute_and_again_at_once_while_there_is_more(monkeypatch):
    monkeypatch.setattr(recovery, "BATCH", 10)
    counts = iter([10, 10, 3])
    pruned = []
    monkeypatch.setattr(recovery, "prune", lambda: pruned.append(1) or Pruned(a=next(counts)))
    recover = Recovery()
    recover()
    recover._prune_at = 0
    for _ in range(6):
        recover()
    assert len(pruned) == 3


def test_the_command_prunes_all_and_says_what(capsys):
    finished("completed", 13)
    call_command("prune_jobs")
    assert capsys.readouterr().out.splitlines() == [
        "database   completed        10",
        "10 jobs deleted.",
    ]
    assert Job.objects.exclude(queue="audit").count() == 3


def test_a_dry_run_deletes_nothing(capsys):
    finished("failed", 7)
    call_command("prune_jobs", "--dry-run")
    assert capsys.readouterr().out.splitlines() == [
        "database   failed            2",
        "2 jobs would be deleted.",
    ]
    assert Job.objects.count() == 7
