"""The audit trail as a Django app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Events, the job that writes them, and what staff see of them."""

    name = "slimy.audit"
    label = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        """Listen to what Django does by itself."""
        from slimy.audit.log_entries import audit_log_entries
        from slimy.audit.sign_ins import audit_sign_ins

        audit_log_entries()
        audit_sign_ins()
