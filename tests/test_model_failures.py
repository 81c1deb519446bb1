"""Whatever the language model does, a question ends in a reply: the model's, after another try, or the fallback."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from prometheus_client import REGISTRY

from chat import openai_client, provider
from chat.breaker import Breaker
from chat.models import Message
from chat.provider import Turn, Unanswered
from slimy.jobs.executor import Executor
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from slimy.stack.language_model import completion
from tests.model import NO_ANSWER, REFUSED

ASK = [Turn("user", "hi")]


@pytest.fixture
def ask(alice, conversation):
    """`ask()` accepts a question; `ask(job)` executes it once, whenever it is due, and returns it as it is then."""

    def step(job: Job | None = None) -> Job:
        if job is None:
            return add_job(
                "chat", "chat_bot_interaction", {"prompt": "hi", "conversationId": str(conversation.pk)}, alice
            )
        Job.objects.filter(pk=job.pk).update(available_at=job.created_at)
        Executor("test", ["chat"]).execute([job.pk])
        return Job.objects.get(pk=job.pk)

    return step


def busy(seconds, status=429):
    return lambda handler: handler.send_json(status, {"error": {"message": "busy"}}, Retry_After=str(seconds))


@pytest.mark.parametrize("way", NO_ANSWER)
def test_it_is_told_what_is_wrong_within_its_limits(model, way):
    model.way, code = NO_ANSWER[way]
    began = time.monotonic()
    with pytest.raises(Unanswered) as caught:
        provider.complete(ASK)
    assert (caught.value.code, caught.value.again) == (code, True)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("way", REFUSED)
def test_a_refusal_is_final(model, way):
    model.way = lambda handler: handler.send_json(REFUSED[way], {}, Location="http://127.0.0.1:1/")
    with pytest.raises(Unanswered) as caught:
        provider.complete(ASK)
    assert (caught.value.code, caught.value.again) == ("http_4xx", False)
    assert len(model.asked) == 1


def test_a_wrong_key_is_a_refusal(model):
    model.key = "another"
    with pytest.raises(Unanswered, match="http_4xx"):
        provider.complete(ASK)


def test_a_server_that_is_not_there_is_found_out(settings, model):
    settings.CHAT = {**settings.CHAT, "BASE_URL": "http://127.0.0.1:1/v1"}
    with pytest.raises(Unanswered, match="connection"):
        provider.complete(ASK)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["reset", "no_json", "error_500", "html"])
def test_it_is_asked_three_times_and_then_the_bot_falls_back(model, ask, monkeypatch, way):
    monkeypatch.setattr(provider, "breaker", Breaker(failures=99, seconds=30))
    model.way, _ = NO_ANSWER[way]
    job = ask()
    for attempt in (1, 2):
        job = ask(job)
        assert (job.status, job.attempts, job.errors[-1]["code"]) == ("queued", attempt, "model_unavailable")
        assert 2**attempt - 0.1 < (job.ring_at - job.claimed_at).total_seconds() < 2**attempt * 1.25 + 2
    job = ask(job)
    assert (job.status, job.attempts, job.result["usedFallback"]) == ("completed", 3, True)
    assert len(model.asked) == 3
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_that_recovers_answers_in_the_end(model, ask):
    model.way = NO_ANSWER["error_500"][0]
    job = ask(ask())
    model.way = None
    job = ask(job)
    assert (job.status, job.attempts, job.result["usedFallback"]) == ("completed", 2, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_and_costs_no_attempt(model, ask, status):
    model.way = busy(2, status)
    job = ask(ask())
    assert (job.status, job.attempts, job.setbacks, job.errors[-1]["code"]) == ("queued", 0, 1, "model_busy")
    assert 1.9 < (job.available_at - job.claimed_at).total_seconds() < 4
    model.way = None
    assert ask(job).result["usedFallback"] is False


@pytest.mark.django_db(transaction=True)
def test_a_wait_that_is_too_long_for_anybody_ends_in_the_fallback_at_once(model, ask):
    model.way = busy(600)
    job = ask(ask())
    assert (job.status, job.result["usedFallback"]) == ("completed", True)


@pytest.mark.django_db(transaction=True)
def test_patience_has_an_end(model, ask, settings):
    settings.CHAT = {**settings.CHAT, "PATIENCE": 60}
    model.way = busy(5)
    job = ask(ask())
    assert job.status == "queued"
    Job.objects.filter(pk=job.pk).update(created_at=job.created_at - timedelta(seconds=57))
    assert ask(job).result["usedFallback"] is True


@pytest.mark.django_db(transaction=True)
def test_after_three_failures_in_a_row_it_is_left_alone(model, ask):
    model.way = NO_ANSWER["reset"][0]
    for _ in range(3):
        ask(ask())
    assert len(model.asked) == 3
    job = ask(ask())
    assert (job.status, job.attempts, job.result["usedFallback"]) == ("completed", 1, True)
    assert len(model.asked) == 3


def test_a_breaker_tries_again_after_its_time_and_one_success_closes_it():
    breaker = Breaker(failures=2, seconds=0.05)
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    time.sleep(0.06)
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    time.sleep(0.06)
    breaker.succeeded()
    assert breaker.allows()


def test_being_busy_opens_no_breaker(model, monkeypatch):
    model.way = busy(1)
    for _ in range(5):
        with pytest.raises(Unanswered, match="http_429"):
            provider.complete(ASK)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("2", 2),
        ("0.5", 0.5),
        ("-5", 0),
        ("1e9", 3600),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (format_datetime(datetime.now(UTC) + timedelta(hours=9), usegmt=True), 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00", None),
    ],
)
def test_retry_after_is_seconds_or_a_time(header, seconds):
    assert openai_client.retry_after(header) == seconds


def test_what_is_counted_of_tokens_is_not_believed_blindly(model):
    model.way = lambda handler: handler.send_json(200, completion("hi", prompt_tokens="many", completion_tokens=-3))
    answer = provider.complete(ASK)
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ("hi", 0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_came_of_it_is_counted(model, ask):
    def value(name, **labels):
        return REGISTRY.get_sample_value(name, labels) or 0

    def counted():
        return (
            value("slimy_chat_replies_total", outcome="answered"),
            value("slimy_chat_replies_total", outcome="http_4xx"),
            value("slimy_chat_model_errors_total", code="http_4xx"),
            value("slimy_chat_model_tokens_total", kind="prompt"),
            value("slimy_chat_model_tokens_total", kind="completion"),
            value("slimy_chat_model_seconds_count"),
        )

    before = counted()
    ask(ask())
    model.way = lambda handler: handler.send_json(400, {})
    ask(ask())
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1, 1, 12, 8, 2]
