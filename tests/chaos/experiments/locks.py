"""Jobs that lock each other out."""

from django.db.models import Sum

from slimy.jobs.models import Job
from tests.chaos.experiment import experiment
from tests.chaos.world import World
from tests.zoo.models import Parent


@experiment("two workers, jobs that lock two rows in opposite order, and messages to two conversations")
def crossing_locks(world: World) -> None:
    Parent.objects.bulk_create([Parent(), Parent()])
    world.load.accept([("zoo", {"how": f"lock_{way}"}, {}) for way in ("forwards", "backwards")] * 8)
    world.load.messages(200, talks=2)
    world.crew.hire_pool(2, JOBS_BATCH_SIZE="8")
    world.drain(60)
    setbacks = Job.objects.aggregate(sum=Sum("setbacks"))["sum"]
    world.require(setbacks, "set-up", "no two jobs met in a deadlock")
    world.figures.note(f"jobs put back after deadlocks: {setbacks}, none of which cost an attempt")
