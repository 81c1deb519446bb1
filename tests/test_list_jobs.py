"""GET /api/chat/db-jobs, and POST to it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import assert_problem, users_jobs

PATH = "/api/chat/db-jobs"
pytestmark = pytest.mark.usefixtures("rings")


def ids(response):
    assert response.status_code == 200, response.content
    return [job["jobId"] for job in response.json()["jobs"]]


def one_of_each(owner):
    """A job for each status that can be shown, by that status."""
    now = timezone.now()
    more = {
        "queued": {},
        "delayed": {"status": "queued", "attempts": 1, "available_at": now + timedelta(minutes=1)},
        "active": {"claim": "01a208f2-79bf-708c-ab1c-4e0138b27d4e"},
        "completed": {"finished_at": now, "result": {"secret": True}},
        "failed": {"finished_at": now},
        "cancelled": {"finished_at": now},
    }
    return {
        shown: Job.objects.create(
            queue="database", type="get_conversations", payload={}, owner=owner, **{"status": shown, **fields}
        )
        for shown, fields in more.items()
    }


def test_it_shows_the_callers_jobs_newest_first(api, alice, bob):
    first = add_job("database", "get_conversations", {}, alice)
    add_job("database", "get_conversations", {}, bob)
    second = add_job("database", "create_conversation", {}, alice)
    assert ids(api(alice).get(PATH)) == [str(second.pk), str(first.pk)]


def test_it_filters_by_the_status_that_is_shown(api, alice):
    jobs, client = one_of_each(alice), api(alice)
    for shown, job in jobs.items():
        answer = client.get(f"{PATH}?status={shown}")
        assert ids(answer) == [str(job.pk)]
        assert answer.json()["jobs"][0]["status"] == shown


def test_it_filters_by_type(api, alice):
    job = add_job("database", "create_conversation", {}, alice)
    add_job("database", "get_conversations", {}, alice)
    assert ids(api(alice).get(f"{PATH}?type=create_conversation")) == [str(job.pk)]
    assert ids(api(alice).get(f"{PATH}?type=nothing")) == []


def test_it_leaves_results_out(api, alice):
    one_of_each(alice)
    response = api(alice).get(PATH)
    assert b"secret" not in response.content
    assert "ok" not in response.json()["jobs"][0]


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_show_each_job_once(api, alice, limit):
    jobs = [str(add_job("database", "get_conversations", {}, alice).pk) for _ in range(5)]
    client, found, cursor = api(alice), [], ""
    while cursor is not None:
        page = client.get(f"{PATH}?limit={limit}{cursor and f'&cursor={cursor}'}")
        found += ids(page)
        cursor = page.json()["nextCursor"]
    assert found == jobs[::-1]


@pytest.mark.parametrize("count", [0, 30])
def test_it_takes_two_statements_however_many_there_are(api, alice, django_assert_num_queries, count):
    for _ in range(count):
        add_job("database", "get_conversations", {}, alice)
    client = api(alice)
    with django_assert_num_queries(2):  # who asks, and the page
        assert len(ids(client.get(f"{PATH}?limit=100"))) == count


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status"),
        ("status=", "status"),
        ("status=queued&status=failed", "status"),
        ("type=" + "x" * 65, "type"),
        ("type=%00", "type"),
        ("cursor=1", "cursor"),
        ("limit=0", "limit"),
        ("owner=1", "owner"),
        ("format=xml", "format"),
    ],
)
def test_bad_queries_are_refused(api, alice, query, field):
    assert_problem(api(alice).get(f"{PATH}?{query}"), 400, "invalid_input", field)


def test_a_job_of_any_type_can_be_posted(api, alice, work):
    client = api(alice)
    accepted = client.post(PATH, {"type": "create_conversation", "data": {"title": "Sim power"}})
    assert accepted.status_code == 202
    assert "conversationId" not in accepted.json()
    work()
    assert client.get(accepted["Location"]).json()["result"]["conversationId"] == accepted.json()["jobId"]


@pytest.mark.parametrize("how", ["get_messages", "save_message", "save_messages", "update_conversation"])
def test_no_type_reaches_somebody_elses_conversation(api, bob, conversation, how):
    hello = {"role": "user", "content": "hello"}
    more = {
        "save_message": {"message": hello},
        "save_messages": {"messages": [hello]},
        "update_conversation": {"title": "mine"},
    }
    data = {"conversationId": str(conversation.pk), **more.get(how, {})}
    assert_problem(api(bob).post(PATH, {"type": how, "data": data}), 404, "conversation_not_found")
    assert not users_jobs().exists()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"data": {}}, "invalid_input", ["type"]),
        ({"type": "get_conversations"}, "invalid_input", ["data"]),
        ({"type": 1, "data": {}}, "invalid_input", ["type"]),
        ({"type": "a\0", "data": {}}, "invalid_input", ["type"]),
        ({"type": "x" * 65, "data": {}}, "invalid_input", ["type"]),
        ({"type": "get_conversations", "data": []}, "invalid_input", ["data"]),
        ({"type": "get_conversations", "data": {}, "owner": 1}, "invalid_input", ["owner"]),
        ({"type": "get_conversations", "data": {"limit": "5"}}, "invalid_input", ["limit"]),
        ({"type": "get_conversations", "data": {"limit": 5.5}}, "invalid_input", ["limit"]),
        ({"type": "get_conversations", "data": {"limit": True}}, "invalid_input", ["limit"]),
        ({"type": "get_conversations", "data": {"limit": 10**20}}, "invalid_input", ["limit"]),
        ({"type": "get_conversations", "data": {"limit": 10**4000}}, "invalid_input", ["limit"]),
        ({"type": "get_conversations", "data": {"owner": 1}}, "invalid_input", ["owner"]),
        ({"type": "subprocess.check_output", "data": {}}, "unknown_job_type", []),
    ],
)
def test_bad_jobs_are_refused(api, alice, body, code, field):
    assert_problem(api(alice).post(PATH, body), 400, code, *field)
    assert not users_jobs().exists()
