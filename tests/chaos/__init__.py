"""The chaos suite: real workers, web server, PostgreSQL and Valkey, broken on purpose. `make chaos` runs it.

Read in this order: `house` (servers, and what the processes are told) → `crew`, `web` (the processes) → `load`,
`client` (who asks for jobs; `acceptance` logs every 202) → `invariants` (what must hold, by SQL) → `world` (all of
that, for one experiment) → `experiments/` → `run`, `lane` (one after the other, in two lanes).
"""
