"""Who looks at the admin: Root may everything, Olga acts, Vera looks; and what there is to be seen."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from chat.models import Conversation, Message
from slimy.accounts import guesses
from slimy.accounts.models import User
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job

HOSTILE = "<script>alert('boo')</script>"
VIEW = ("view_job", "view_conversation", "view_message", "view_user", "view_group", "view_authtoken")
CARE = ("add_user", "change_user", "delete_user", "add_authtoken", "delete_authtoken", "delete_conversation")
JOBS = "/admin/jobs/job/"
PASSWORD = "a long word of mine"


def staff(name, *permissions, **more):
    user = User.objects.create_user(name, is_staff=True, **more)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def signed_in(user):
    client = Client()
    client.force_login(user)
    Job.objects.filter(queue="audit").delete()  # that they came in isn't what the tests look at
    return client


def text(response):
    return response.content.decode()


@pytest.fixture
def root(db):
    """May everything."""
    return signed_in(staff("root", is_superuser=True))


@pytest.fixture
def olga(db):
    """May retry and cancel."""
    return signed_in(staff("olga", *VIEW, *CARE, "retry_job", "cancel_job"))


@pytest.fixture
def vera(db):
    """May look."""
    return signed_in(staff("vera", *VIEW))


@pytest.fixture
def pat(db):
    """May nothing but sign in, with a password."""
    return staff("pat", password=PASSWORD)


@pytest.fixture
def no_guesses(monkeypatch):
    """Nobody has tried to sign in yet."""
    monkeypatch.setattr(guesses, "_local", guesses.Counter())


@pytest.fixture
def conversation(alice):
    talk = Conversation.objects.create(owner=alice, title=HOSTILE, message_count=60)
    Message.objects.bulk_create(
        Message(conversation=talk, author=alice, position=n, role="user", content=f"<b>number {n}.</b>")
        for n in range(60)
    )
    return talk


def failed_job(owner, **more):
    values = {
        "queue": "database",
        "type": "save_message",
        "payload": {"message": HOSTILE},
        "status": "failed",
        "attempts": 3,
        "finished_at": timezone.now(),
        "errors": [{"attempt": 3, "at": "2026-01-02T03:04:05.678+00:00", "code": "internal_error", "trace": HOSTILE}],
    }
    return Job.objects.create(owner=owner, **values | more)


@pytest.fixture
def failed(alice):
    return failed_job(alice)


@pytest.fixture
def waiting(alice):
    return add_job("database", "zoo", {"how": "complete"}, alice)


@pytest.fixture
def pages(alice, failed, waiting, conversation):
    """Every page that only shows."""
    AuthToken.objects.create(alice)
    return [
        JOBS,
        f"{JOBS}{failed.pk}/change/",
        f"{JOBS}{waiting.pk}/change/",
        f"{JOBS}{failed.pk}/history/",
        "/admin/chat/conversation/",
        f"/admin/chat/conversation/{conversation.pk}/change/",
        "/admin/chat/message/",
        f"/admin/chat/message/{conversation.messages.latest('id').pk}/change/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{alice.pk}/change/",
        "/admin/auth/group/",
        f"/admin/auth/group/{Group.objects.create(name='Support').pk}/change/",
    ]


def act(client, action, *jobs, **more):
    """The list's action, and the answer to its question."""
    chosen = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    asked = client.post(JOBS + "?status=failed" * (action == "retry_selected"), {**chosen, "index": 0, **more})
    if asked.status_code != 200 or "wanted" not in (asked.context or {}):
        return asked
    ids = [str(job.pk) for job in asked.context["jobs"]]
    return lambda: client.post(JOBS, {"action": action, "_selected_action": ids, "post": "yes"}, follow=True)
