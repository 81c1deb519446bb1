"""Many jobs of one type in one statement: the same outcomes as one by one, for each of them."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import jobs as chat_jobs
from chat.models import Conversation, Message
from slimy.jobs import registry
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.jobs.report import Tally

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["together", "one by one"], autouse=True)
def together(request, settings):
    settings.JOBS = {**settings.JOBS, "SET_BASED": request.param}
    return request.param


def save(owner, conversation, content="hello", **more):
    message = {"role": "user", "content": content}
    return add_job("database", "save_message", {"conversationId": str(conversation), "message": message}, owner, **more)


def execute(*jobs):
    """Batch after batch, as a worker does: on a busy machine one has no time for all."""
    total, ids = Tally(), [job.pk for job in jobs]
    while ids:
        tally = Executor("test", ["database"]).execute(ids)
        ids, tally.rest = tally.rest, []
        total += tally
    for job in jobs:
        job.refresh_from_db()
    return total


def contents(conversation):
    messages = Message.objects.filter(conversation=conversation).order_by("position")
    return list(messages.values_list("content", flat=True))


def forged(owner, conversation):
    """A row that nobody could have made through the API."""
    payload = {"conversationId": str(conversation), "message": {"role": "user", "content": "not mine"}}
    return Job.objects.create(queue="database", type="save_message", owner=owner, payload=payload)


def test_messages_of_many_conversations_come_in_the_order_of_acceptance(alice, bob):
    talks = [Conversation.objects.create(owner=owner) for owner in (alice, bob, alice)]
    jobs = [save(talks[n % 3].owner, talks[n % 3].pk, str(n)) for n in range(60)]
    assert execute(*reversed(jobs)).completed == 60
    for place, talk in enumerate(talks):
        assert contents(talk) == [str(n) for n in range(60) if n % 3 == place]
        talk.refresh_from_db()
        assert talk.message_count == 20
        assert talk.updated_at > talk.created_at
    assert [job.result["messageId"] for job in jobs] == [str(job.pk) for job in jobs]


def test_who_is_refused_is_refused_alone(alice, bob, conversation):
    good = [save(alice, conversation.pk) for _ in range(5)]
    bad = [forged(bob, conversation.pk), forged(alice, uuid4())]
    tally = execute(*good[:3], *bad, *good[3:])
    assert (tally.completed, tally.failed) == (5, 2)
    assert {job.errors[0]["code"] for job in bad} == {"conversation_not_found"}
    assert contents(conversation) == ["hello"] * 5


def test_an_owner_who_was_locked_out_is_refused_alone(alice, bob, conversation):
    talk = Conversation.objects.create(owner=bob)
    good, bad = [save(alice, conversation.pk) for _ in range(3)], save(bob, talk.pk)
    bob.is_active = False
    bob.save()
    assert execute(*good, bad).completed == 3
    assert bad.errors[0]["code"] == "owner_gone"
    assert contents(talk) == []


def test_a_message_whose_conversation_is_still_being_created_waits(alice, conversation):
    made = add_job("database", "create_conversation", {}, alice, delay=60)
    early, good = save(alice, made.pk), save(alice, conversation.pk)
    assert execute(early, good).completed == 1
    assert (early.status, early.attempts, early.setbacks) == ("queued", 0, 1)


def test_a_conversation_and_its_messages_in_one_batch(alice):
    made = add_job("database", "create_conversation", {"title": "Snails"}, alice)
    jobs = [save(alice, made.pk, str(n)) for n in range(3)]
    assert execute(*jobs, made).completed == 4
    assert contents(made.pk) == ["0", "1", "2"]
    assert Conversation.objects.get(pk=made.pk).title == "Snails"


def test_many_messages_a_job(alice, conversation):
    data = {"conversationId": str(conversation.pk), "messages": [{"role": "user", "content": str(n)} for n in range(4)]}
    jobs = [add_job("database", "save_messages", data, alice) for _ in range(3)]
    assert execute(*jobs).completed == 3
    assert contents(conversation) == ["0", "1", "2", "3"] * 3
    for job in jobs:
        ids = [
            str(pk)
            for pk in Message.objects.filter(position__gte=job.number * 1000)
            .order_by("position")[:4]
            .values_list("pk", flat=True)
        ]
        assert job.result["messageIds"] == ids
        assert [item["messageId"] for item in job.result["items"]] == ids


@pytest.mark.parametrize("place", [0, 7, 15])
def test_one_that_spoils_the_statement_fails_alone(alice, conversation, place):
    jobs = [save(alice, conversation.pk, str(n)) for n in range(16)]
    bad = jobs.pop(place)
    Message.objects.create(pk=bad.pk, conversation=conversation, position=0, role="user", content="here already")
    assert execute(*jobs[:place], bad, *jobs[place:]).completed == 15
    assert (bad.status, bad.attempts, bad.errors[0]["type"]) == ("queued", 1, "IntegrityError")
    assert len(contents(conversation)) == 16
    conversation.refresh_from_db()
    assert conversation.message_count == 15


def test_a_function_for_many_that_swallows_a_database_error_harms_nobody(alice, conversation, monkeypatch, together):
    def careless(jobs):
        from contextlib import suppress

        from django.db import DatabaseError

        with suppress(DatabaseError):
            chat_jobs.one("SELECT 1 / 0")
        return {job.pk: {"messageId": "made up"} for job, _ in jobs}

    job_type = registry._types["save_message"]
    monkeypatch.setitem(registry._types, "save_message", type(job_type)(**vars(job_type) | {"many": careless}))
    jobs = [save(alice, conversation.pk) for _ in range(4)]
    assert execute(*jobs).completed == 4
    assert len(contents(conversation)) == 4
    assert "made up" not in str([job.result for job in jobs])


def test_the_number_of_statements_does_not_grow_with_the_jobs(alice, conversation, together, monkeypatch):
    monkeypatch.setattr("slimy.jobs.executor.BATCH_SECONDS", 60)  # a busy machine mustn't cut it short
    counts = []
    for number in (5, 200):
        jobs = [save(alice, conversation.pk) for _ in range(number)]
        with CaptureQueriesContext(connection) as statements:
            Executor("test", ["database"]).execute([job.pk for job in jobs])
        counts.append(len(statements))
    assert (counts[0] == counts[1]) == together


@pytest.mark.parametrize("many", [1, 3])
def test_jobs_that_were_rescued_before_they_were_done_are_done_once(alice, conversation, monkeypatch, many):
    jobs = [save(alice, conversation.pk, str(n)) for n in range(many)]
    rescued = []

    def fault(place):
        if place == "after_claim" and not rescued:
            Job.objects.filter(status="active").update(claimed_in=None)  # as if the session had ended
            rescued.extend(Job.objects.rescue())

    monkeypatch.setattr("slimy.jobs.executor.fault", fault)
    Executor("late", ["database"]).execute([job.pk for job in jobs])
    for job in jobs:
        execute(job)
    assert len(rescued) == many
    assert contents(conversation) == [str(n) for n in range(many)]
    assert {(job.status, job.attempts, job.crashes) for job in jobs} == {("completed", 1, 1)}
