"""Jobs that take the worker with them."""

from slimy.jobs.models import Job
from tests.chaos.experiment import experiment
from tests.chaos.world import World


@experiment("a job that kills its process, first in a batch of 25, another one last in a batch of 25")
def poison(world: World) -> None:
    crash = ("zoo", {"how": "crash"}, {"expected": "failed", "attempts": None, "neighbour": False})
    good = [("zoo", {"how": "complete"}, {})] * 24
    ids = world.load.accept([crash, *good, *good, crash])
    world.crew.hire_pool(2)
    world.drain(60)
    bad = Job.objects.in_bulk([ids[0], ids[-1]]).values()
    told = all(job.errors[-1]["code"] == "worker_crashed" and job.solo_crashes == 3 for job in bad if job.errors)
    world.require(told, "I4", "a job that kills its worker was not failed after three crashes of its own")
    world.figures.note(f"crashes of the two: {', '.join(str(job.crashes) for job in bad)}")
