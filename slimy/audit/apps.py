"""The audit trail as a Django app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Events, the job that writes them, and what staff see of them."""

    name = "slimy.audit"
    label = "audit"
    verbose_name = "Audit trail"
