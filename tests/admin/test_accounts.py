"""Users, power and tokens in the admin."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone
from knox.models import AuthToken

from chat.models import Conversation
from slimy.accounts.models import User
from tests.admin.conftest import signed_in, staff, text

pytestmark = pytest.mark.django_db


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
