"""Whether the ledger's own statements take as long with millions of finished jobs as with hardly any."""

import statistics
import time
from collections.abc import Sequence
from uuid import UUID

from slimy.jobs.ledger import Completion
from slimy.jobs.models import Job
from slimy.sql import tx
from tests.benchmarks import world

JOBS = 100  # at once
BATCHES = 12  # a round


def batch_ms() -> float:
    """Milliseconds to claim, hold and complete 100 jobs: the median of some batches, in the connected database."""
    owner = world.anybody()
    made = [
        [Job(queue="database", type="get_conversations", payload={}, owner=owner) for _ in range(JOBS)]
        for _ in range(BATCHES)
    ]
    for jobs in made:
        Job.objects.bulk_create(jobs)
    return statistics.median(_batch([job.pk for job in jobs]) for jobs in made)


def _batch(ids: Sequence[UUID]) -> float:
    began = time.perf_counter()
    claim = Job.objects.claim(ids, "bench", ["database"])
    assert claim
    assert len(claim.jobs) == JOBS
    with tx():
        held = Job.objects.hold(claim)
        Job.objects.complete(claim.token, [Completion(job, '{"conversations":[]}') for job in held])
    return (time.perf_counter() - began) * 1000
