"""Paths of the accounts, below /api/users/."""

from django.urls import path

from slimy.accounts.views import MeView

urlpatterns = [path("me", MeView.as_view())]
