"""Who sees which page of the admin."""

import re

import pytest
from django.test import Client
from knox.models import AuthToken

from slimy.jobs.models import Job
from tests.admin.conftest import JOBS, act, signed_in, text

pytestmark = pytest.mark.django_db


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

    assert menu(root)[0] == ("Database Processor", ["Jobs", "Queues and workers", "Database", "RQ"])
    assert ("Chat", ["Conversations", "Messages", "Guild messages"]) in menu(root)
    assert menu(root)[-1] == ("Accounts", ["Users", "Groups"])
    assert menu(vera)[0] == ("Database Processor", ["Jobs", "Queues and workers", "Database"])
    assert [app["name"] for app in root.get("/admin/").context["app_list"]] == [group for group, _ in menu(root)]


def test_the_menu_can_be_searched(root, sam):
    assert "Conversations" in text(root.get("/admin/search/?s=conv&extended=1"))
    assert "Conversations" not in text(signed_in(sam).get("/admin/search/?s=conv"))
