"""Whatever fault strikes wherever: each job is done once, and its neighbours too."""

import pytest
from django.utils import timezone

from slimy.jobs import faults
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import start_worker, wait_until
from tests.zoo.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.parametrize(("faults", "code"), [("after_claim:exit", 7), ("after_acknowledge:kill", -9)])
def test_a_worker_struck_by_a_fault_dies_and_another_does_the_rest(alice, faults, code):
    jobs = zoo(alice, 5)
    assert start_worker(SLIMY_FAULTS=faults, starts_well=False).wait(10) == code
    if code == 7:
        wait_until(Job.objects.rescue)
    for _ in range(2):  # those that a worker died with run alone
        Executor("test", ["database"]).execute([job.pk for job in jobs])
    assert sorted(Probe.objects.values_list("job_id", flat=True)) == sorted(job.pk for job in jobs)


def test_a_job_whose_acceptor_stumbled_before_it_rang_is_safe_in_the_ledger(alice, empty_redis, monkeypatch):
    monkeypatch.setitem(faults.PLAN, "before_ring", ("raise", 1.0))
    (job,) = zoo(alice, 1)
    assert empty_redis.llen("rq:queue:database") == 0
    assert Job.objects.get(pk=job.pk).status == "queued"
