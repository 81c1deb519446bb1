"""How many SQL statements the ingestion of a club's metrics takes, small club and large."""

import time
from uuid import UUID

from django.conf import settings

from guilds.models import Guild, Membership, Role
from slimy.exceptions import UnknownJobType
from slimy.jobs import registry
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from tests.benchmarks import world
from tests.benchmarks.budgets import Budget, Findings, Line
from tests.benchmarks.place import Place
from tests.benchmarks.samples import Sample, amount, say
from tests.benchmarks.scale import Scale
from tests.benchmarks.statements import Statement, recorded

TYPE = "ingest_club_metrics"
GUILD = "998877665544332211"
SIZES = (55, 5_000)
MOST = 8
LEDGER = ("slimy_job",)
METHOD = """
One `{type}` job through the executor, in this process; all members are new the first time (first figure), known the
second time with other power (second figure). Statements of the job itself: those that claim, lock and complete it in
the ledger, and savepoints, are not counted.""".strip()


def measure(place: Place, scale: Scale) -> Findings:
    """Count the statements of a job for each size of club."""
    try:
        registry.get(TYPE)
    except UnknownJobType:
        lines = [Line(_budget(members), None, verdict="NOT THERE YET") for members in SIZES]
        return Findings(lines, [f"There is no type of job called `{TYPE}` yet."])
    world.populate()
    found = {members: [_ingest(members, round) for round in range(2)] for members in SIZES}
    findings = Findings(notes=[METHOD.format(type=TYPE)])
    for members, counts in found.items():
        texts = [f"{count} in {amount(ms)} ms" for count, ms in counts]
        measured = Sample(tuple(float(count) for count, _ in counts))
        findings.lines.append(Line(_budget(members), measured, ours=", ".join(texts)))
        findings.figures[str(members)] = counts
    return findings


def _budget(members: int) -> Budget:
    return Budget(f"club ingestion of {members:,} members: statements".replace(",", " "), MOST, unit="", at_most=True)


def _ingest(members: int, round: int) -> tuple[int, float]:
    """Statements and milliseconds of a job."""
    owner = world.anybody()
    guild, _ = Guild.objects.get_or_create(id=GUILD, defaults={"name": "Benchmark"})
    Membership.objects.get_or_create(guild=guild, user=owner, defaults={"role": Role.ADMIN})
    payload = {"guildId": GUILD, "ocrResult": {"rows": [_row(n, round) for n in range(members)]}}
    queue = registry.get(TYPE).queue
    job = Job.objects.create(queue=queue, type=TYPE, payload=payload, owner=owner, deliveries=1)
    with recorded() as statements:
        began = time.perf_counter()
        Executor("benchmark", settings.QUEUES).execute([UUID(str(job.pk))])
        ms = (time.perf_counter() - began) * 1000
    job.refresh_from_db()
    assert job.status == "completed", f"{TYPE} ended as {job.status}: {str(job.errors)[:300]}"
    count = sum(_is_of_job(statement) for statement in statements)
    say(f"clubs: {members} members, {count} statements")
    return count, ms


def _row(n: int, round: int) -> dict[str, object]:
    return {"name": f"Snail {n}", "simPower": 1_000_000 + n + round, "totalPower": 2_000_000 + n * 2 + round}


def _is_of_job(statement: Statement) -> bool:
    return not statement.is_bookkeeping and not statement.touches(*LEDGER)
