"""Every door to an object, at the API and in the worker: its owner gets in; others, staff and nobody don't."""

from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.test.client import MULTIPART_CONTENT

from chat.models import Conversation
from clubs.screenshots.models import Upload
from guilds.models import Guild, Membership, Role
from slimy.jobs import registry
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests import contract, routes
from tests.conftest import GUILD, assert_problem, users_jobs
from tests.reviewed import boxed
from tests.rights import ABOUT_NO_OBJECT, DOORS, NOT_ABOUT_AN_OBJECT, REFUSALS, TASKS
from tests.test_club_access import OTHER, observed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded_engine")]
SAME_AS_NOT_THERE = UUID("01a208f2-79bf-708c-ab1c-4e0138b27d4e")


@pytest.fixture
def world(alice, bob, sam, guild, joined, conversation):
    """Alice's conversation, job and guild; Bob has the same of his own; Sam may do all in the admin but one thing."""
    joined(alice, Role.ADMIN)
    observed(guild)
    others = Guild.objects.create(id=OTHER, name="Others")
    Membership.objects.create(guild=others, user=bob, role=Role.ADMIN)
    Conversation.objects.create(owner=bob)
    sam.user_permissions.set(Permission.objects.exclude(codename="add_event", content_type__app_label="audit"))
    upload = boxed(alice, [{"boxes": []}])
    job = add_job("database", "get_conversations", {}, alice, delay=60)
    return {
        "conversation_id": str(conversation.pk),
        "job_id": str(job.pk),
        "guild_id": GUILD,
        "key": "stone",
        "upload_id": upload.payload["uploadId"],
    }


def filled(sent, world):
    """What is sent, about the world's objects."""
    if isinstance(sent, dict):
        return {name: filled(value, world) for name, value in sent.items()}
    return world.get(sent[1:-1], sent) if isinstance(sent, str) and sent.startswith("{") else sent


def knock(client, door, world):
    path = door.path.format(**world) + door.query
    if callable(door.body):
        return client.generic(door.method, path, door.body(), content_type=MULTIPART_CONTENT)
    return getattr(client, door.method.lower())(path, filled(door.body, world), format="json")


def state():
    """Everything that is stored of conversations, guilds and clubs."""
    models = [model for app in ("chat", "guilds", "clubs") for model in apps.get_app_config(app).get_models()]
    return {model.__name__: sorted(map(repr, model.objects.values_list())) for model in models}


@pytest.mark.parametrize("door", DOORS, ids=str)
class TestTheDoor:
    def test_is_open_to_whose_it_is(self, door, world, api, alice):
        response = knock(api(alice), door, world)
        assert response.status_code in (200, 202), response.content

    def test_is_closed_to_others_to_staff_and_to_nobody(self, door, world, api, bob, sam):
        before, jobs = state(), sorted(users_jobs().values_list("pk", "status"))
        for who, code in zip((bob, sam, None), REFUSALS[door.about], strict=True):
            response = knock(api(who), door, world)
            assert response.json()["error"] == code, f"{who}: {response.content}"
            assert_problem(response, response.json()["status"], code)
            assert response.status_code in (401, 403, 404)
        assert (state(), sorted(users_jobs().values_list("pk", "status"))) == (before, jobs)

    def test_tells_strangers_no_more_than_of_what_is_not_there(self, door, world, api, bob):
        if door.about == "job":  # 403 against 404 is the contract; their ids can't be guessed
            return
        nowhere = {"conversation_id": str(SAME_AS_NOT_THERE), "guild_id": "887766554433221100", "key": "nobody"}
        closed, missing = (knock(api(bob), door, where).json() for where in (world, world | nowhere))
        for answer in (closed, missing):
            answer.pop("requestId")
        assert closed == missing


def put(task, owner, world):
    """A job that came into the ledger past the API's checks."""
    job_type = registry.get(task.type)
    rows = Job.objects.bulk_create(
        [Job(queue=job_type.queue, type=task.type, payload=filled(task.data, world), owner=owner, fingerprint="0" * 64)]
    )
    return rows[0].pk


@pytest.mark.parametrize("task", TASKS, ids=str)
class TestTheWorker:
    def test_refuses_a_job_in_the_name_of_others_of_staff_and_of_the_dismissed(
        self, task, world, work, model, alice, bob, sam
    ):
        jobs = {put(task, owner, world): task.refusal for owner in (bob, sam)}
        alice.__class__.objects.filter(pk=alice.pk).update(is_active=False)
        jobs[put(task, alice, world)] = "owner_gone"
        before = state()
        for pk, code in jobs.items():
            work([pk])
            job = Job.objects.get(pk=pk)
            assert (job.status, job.errors[-1]["code"], job.result) == ("failed", code, None)
        assert state() == before
        assert not model.asked

    def test_refuses_a_job_in_nobodys_name(self, task, world, work, model):
        before, pk = state(), put(task, None, world)
        work([pk])
        job = Job.objects.get(pk=pk)
        assert (job.status, job.errors[-1]["code"]) == ("failed", "owner_gone")
        assert state() == before

    def test_does_it_for_whose_it_is(self, task, world, work, model, alice, settings):
        settings.CHAT = {**settings.CHAT, "READ_SECONDS": 20, "TOTAL_SECONDS": 20}
        if task.type == "log_event":
            alice.user_permissions.add(Permission.objects.get(codename="add_event", content_type__app_label="audit"))
        pk = put(task, alice, world)
        work([pk])
        assert Job.objects.get(pk=pk).status == "completed", Job.objects.get(pk=pk).errors


class TestAnObjectOfAnotherGuild:
    def test_is_not_reached_through_ones_own(self, world, api, bob, work):
        member = api(bob).get(f"/api/guilds/{OTHER}/club/members/stone/history")
        assert_problem(member, 404, "member_not_found")
        task = next(task for task in TASKS if task.type == "read_club_screenshots")
        pk = put(task, bob, world | {"guild_id": OTHER})
        Job.objects.filter(pk=pk).update(payload={"guildId": OTHER, "uploadId": world["upload_id"]})
        before = list(Upload.objects.values())
        work([pk])
        assert Job.objects.get(pk=pk).errors[-1]["code"] == "upload_not_found"
        assert list(Upload.objects.values()) == before


class TestLists:
    def test_hold_nothing_of_others(self, world, api, bob, work):
        client = api(bob)
        pk = put(next(task for task in TASKS if task.type == "get_messages"), bob, world)
        own = str(Conversation.objects.get(owner=bob).pk)
        listed = client.get("/api/chat/conversations").json()["conversations"]
        assert [conversation["id"] for conversation in listed] == [own]
        assert [job["jobId"] for job in client.get("/api/chat/db-jobs").json()["jobs"]] == [str(pk)]
        assert [guild["id"] for guild in client.get("/api/guilds").json()["guilds"]] == [OTHER]
        read = add_job("database", "get_conversations", {}, bob)
        work([read.pk])
        assert [row["id"] for row in Job.objects.get(pk=read.pk).result["conversations"]] == [own]


def test_every_operation_has_a_row():
    assert {(door.method, door.path) for door in DOORS} | set(NOT_ABOUT_AN_OBJECT) == routes.operations()
    assert not routes.with_objects() & set(NOT_ABOUT_AN_OBJECT)


def test_every_operation_is_documented():
    documented = {(method, path) for method, path, _ in contract.operations()}
    assert routes.operations() - documented == {("GET", "/api/schema"), ("GET", "/api/docs")}
    assert documented <= routes.operations()


def test_every_type_of_job_has_a_row():
    types = {name for name in registry.names() if not registry.get(name).perform.__module__.startswith("tests.")}
    assert {task.type for task in TASKS} | set(ABOUT_NO_OBJECT) == types
    for name in ABOUT_NO_OBJECT:
        assert registry.get(name).authorise is None, f"{name} asks for rights, so it is about an object"
