"""Whatever fault strikes wherever: each job is done once, and its neighbours too."""

import pytest
from django.utils import timezone

from slimy.jobs import faults
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import running_worker, start_worker, wait_for_all_jobs
from tests.zoo.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)

EXIT_CODES = {"kill": -9, "exit": 7}


def zoo(owner, count):
    return [add_job("database", "zoo", {"how": "complete"}, owner) for _ in range(count)]


@pytest.mark.parametrize("point", ["after_claim", "mid_job", "before_commit", "after_commit"])
def test_a_server_lost_at_any_point_costs_no_attempt_and_doubles_nothing(alice, work, monkeypatch, point):
    jobs = zoo(alice, 5)
    monkeypatch.setitem(faults.PLAN, point, ("raise", 1.0))
    work()
    monkeypatch.delitem(faults.PLAN, point)
    assert set(Job.objects.values_list("status", "attempts")) <= {("queued", 0), ("completed", 1)}
    Job.objects.filter(status="queued").update(available_at=timezone.now())
    Executor("test", ["database"]).execute([job.pk for job in jobs])
    assert sorted(Probe.objects.values_list("job_id", flat=True)) == sorted(job.pk for job in jobs)


@pytest.mark.parametrize(("point", "action"), [("after_claim", "exit"), ("after_acknowledge", "kill")])
def test_a_worker_struck_by_a_fault_dies_and_another_does_the_rest(alice, point, action):
    jobs = zoo(alice, 5)
    assert start_worker(SLIMY_FAULTS=f"{point}:{action}", starts_well=False).wait(10) == EXIT_CODES[action]
    with running_worker():
        wait_for_all_jobs()
    assert sorted(Probe.objects.values_list("job_id", flat=True)) == sorted(job.pk for job in jobs)


def test_a_job_whose_acceptor_stumbled_before_it_rang_is_safe_in_the_ledger(alice, empty_redis, monkeypatch):
    monkeypatch.setitem(faults.PLAN, "before_ring", ("raise", 1.0))
    (job,) = zoo(alice, 1)
    assert empty_redis.llen("rq:queue:database") == 0
    assert Job.objects.get(pk=job.pk).status == "queued"
