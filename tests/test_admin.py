"""The admin: who sees what, the two buttons on jobs, tokens, and pages that stay fast and harmless."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from chat.models import Conversation, Message
from slimy.accounts.models import User
from slimy.admin import paginator
from slimy.ids import new_id
from slimy.jobs.models import Job
from slimy.jobs.queue import add_job
from tests.conftest import test_database_url

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('boo')</script>"
VIEW = ("view_job", "view_conversation", "view_message", "view_user", "view_group", "view_authtoken")
CARE = ("add_user", "change_user", "delete_user", "add_authtoken", "delete_authtoken", "delete_conversation")
JOBS = "/admin/jobs/job/"


def staff(name, *permissions, **more):
    user = User.objects.create_user(name, is_staff=True, **more)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def signed_in(user):
    client = Client()
    client.force_login(user)
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


# --- Who sees what ------------------------------------------------------------------------------
def test_a_superuser_sees_every_page(root, pages, alice, conversation):
    more = [
        "/admin/",
        "/admin/accounts/",
        "/admin/accounts/user/add/",
        f"/admin/accounts/user/{alice.pk}/password/",
        f"/admin/accounts/user/{alice.pk}/delete/",
        f"/admin/accounts/user/{alice.pk}/tokens/add/",
        f"/admin/chat/conversation/{conversation.pk}/delete/",
        "/admin/auth/group/add/",
    ]
    for page in pages + more:
        assert root.get(page).status_code == 200, page


def test_staff_who_may_look_see_pages_without_buttons(vera, pages):
    buttons = re.compile(
        r'name="_save"|name="action"|/retry/"|/cancel/"|/delete/"|/tokens/add/|/revoke/|addlink|algorithm'
    )
    for page in pages:
        response = vera.get(page)
        assert response.status_code == 200, page
        assert not buttons.search(text(response)), page


def test_staff_who_may_look_can_do_nothing(vera, alice, failed, waiting, conversation):
    token = AuthToken.objects.create(alice)[0]
    for page in [
        f"{JOBS}{failed.pk}/retry/",
        f"{JOBS}{waiting.pk}/cancel/",
        f"{JOBS}{failed.pk}/delete/",
        f"{JOBS}add/",
        f"/admin/chat/conversation/{conversation.pk}/delete/",
        f"/admin/accounts/user/{alice.pk}/change/",
        f"/admin/accounts/user/{alice.pk}/password/",
        f"/admin/accounts/user/{alice.pk}/delete/",
        f"/admin/accounts/user/{alice.pk}/tokens/add/",
        f"/admin/accounts/user/{alice.pk}/tokens/{token.token_key}/revoke/",
        "/admin/auth/group/add/",
    ]:
        assert vera.post(page, {"post": "yes", "days": 1}).status_code == 403, page
    act(vera, "retry_selected", failed)
    act(vera, "cancel_selected", waiting)
    assert set(Job.objects.values_list("status", flat=True)) == {"failed", "queued"}


def test_staff_without_permissions_are_refused(sam, pages):
    client = signed_in(sam)
    assert client.get("/admin/").status_code == 200
    for page in pages:
        assert client.get(page).status_code == 403, page


def test_others_are_asked_to_sign_in(alice, pages):
    for client in (Client(), signed_in(alice)):
        for page in [*pages, "/admin/rq/"]:
            assert client.get(page).url.startswith("/admin/login/"), page


def test_the_menu_begins_with_jobs_and_ends_with_accounts(root, vera):
    def menu(client):
        return [(group["title"], [item["title"] for item in group["items"]]) for group in groups(client)]

    def groups(client):
        return client.get("/admin/").context["sidebar_navigation"]

    assert menu(root)[0] == ("Database Processor", ["Jobs", "RQ"])
    assert ("Chat", ["Conversations", "Messages"]) in menu(root)
    assert menu(root)[-1] == ("Accounts", ["Users", "Groups"])
    assert menu(vera)[0] == ("Database Processor", ["Jobs"])
    assert [app["name"] for app in root.get("/admin/").context["app_list"]] == [group for group, _ in menu(root)]


def test_the_menu_can_be_searched(root, sam):
    assert "Conversations" in text(root.get("/admin/search/?s=conv&extended=1"))
    assert "Conversations" not in text(signed_in(sam).get("/admin/search/?s=conv"))


# --- Jobs ---------------------------------------------------------------------------------------
def act(client, action, *jobs, **more):
    """The list's action, and the answer to its question."""
    chosen = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    asked = client.post(JOBS + "?status=failed" * (action == "retry_selected"), {**chosen, "index": 0, **more})
    if asked.status_code != 200 or "wanted" not in (asked.context or {}):
        return asked
    ids = [str(job.pk) for job in asked.context["jobs"]]
    return lambda: client.post(JOBS, {"action": action, "_selected_action": ids, "post": "yes"}, follow=True)


def test_staff_retries_a_failed_job(olga, failed):
    page = f"{JOBS}{failed.pk}/retry/"
    assert page in text(olga.get(f"{JOBS}{failed.pk}/change/"))
    assert "Retry this job?" in text(olga.get(page))
    failed.refresh_from_db()
    assert failed.status == "failed"

    assert "1 job was put back into the queue." in text(olga.post(page, follow=True))

    failed.refresh_from_db()
    assert (failed.status, failed.attempts, len(failed.errors)) == ("queued", 0, 1)
    assert [row["id"] for row in Job.objects.take_unrung(10)] == [failed.pk]
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == (
        "olga",
        str(failed.pk),
        "Put back into the queue.",
    )


def test_staff_cancels_a_waiting_job(olga, waiting):
    page = f"{JOBS}{waiting.pk}/cancel/"
    assert page in text(olga.get(f"{JOBS}{waiting.pk}/change/"))
    assert "1 job was cancelled." in text(olga.post(page, follow=True))
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    assert LogEntry.objects.get().object_id == str(waiting.pk)


def test_only_legal_buttons_are_shown_and_obeyed(olga, failed, waiting):
    assert "/cancel/" not in text(olga.get(f"{JOBS}{failed.pk}/change/"))
    assert "/retry/" not in text(olga.get(f"{JOBS}{waiting.pk}/change/"))
    assert "no longer queued" in text(olga.post(f"{JOBS}{failed.pk}/cancel/", follow=True))
    assert "no longer failed" in text(olga.get(f"{JOBS}{waiting.pk}/retry/", follow=True))
    assert not LogEntry.objects.exists()


def test_many_jobs_are_retried_and_latecomers_are_named(olga, alice, waiting):
    jobs = [failed_job(alice) for _ in range(3)]
    answer = act(olga, "retry_selected", *jobs)
    Job.objects.retry(jobs[0].pk)
    said = text(answer())
    assert "2 jobs were put back into the queue." in said
    assert "1 job was no longer failed, so left alone." in said
    assert Job.objects.filter(status="queued").count() == 4
    assert LogEntry.objects.count() == 2


def test_an_action_for_the_whole_list_takes_what_its_filters_show(olga, alice, waiting):
    jobs = [failed_job(alice) for _ in range(3)]
    answer = act(olga, "retry_selected", jobs[0], select_across=1)
    assert "3 jobs were put back" in text(answer())


def test_an_action_without_any_legal_job_says_so(olga, waiting):
    response = act(olga, "retry_selected", waiting)
    assert "None of the selected jobs is failed." in text(olga.get(response.url))


def test_actions_need_the_csrf_token(olga, failed):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = olga.cookies
    assert strict.post(f"{JOBS}{failed.pk}/retry/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_job_that_a_worker_holds_is_not_cancelled(olga, waiting):
    with psycopg.connect(test_database_url()) as worker:
        worker.execute("SELECT FROM slimy_job WHERE id = %s FOR NO KEY UPDATE", [waiting.pk])
        said = text(olga.post(f"{JOBS}{waiting.pk}/cancel/", follow=True))
    assert "1 job was being worked on just now, so left alone." in said
    waiting.refresh_from_db()
    assert waiting.status == "queued"


def test_what_clients_sent_is_escaped(root, pages):
    for page in pages:
        assert HOSTILE not in text(root.get(page)), page


def test_a_job_shows_what_it_was_asked_and_why_it_failed(vera, failed):
    page = text(vera.get(f"{JOBS}{failed.pk}/change/"))
    assert "&lt;script&gt;alert(&#x27;boo&#x27;)&lt;/script&gt;" in page
    for fact in ("Attempt 3", "2026-01-02 03:04:05.678 UTC", "internal_error", "alice"):
        assert fact in page


@pytest.mark.parametrize(
    "odd",
    [
        {"errors": ["x", None, {"at": "no time"}, {"at": "2026-13-45T00:00:00"}]},
        {"errors": {"not": "a list"}},
        {"payload": json.loads("[" * 600 + "]" * 600)},
        {"payload": {"conversationId": ["no id"]}},
        {"payload": {"conversationId": 10**400}},
        {"payload": {"conversationId": "zz"}},
        {"payload": "text", "owner": None},
    ],
)
def test_odd_jobs_can_be_looked_at(root, alice, odd):
    job = failed_job(**{"owner": alice} | odd)
    assert root.get(f"{JOBS}{job.pk}/change/").status_code == 200
    assert root.get(JOBS).status_code == 200


def test_a_job_leads_to_its_conversation(vera, alice, conversation):
    link = f"/admin/chat/conversation/{conversation.pk}/change/"
    job = failed_job(alice, payload={"conversationId": str(conversation.pk)})
    assert link in text(vera.get(f"{JOBS}{job.pk}/change/"))
    conversation.delete()
    assert link not in text(vera.get(f"{JOBS}{job.pk}/change/"))


def found(client, query):
    return {job.pk for job in client.get(JOBS + query).context["cl"].result_list}


def test_jobs_are_found(vera, alice, bob):
    mine, other = failed_job(alice, request_id=str(uuid4())), failed_job(bob, queue="audit", type="zoo")
    for query in (f"q={mine.pk}", f"q={mine.request_id}", "q=ALI", f"owner__id__exact={alice.pk}", "queue=database"):
        assert found(vera, f"?{query}") == {mine.pk}, query
    for query in (f"q={other.pk}", "queue=audit", "type=zoo"):
        assert found(vera, f"?{query}") == {other.pk}, query
    for query in ("q=", "status=failed", "q=%20", "created_at_from=nonsense", "created_at_to=9999-12-31"):
        assert found(vera, f"?{query}") == {mine.pk, other.pk}, query
    for query in (f"q={uuid4()}", "q=nobody", "status=queued", "created_at_to=0001-01-01"):
        assert found(vera, f"?{query}") == set(), query


def test_delayed_jobs_are_told_from_waiting_ones(vera, alice, waiting):
    soon = timezone.now() + timedelta(hours=1)
    delayed = failed_job(alice, status="queued", finished_at=None, attempts=1, available_at=soon)
    assert found(vera, "?status=delayed") == {delayed.pk}
    assert found(vera, "?status=queued") == {waiting.pk}


def test_jobs_are_found_by_days_both_included(vera, alice):
    day = timezone.now().replace(hour=23, minute=59, second=59)
    job = failed_job(alice, created_at=day)
    assert found(vera, f"?created_at_from={day:%Y-%m-%d}&created_at_to={day:%Y-%m-%d}") == {job.pk}
    assert found(vera, f"?created_at_from={day + timedelta(days=1):%Y-%m-%d}") == set()
    assert found(vera, f"?created_at_to={day - timedelta(days=1):%Y-%m-%d}") == set()


def test_owners_can_be_chosen_only_by_those_who_may_see_users(vera):
    assert "By owner" in text(vera.get(JOBS))
    assert "By owner" not in text(signed_in(staff("jo", "view_job")).get(JOBS))


@pytest.mark.parametrize("jobs", [1, 50])
def test_the_list_takes_as_many_statements_for_many_jobs(olga, alice, jobs, django_assert_max_num_queries):
    for _ in range(jobs):
        failed_job(alice)
    olga.get(JOBS)
    with django_assert_max_num_queries(7):
        assert len(found(olga, "")) == jobs


def test_large_lists_are_not_counted(vera, alice, monkeypatch):
    monkeypatch.setattr(paginator, "COUNTED", 2)
    for _ in range(4):
        failed_job(alice)
    assert "more than 2 jobs" in text(vera.get(f"{JOBS}?status=failed"))
    monkeypatch.setattr(paginator, "_ESTIMATE", "SELECT 1234567 AS rows WHERE %s <> ''")
    assert "about 1,234,567 jobs" in text(vera.get(JOBS))


# --- Chat ---------------------------------------------------------------------------------------
def test_a_conversation_shows_its_newest_messages(vera, conversation):
    page = text(vera.get(f"/admin/chat/conversation/{conversation.pk}/change/"))
    assert "Newest 50 of 60 messages" in page
    assert "number 59." in page
    assert "number 10." in page
    assert "number 9." not in page
    everything = f"/admin/chat/message/?conversation__id__exact={conversation.pk}"
    assert everything in page
    assert "60 messages" in text(vera.get(everything))


def test_messages_are_found(vera, conversation):
    def messages(query):
        return len(vera.get(f"/admin/chat/message/?{query}").context["cl"].result_list)

    first = conversation.messages.earliest("position")
    assert messages("q=%22number+7.%22") == 1
    assert messages(f"q=%22number+7.%22&conversation__id__exact={conversation.pk}") == 1
    assert messages(f"q={first.pk}") == 1
    assert messages(f"q={conversation.pk}") == 50
    assert messages(f"q={uuid4()}") == 0


def test_the_text_of_all_messages_is_searched_only_among_the_newest(vera, conversation, monkeypatch):
    monkeypatch.setattr("chat.admin.SEARCHED", 10)
    kept = set(conversation.messages.order_by("-id")[:10])
    response = vera.get("/admin/chat/message/?q=number")
    assert set(response.context["cl"].result_list) == kept


def test_messages_are_never_deleted_alone(root, conversation):
    message = conversation.messages.first()
    assert root.post(f"/admin/chat/message/{message.pk}/delete/", {"post": "yes"}).status_code == 403
    root.post("/admin/chat/message/", {"action": "delete_selected", "_selected_action": str(message.pk), "post": "yes"})
    assert conversation.messages.count() == 60


def test_a_conversation_is_deleted_with_its_messages(olga, conversation, django_assert_max_num_queries):
    page = f"/admin/chat/conversation/{conversation.pk}/delete/"
    with django_assert_max_num_queries(8):
        asked = text(olga.get(page))
    assert "Messages: 60" in asked
    assert "number 1." not in asked
    olga.post(page, {"post": "yes"})
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_conversations_are_deleted_together(olga, vera, alice, conversation):
    other = Conversation.objects.create(owner=alice)
    chosen = {"action": "delete_selected", "_selected_action": [str(conversation.pk), str(other.pk)]}
    vera.post("/admin/chat/conversation/", {**chosen, "post": "yes"})
    assert Conversation.objects.count() == 2
    assert "Conversations: 2" in text(olga.post("/admin/chat/conversation/", {**chosen, "index": 0}))
    olga.post("/admin/chat/conversation/", {**chosen, "post": "yes"})
    assert not Conversation.objects.exists()


# --- Accounts -----------------------------------------------------------------------------------
def change(client, user, **more):
    form = {"username": user.username, "is_active": "on", "email": "new@example.org", **more}
    return client.post(f"/admin/accounts/user/{user.pk}/change/", form)


def test_staff_looks_after_ordinary_users(olga, alice):
    assert change(olga, alice, discord_id="123456789012345678").status_code == 302
    password = {"password1": "long-enough-9", "password2": "long-enough-9", "usable_password": "true"}
    olga.post(f"/admin/accounts/user/{alice.pk}/password/", {**password, "set-password": "1"})
    alice.refresh_from_db()
    assert (alice.email, alice.discord_id, alice.check_password("long-enough-9")) == (
        "new@example.org",
        "123456789012345678",
        True,
    )
    olga.post("/admin/accounts/user/add/", {**password, "username": "newcomer", "is_staff": "on"})
    newcomer = User.objects.get(username="newcomer")
    assert (newcomer.has_usable_password(), newcomer.is_staff, newcomer.discord_id) == (True, False, None)


def test_staff_cannot_give_power(olga, alice):
    group = Group.objects.create(name="Support")
    everything = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    change(olga, alice, is_staff="on", is_superuser="on", groups=[str(group.pk)], user_permissions=everything)
    alice.refresh_from_db()
    assert alice.email == "new@example.org"
    powers = (alice.is_staff, alice.is_superuser, alice.groups.exists(), alice.user_permissions.exists())
    assert not any(powers)


def test_staff_cannot_touch_those_who_have_power(olga, sam, root):
    boss = User.objects.get(username="root")
    for user in (boss, sam, User.objects.get(username="olga")):
        page = f"/admin/accounts/user/{user.pk}"
        assert change(olga, user).status_code == 403
        assert olga.get(f"{page}/password/").status_code == 403
        assert olga.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
        assert olga.get(f"{page}/change/").status_code == 200
    assert olga.post(f"/admin/accounts/user/{boss.pk}/tokens/add/", {"days": 1}).status_code == 403
    assert root.get(f"/admin/accounts/user/{sam.pk}/password/").status_code == 200


def test_a_superuser_gives_power(root, alice):
    change(root, alice, is_staff="on")
    alice.refresh_from_db()
    assert alice.is_staff


def test_a_user_is_deleted_with_what_is_theirs(root, alice, conversation, failed):
    AuthToken.objects.create(alice)
    page = f"/admin/accounts/user/{alice.pk}/delete/"
    asked = text(root.get(page))
    assert "Conversations: 1" in asked
    assert "Auth tokens: 1" in asked
    root.post(page, {"post": "yes"})
    failed.refresh_from_db()
    assert (failed.owner, Conversation.objects.count()) == (None, 0)


def test_deleting_a_user_needs_the_permission_for_all_that_goes(alice, conversation):
    client = signed_in(staff("pat", "view_user", "delete_user"))
    assert client.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Conversation.objects.exists()


def test_a_token_is_shown_once_and_kept_as_a_hash(olga, alice, api):
    page = f"/admin/accounts/user/{alice.pk}"
    shown = olga.post(f"{page}/tokens/add/", {"days": 7})
    secret = re.search(r'<pre id="token">(\w+)</pre>', text(shown))[1]
    assert not shown.cookies.get("messages")

    token = AuthToken.objects.get()
    assert secret not in (token.digest, token.token_key)
    assert timedelta(days=6) < token.expiry - timezone.now() <= timedelta(days=7)
    client = api(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get("/api/chat/conversations").status_code == 200

    later = text(olga.get(f"{page}/change/")) + text(olga.get(f"{page}/history/")) + text(olga.get("/admin/"))
    assert token.token_key in later
    assert secret not in later
    assert token.digest not in later


def test_a_token_is_revoked_after_a_question(olga, alice):
    token, other = AuthToken.objects.create(alice)[0], AuthToken.objects.create(alice)[0]
    page = f"/admin/accounts/user/{alice.pk}/tokens/{token.token_key}/revoke/"
    assert "Revoke the token" in text(olga.get(page))
    assert AuthToken.objects.count() == 2
    assert "is revoked" in text(olga.post(page, follow=True))
    assert AuthToken.objects.get() == other
    assert "was already gone" in text(olga.post(page, follow=True))


@pytest.mark.parametrize("days", ["", "0", "3651", "x"])
def test_a_token_lives_for_a_sensible_time(olga, alice, days):
    olga.post(f"/admin/accounts/user/{alice.pk}/tokens/add/", {"days": days})
    assert not AuthToken.objects.exists()


def test_a_user_who_is_not_active_gets_no_token(olga, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    olga.post(f"/admin/accounts/user/{alice.pk}/tokens/add/", {"days": 1})
    assert not AuthToken.objects.exists()


def test_hashes_of_tokens_have_no_page(root, alice):
    token = AuthToken.objects.create(alice)[0]
    assert root.get("/admin/knox/authtoken/").status_code == 404
    assert token.digest not in text(root.get(f"/admin/accounts/user/{alice.pk}/delete/"))


@pytest.mark.parametrize("query", ["alice", "ali@example", "123456789012345678"])
def test_users_are_found(vera, alice, query):
    User.objects.filter(pk=alice.pk).update(email="ali@example.org", discord_id=123456789012345678)
    response = vera.get(f"/admin/accounts/user/?q={query}")
    assert [user.username for user in response.context["cl"].result_list] == ["alice"]


# --- RQ's own pages -----------------------------------------------------------------------------
def test_superusers_see_the_pages_of_rq(root, waiting, django_capture_on_commit_callbacks, alice):
    with django_capture_on_commit_callbacks(execute=True):
        job = add_job("database", "zoo", {"how": "complete"}, alice)
    queue = f"/admin/rq/queues/{sorted(settings.RQ_QUEUES).index('database')}"
    message = f"{job.pk}-1"
    assert message in text(root.get(f"{queue}/"))
    for page in ("/admin/rq/", "/admin/rq/stats.json", f"{queue}/details/", f"{queue}/{message}/", f"{queue}/empty/"):
        assert root.get(page).status_code == 200, page


def test_other_staff_do_not_see_the_pages_of_rq(olga):
    for page in ("/admin/rq/", "/admin/rq/stats.json", "/admin/rq/queues/0/"):
        assert olga.get(page).status_code == 403, page


def test_pages_that_are_not_there(root, failed):
    for page in (f"{JOBS}{new_id()}/change/", f"{JOBS}{new_id()}/retry/", f"{JOBS}abc/change/", f"{JOBS}abc/retry/"):
        assert root.get(page).url == "/admin/", page
