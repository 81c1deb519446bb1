"""The registry: stable names; a duplicate or a wrong queue stops the start; unknown types are refused at the door."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from chat.serializers import ConversationData
from slimy.exceptions import InvalidInput, UnknownJobType
from slimy.jobs import registry
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.jobs.registry import job
from tests.conftest import users_jobs


def nothing(job, data):
    return {}


def test_a_name_taken_twice_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match=r'"save_message" is registered twice: in chat.jobs and in'):
        job("save_message", payload=ConversationData)(nothing)


def test_a_queue_that_does_not_exist_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match='names the queue "databse"'):
        job("new_type", queue="databse", payload=ConversationData)(nothing)


def test_all_seven_types_of_the_chat_are_found_at_start():
    assert {
        "create_conversation",
        "save_message",
        "save_messages",
        "update_conversation",
        "delete_conversation",
        "get_conversations",
        "get_messages",
    } <= set(registry.names())


def test_an_unknown_type_never_becomes_a_row(alice):
    with pytest.raises(UnknownJobType):
        add_job("database", "no_such_type", {}, alice)
    assert not users_jobs().exists()


def test_a_wrong_queue_never_becomes_a_row(alice):
    with pytest.raises(ValueError, match="go to the queue 'database', not 'audit'"):
        add_job("audit", "create_conversation", {}, alice)
    assert not users_jobs().exists()


@pytest.mark.parametrize("data", [{"title": 1}, {"titel": "x"}, {"title": "x" * 201}, {"title": "\0"}, [], None, "x"])
def test_a_bad_payload_never_becomes_a_row(alice, data):
    with pytest.raises(InvalidInput):
        add_job("database", "create_conversation", data, alice)
    assert not users_jobs().exists()


def test_jobs_of_one_row_stand_together_in_a_batch_however_its_id_is_written():
    kind = registry.get("save_message")
    jobs = [
        Job(number=number, type=kind.name, payload={"conversationId": id})
        for number, id in enumerate(["AB00", "aa00", "ab00", None, "AA00"])
    ]
    assert [job.number for job in sorted(jobs, key=kind.lock_key)] == [1, 4, 0, 2, 3]


@pytest.mark.parametrize("payload", [[], None, "text", {"conversationId": {"a": 1}}])
def test_odd_payloads_have_a_place_in_a_batch_too(payload):
    kind = registry.get("save_message")
    assert kind.lock_key(Job(number=7, type=kind.name, payload=payload))[2] == 7


def test_a_queue_without_worker_on_this_machine_is_not_listed(capsys, settings):
    settings.QUEUES_WITHOUT_WORKER = ["ocr"]
    call_command("job_queues")
    assert "ocr" not in capsys.readouterr().out.split()
    settings.QUEUES_WITHOUT_WORKER = []
    call_command("job_queues")
    assert "ocr" in capsys.readouterr().out.split()
