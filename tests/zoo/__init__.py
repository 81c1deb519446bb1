"""A Django app for tests only: jobs that end in every possible way."""
