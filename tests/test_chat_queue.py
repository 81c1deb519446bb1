"""The queue `chat` with real worker processes and a slow language model."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from chat.models import Conversation, Message
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import ROOT, running_worker, start_worker, wait_until, worker_environment

pytestmark = pytest.mark.django_db(transaction=True)


def ask(owner, conversation, prompt="hi"):
    data = {"prompt": prompt, "conversationId": str(conversation.pk)}
    return add_job("chat", "chat_bot_interaction", data, owner)


def fresh(job):
    return Job.objects.get(pk=job.pk)


@contextmanager
def pool(size):
    """`manage.py rqworker-pool chat`."""
    command = [sys.executable, "manage.py", "rqworker-pool", "chat", "--num-workers", str(size)]
    process = subprocess.Popen(command, cwd=ROOT, env=worker_environment(), start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(12)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_of_fifty_questions_at_once_no_more_than_five_are_asked_at_a_time(alice, model):
    model.seconds = 0.2
    talks = Conversation.objects.bulk_create(Conversation(owner=alice) for _ in range(5))
    jobs = [ask(alice, talks[number % 5], f"question {number}") for number in range(50)]
    chat = Job.objects.filter(queue="chat")  # nobody works on "audit" here
    with pool(6):
        wait_until(lambda: not chat.filter(status__in=("queued", "active")).exists(), seconds=90)
    assert set(chat.values_list("status", "attempts")) == {("completed", 1)}
    assert model.most_at_once == 5
    assert sorted(model.prompts()) == sorted(job.payload["prompt"] for job in jobs)
    for talk in talks:
        said = list(talk.messages.order_by("position").values_list("role", "content"))
        prompts = [job.payload["prompt"] for job in jobs if job.payload["conversationId"] == str(talk.pk)]
        assert [content for role, content in said if role == "user"] == prompts
        assert [role for role, _ in said] == ["user", "assistant"] * 10


def test_kill_9_during_a_call_costs_one_more_call_and_stores_one_reply(alice, conversation, model):
    model.seconds = 1.0
    job = ask(alice, conversation)
    with running_worker(queues=("chat",)) as process:
        wait_until(lambda: model.at_once)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running_worker(queues=("chat",)):
        wait_until(lambda: fresh(job).status == "completed")
    assert (fresh(job).crashes, fresh(job).attempts, len(model.asked)) == (1, 1, 2)
    assert list(conversation.messages.order_by("position").values_list("role", flat=True)) == ["user", "assistant"]
    assert Message.objects.count() == 2


def test_a_model_that_asks_to_wait_for_two_seconds_is_left_alone_for_two_seconds(alice, conversation, model):
    def busy(handler):
        model.way = None
        handler.send_json(429, {"error": {"message": "busy"}}, Retry_After="2")

    model.way = busy
    job = ask(alice, conversation)
    with running_worker(queues=("chat",)):
        wait_until(lambda: fresh(job).status == "completed")
    first, second = model.times
    assert 2 <= second - first < 6
    assert (fresh(job).attempts, fresh(job).result["usedFallback"]) == (1, False)


def test_sigterm_during_a_call_gives_the_question_back(alice, conversation, model, settings):
    model.seconds = 60
    job = ask(alice, conversation)
    with running_worker(queues=("chat",)) as process:
        wait_until(lambda: model.at_once)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 10
    assert fresh(job).crashes == 0
    assert fresh(job).status in ("queued", "completed")


def test_burst_answers_all_questions_that_wait_and_ends(alice, conversation, model):
    model.seconds = 0.2
    jobs = [ask(alice, conversation, f"question {number}") for number in range(3)]
    assert start_worker("--burst", queues=("chat",)).wait(30) == 0
    assert [fresh(job).status for job in jobs] == ["completed"] * 3
