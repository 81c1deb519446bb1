"""What the zoo's jobs leave behind."""

from django.db import models


class Probe(models.Model):
    """One row for each time a job took effect; no unique constraint, so that a second time would show."""

    job_id = models.UUIDField()
    note = models.TextField(blank=True)


class Parent(models.Model):
    """Something to refer to."""


class Child(models.Model):
    """Refers to a parent by a foreign key that Django checks only at the end of the transaction."""

    parent = models.ForeignKey(Parent, models.CASCADE)
