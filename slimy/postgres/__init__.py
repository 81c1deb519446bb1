"""Django's PostgreSQL, but with an end to waiting for a server that has fallen silent: the ENGINE of DATABASES."""
