"""Paths of the status API, below /api/chat/."""

from django.urls import path

from slimy.jobs.views import JobStatusView, JobsView

urlpatterns = [
    path("db-jobs", JobsView.as_view()),
    path("db-jobs/<str:job_id>", JobStatusView.as_view()),
]
