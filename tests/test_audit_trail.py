"""Who did what is in the trail: by the API, in the admin, by commands, at the door."""

import time

import pytest
from django.core.management import call_command
from django.test import Client
from knox.models import AuthToken

from guilds.models import Role
from slimy.accounts.models import User
from slimy.audit import middleware
from slimy.audit.middleware import Budget
from slimy.audit.models import Event
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import GUILD

pytestmark = pytest.mark.django_db(transaction=True)

CONVERSATIONS = "/api/chat/conversations"
MESSAGES = "/api/chat/messages"
SETTINGS = f"/api/guilds/{GUILD}/settings"


@pytest.fixture(autouse=True)
def many_refusals(monkeypatch):
    for module in ("middleware", "sign_ins"):
        monkeypatch.setattr(f"slimy.audit.{module}.refusals", Budget(1000))


@pytest.fixture
def events(work):
    """The events of an action, oldest first."""

    def found(action=None):
        work()
        events = Event.objects.order_by("id")
        return list(events.filter(action=action) if action else events)

    return found


class TestTheApi:
    def test_a_job_that_was_asked_for(self, alice, api, events):
        answer = api(alice).post(CONVERSATIONS, {"title": "Hi"}, HTTP_X_REQUEST_ID="r-7")
        (event,) = events()
        assert (event.action, event.outcome, event.actor_name) == ("create_conversation", "accepted", "alice")
        assert event.resource == f"jobs.job/{answer.json()['jobId']}"
        assert (event.request_id, event.ip, event.details) == ("r-7", "127.0.0.1", {"title": "Hi"})

    def test_the_same_request_again_is_nothing_new(self, alice, api, events):
        for _ in range(2):
            api(alice).post(CONVERSATIONS, {"title": "Hi"}, HTTP_IDEMPOTENCY_KEY="k")
        assert len(events()) == 1

    @pytest.mark.parametrize("audited", [False, True])
    def test_messages_when_the_operator_wants_it(self, alice, api, conversation, settings, events, audited):
        settings.AUDIT_MESSAGES = audited
        message = {"conversationId": str(conversation.pk), "message": {"role": "user", "content": "secret"}}
        assert api(alice).post(MESSAGES, message).status_code == 202
        found = events()
        assert [event.action for event in found] == ["save_message"] * audited
        assert "secret" not in str([event.details for event in found])
        assert Job.objects.filter(type="save_message", owner=alice).exclude(request_id="").exists()

    def test_a_change_of_settings_with_what_was_before_and_after(self, alice, joined, api, events):
        client = api(joined(alice, Role.ADMIN))
        client.patch(SETTINGS, {"sheetTab": "May"})
        client.patch(SETTINGS, {"sheetTab": "June"})
        _, event = events("guilds.settings.change")
        assert (event.details["before"], event.details["after"]) == ({"sheet_tab": "May"}, {"sheet_tab": "June"})
        assert event.resource == f"guilds.guild/{GUILD}"
        assert len(events()) == 2

    @pytest.mark.parametrize(
        ("method", "path", "body", "status", "error"),
        [
            ("patch", SETTINGS, {"sheetTab": "x"}, 403, "not_in_guild"),
            (
                "patch",
                f"{CONVERSATIONS}/019e7b3c-5d2a-7c41-9e0f-3b6a8d1f2c4e",
                {"title": "x"},
                404,
                "conversation_not_found",
            ),
            ("delete", "/api/chat/db-jobs/019e7b3c-5d2a-7c41-9e0f-3b6a8d1f2c4e", None, 404, "job_not_found"),
        ],
    )
    def test_what_was_refused(self, alice, guild, api, events, method, path, body, status, error):
        assert getattr(api(alice), method)(path, body).status_code == status
        (event,) = events()
        assert (event.outcome, event.actor_name, event.resource) == ("refused", "alice", path)
        assert event.details == {"status": status, "error": error}
        assert event.action.startswith(f"{method.upper()} api/")

    def test_a_stranger_without_a_token(self, api, events):
        assert api(None).post(MESSAGES, {}).status_code == 401
        (event,) = events()
        assert (event.outcome, event.actor_id, event.action) == ("refused", None, "POST api/chat/messages")

    def test_what_could_not_be_understood_is_not_in_it(self, alice, api, events):
        assert api(alice).post(CONVERSATIONS, {"title": 5}).status_code == 400
        assert api(alice).get(CONVERSATIONS).status_code == 200
        assert events() == []

    def test_cancelling_and_coming_too_late(self, alice, api, events):
        job = add_job("database", "zoo", {"how": "complete"}, alice)
        path = f"/api/chat/db-jobs/{job.pk}"
        assert [api(alice).delete(path).status_code for _ in range(2)] == [200, 409]
        done, late = events()
        assert (done.action, done.outcome, done.resource) == ("job.cancel", "success", f"jobs.job/{job.pk}")
        assert (late.outcome, late.details["error"]) == ("refused", "job_not_waiting")

    def test_only_so_many_refusals_a_second_are_written(self, api, events, monkeypatch):
        monkeypatch.setattr(middleware, "refusals", Budget(3))
        for _ in range(8):
            api(None).post(MESSAGES, {})
        assert len(events()) == 3

    def test_a_trail_that_fails_does_not_fail_the_request(self, alice, joined, api, monkeypatch):
        def broken(*args, **more):
            raise RuntimeError

        monkeypatch.setattr("slimy.audit.record._accept", broken)
        assert api(alice).post(CONVERSATIONS, {"title": "Hi"}).status_code == 202
        assert api(joined(alice, Role.ADMIN)).patch(SETTINGS, {"sheetTab": "x"}).status_code == 200


class TestTheAdmin:
    @pytest.fixture
    def root(self):
        User.objects.create_superuser("root", password="a long password")
        client = Client()
        assert client.login(username="root", password="a long password")
        return client

    def test_a_change_with_what_was_before_and_after(self, root, alice, events):
        page = f"/admin/accounts/user/{alice.pk}/change/"
        form = root.get(page).context["adminform"].form
        data = {name: value for name, value in form.initial.items() if isinstance(value, (str, bool, int)) and value}
        assert (
            root.post(
                page, data | {"email": "a@example.com", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
            ).status_code
            == 302
        )
        (event,) = events("accounts.user.change")
        assert (event.actor_name, event.resource) == ("root", f"accounts.user/{alice.pk}")
        assert (event.details["before"]["email"], event.details["after"]["email"]) == ("", "a@example.com")
        assert event.request_id

    def test_passwords_are_not_in_it(self, root, events):
        password = "correct horse battery"
        root.post(
            "/admin/accounts/user/add/",
            {"username": "dora", "usable_password": "true", "password1": password, "password2": password},
        )
        (event,) = events("accounts.user.add")
        assert event.details["after"]["username"] == "dora"
        assert password not in str(event.details)

    def test_a_deletion(self, root, alice, conversation, events):
        root.post(f"/admin/chat/conversation/{conversation.pk}/delete/", {"post": "yes"})
        (event,) = events("chat.conversation.delete")
        assert event.resource == f"chat.conversation/{conversation.pk}"

    def test_retrying_many_jobs(self, root, alice, events):
        jobs = [add_job("database", "zoo", {"how": "refused"}, alice) for _ in range(3)]
        events()
        ids = [str(job.pk) for job in jobs]
        root.post("/admin/jobs/job/", {"action": "retry_selected", "_selected_action": ids, "post": "yes"})
        retried = [event for event in events("jobs.job.change") if "put back" in event.details["message"].lower()]
        assert {event.resource for event in retried} == {f"jobs.job/{pk}" for pk in ids}

    def test_tokens(self, root, alice, events):
        root.post(f"/admin/accounts/user/{alice.pk}/tokens/add/", {"days": 5})
        token = AuthToken.objects.get(user=alice)
        root.post(f"/admin/accounts/user/{alice.pk}/tokens/{token.token_key}/revoke/", {"post": "yes"})
        made, revoked = [events(f"token.{verb}")[0] for verb in ("create", "revoke")]
        assert made.details == revoked.details == {"tokens": [token.token_key], "owner": "alice"}
        assert made.actor_name == "root"

    def test_signing_in_and_out_and_failing_to(self, events):
        User.objects.create_superuser("root", password="a long password")
        client = Client()
        for name, password in (("root", "wrong"), ("hunter2", "oops"), ("root", "a long password")):
            client.post("/admin/login/", {"username": name, "password": password})
        client.post("/admin/logout/")
        failed, stranger, came, went = events()
        assert (failed.action, failed.outcome, failed.details) == ("sign_in", "failed", {"known": True})
        assert (stranger.details, stranger.resource) == ({"known": False}, "")
        assert (came.outcome, came.actor_name, went.action) == ("success", "root", "sign_out")
        assert "hunter2" not in str([vars(event) for event in (failed, stranger)])


class TestCommands:
    def test_tokens(self, alice, events, capsys):
        call_command("apitoken", "alice")
        call_command("apitoken", "alice", revoke="")
        assert [event.action for event in events()] == ["token.create", "token.revoke"]

    def test_pruning_jobs(self, alice, work, events, settings):
        settings.JOBS = {**settings.JOBS, "KEEP_COMPLETED": 0}
        add_job("database", "zoo", {"how": "complete"}, alice)
        work()
        time.sleep(0.01)
        Job.objects.update(finished_at="2020-01-01T00:00:00Z", started_at="2020-01-01T00:00:00Z")
        call_command("prune_jobs")
        (event,) = events("jobs.prune")
        assert event.details == {"database completed": 1, "by": "manage.py prune_jobs"}
