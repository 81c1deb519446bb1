"""Jobs that fail, each in its own way, and jobs that no longer make sense."""

from typing import Any

from django.db.models.functions import Now

from slimy.jobs.models import Job
from tests.chaos.experiment import experiment
from tests.chaos.world import World
from tests.zoo.jobs import FAILING

BAD: dict[str, Any] = {"expected": "failed", "attempts": None, "neighbour": False}
GOOD: tuple[str, dict[str, Any], dict[str, Any]] = ("zoo", {"how": "complete"}, {})


@experiment(f"one of 25 jobs fails, in each of {len(FAILING)} ways, first or last of its batch")
def one_fails(world: World) -> None:
    for number, how in enumerate(FAILING):
        bad = ("zoo", {"how": how}, BAD)
        world.load.accept([bad] + [GOOD] * 24 if number % 2 else [GOOD] * 24 + [bad])
    world.crew.hire_pool(2)
    world.drain(40)
    failed = Job.objects.filter(status="failed")
    silent = [job.pk for job in failed if not job.errors]
    world.require(not silent, "I5", f"failed without a reason: {silent}")
    world.figures.note("ways: " + ", ".join(FAILING))


@experiment("unknown types, payloads of an older version and no owner, among good ones in the ledger")
def strange_rows(world: World) -> None:
    strange = [
        ("no_such_type", {}, "unknown_job_type"),
        ("save_message", {"conversation_id": 7, "text": "of another age"}, "invalid_input"),
        (
            "save_message",
            {"conversationId": "7", "message": {"role": "user", "content": "hi", "mood": 3}},
            "invalid_input",
        ),
        ("zoo", {"behaviour": "complete"}, "invalid_input"),
        ("zoo", ["complete"], "invalid_input"),
        ("zoo", "complete", "invalid_input"),
    ]
    ids = world.load.accept([(type, payload, BAD) for type, payload, _ in strange] + [GOOD] * 42)
    orphan = world.load.accept([("zoo", {"how": "complete"}, BAD)], rung=False)
    Job.objects.filter(pk__in=orphan).update(owner=None, ring_at=Now())
    world.crew.hire_pool(2)
    world.drain(40)
    jobs = Job.objects.in_bulk(ids + orphan)
    for id, code in zip([*ids[: len(strange)], *orphan], [*(code for *_, code in strange), "owner_gone"], strict=True):
        codes = [error["code"] for error in jobs[id].errors]
        world.require(codes == [code], "I4", f"a {jobs[id].type} job failed with {codes} instead of {code}: {id}")
