"""A batch: effects and completion together, neighbours untouched, whatever one job does."""

import pytest

from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.zoo.jobs import FAILING
from tests.zoo.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


def add(owner, how, count=1):
    return [add_job("database", "zoo", {"how": how}, owner) for _ in range(count)]


def effects():
    return sorted(Probe.objects.values_list("job_id", flat=True))


def completed():
    return sorted(Job.objects.filter(status="completed").values_list("pk", flat=True))


@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("how", [*FAILING, "later"])
def test_one_bad_job_leaves_its_24_neighbours_alone(alice, work, how, place):
    bad = add(alice, how) if place == "first" else []
    good = add(alice, "complete", 24)
    bad = bad or add(alice, how)

    tally = work()

    assert tally.completed == 24
    assert effects() == completed() == sorted(job.pk for job in good)
    bad[0].refresh_from_db()
    assert bad[0].status in ("queued", "failed")
    assert bad[0].claim is None
    assert len(bad[0].errors) == 1


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("python_error", "queued", "internal_error"),
        ("refused", "failed", "zoo_refused"),
        ("deferred_foreign_key", "queued", "internal_error"),
        ("swallowed_sql_error", "queued", "internal_error"),
        ("nul_in_result", "failed", "result_refused"),
        ("huge_result", "failed", "result_refused"),
        ("no_result", "failed", "result_refused"),
        ("later", "queued", "retry_later"),
    ],
)
def test_the_exception_says_what_happens_next(alice, work, how, status, code):
    (job,) = add(alice, how)
    work()
    job.refresh_from_db()
    assert (job.status, job.errors[0]["code"]) == (status, code)


def test_waiting_costs_no_attempt(alice, work):
    (job,) = add(alice, "later")
    work()
    job.refresh_from_db()
    assert (job.attempts, job.setbacks) == (0, 1)


def test_it_gives_up_after_three_attempts_with_growing_pauses(alice, work):
    (job,) = add(alice, "python_error")
    pauses = []
    for _ in range(3):
        Executor("test", ["database"]).execute([job.pk])
        job.refresh_from_db()
        pauses.append((job.available_at - job.claimed_at).total_seconds())
        Job.objects.filter(pk=job.pk).update(available_at=job.created_at)
    assert 1.9 < pauses[0] < 2.6
    assert 3.9 < pauses[1] < 5.1
    assert (job.status, job.attempts, len(job.errors)) == ("failed", 3, 3)
    assert [error["attempt"] for error in job.errors] == [1, 2, 3]


def test_a_lost_connection_costs_no_attempt_and_neighbours_complete(alice, work):
    good = add(alice, "complete", 3)
    (bad,) = add(alice, "hang_up")
    good += add(alice, "complete", 3)
    work()
    bad.refresh_from_db()
    assert effects() == completed() == sorted(job.pk for job in good)
    assert (bad.status, bad.attempts) == ("queued", 0)
    assert bad.setbacks > 0


def test_slow_jobs_dont_hold_up_a_batch(alice):
    ids = [job.pk for job in add(alice, "slow", 3)]
    tally = Executor("test", ["database"]).execute(ids)
    assert tally.completed == 1
    assert len(tally.rest) == 2
    assert Job.objects.filter(pk__in=tally.rest, status="queued", attempts=0).count() == 2


def test_the_same_id_twice_is_done_once(alice):
    (job,) = add(alice, "complete")
    executor = Executor("test", ["database"])
    tally = executor.execute([job.pk, job.pk])
    tally += executor.execute([job.pk])
    assert (tally.completed, tally.dropped) == (1, 2)
    assert effects() == [job.pk]


def test_it_drops_jobs_of_other_queues(alice):
    (job,) = add(alice, "complete")
    assert Executor("test", ["audit"]).execute([job.pk]).dropped == 1


def test_an_owner_who_was_locked_out_gets_nothing_done(alice, work):
    (job,) = add(alice, "complete")
    alice.is_active = False
    alice.save()
    work()
    job.refresh_from_db()
    assert (job.status, job.errors[0]["code"]) == ("failed", "owner_gone")
    assert effects() == []


def test_a_row_that_nobody_could_have_made_fails_by_itself(alice, work):
    good = add(alice, "complete", 2)
    odd = [
        Job.objects.create(queue="database", type="no_such_type", payload={}, owner=alice),
        Job.objects.create(queue="database", type="zoo", payload=["not", "an", "object"], owner=alice),
        Job.objects.create(queue="database", type="zoo", payload={"how": "older version"}, owner=alice),
        Job.objects.create(queue="database", type="zoo", payload={"how": "complete"}, owner=None),
    ]
    tally = Executor("test", ["database"]).execute([job.pk for job in [*good, *odd]])
    assert (tally.completed, tally.failed) == (2, 4)
    codes = [Job.objects.get(pk=job.pk).errors[0]["code"] for job in odd]
    assert codes == ["unknown_job_type", "invalid_input", "invalid_input", "owner_gone"]


def test_the_owner_never_sees_a_traceback(alice, api, work):
    (job,) = add(alice, "python_error")
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    work()
    answer = api(alice).get(f"/api/chat/db-jobs/{job.pk}")
    assert answer.json()["status"] == "failed"
    assert "secret" not in answer.content.decode()
    job.refresh_from_db()
    assert "secret" in job.errors[0]["message"]
