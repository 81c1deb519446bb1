"""What PostgreSQL says of itself: tables, indexes, sessions, statements. Each question may take PATIENCE, no longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error as DatabaseError

from slimy.database.statements import shape_of
from slimy.sql import Row, one, query, tx

PATIENCE = "3s"
SHOWN = 200  # tables, indexes, statements

_SERVER = """
SELECT current_setting('server_version') AS version, pg_postmaster_start_time() AS since,
       pg_database_size(current_database()) AS size, current_setting('max_connections')::int AS most,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
       d.xact_commit AS commits, d.xact_rollback AS rollbacks, d.deadlocks, d.temp_bytes,
       round(100.0 * d.blks_hit / nullif(d.blks_hit + d.blks_read, 0), 2) AS cache_hits
  FROM pg_stat_database d WHERE d.datname = current_database()"""

_TABLES = """
SELECT s.relname AS name, pg_total_relation_size(s.relid) AS total, pg_table_size(s.relid) AS heap,
       pg_indexes_size(s.relid) AS indexes, s.n_live_tup AS live, s.n_dead_tup AS dead,
       round(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 1) AS dead_percent,
       s.seq_scan, s.seq_tup_read, coalesce(s.idx_scan, 0) AS idx_scan,
       greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed, greatest(s.last_analyze, s.last_autoanalyze) AS analyzed
  FROM pg_stat_user_tables s ORDER BY total DESC, name LIMIT %(shown)s"""

_INDEXES = """
SELECT s.relname AS table, s.indexrelname AS name, pg_relation_size(s.indexrelid) AS size, s.idx_scan AS scans,
       s.last_idx_scan AS last_used, i.indisunique AS is_unique, i.indisvalid AS is_valid
  FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
 ORDER BY size DESC, name LIMIT %(shown)s"""

_SESSIONS = """
SELECT coalesce(nullif(application_name, ''), '-') AS application, coalesce(state, 'other') AS state, count(*) AS count,
       max(clock_timestamp() - xact_start) AS longest_transaction
  FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
 GROUP BY 1, 2 ORDER BY count DESC, 1, 2 LIMIT %(shown)s"""

_RUNNING = """
SELECT pid, coalesce(nullif(application_name, ''), '-') AS application, state, clock_timestamp() - query_start AS runs,
       clock_timestamp() - xact_start AS transaction, concat_ws(': ', wait_event_type, wait_event) AS waits,
       array_to_string(pg_blocking_pids(pid), ', ') AS blocked_by, query
  FROM pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
   AND state NOT IN ('idle', 'disabled') ORDER BY query_start LIMIT 10"""

_HAS_STATEMENTS = "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"
_STATEMENTS = """
SELECT calls, total_exec_time AS total_ms, mean_exec_time AS mean_ms, max_exec_time AS max_ms, rows, query
  FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
 ORDER BY total_exec_time DESC LIMIT %(shown)s"""


@dataclass(frozen=True)
class Section:
    """The rows of a question, or why there are none."""

    rows: list[Row]
    problem: str = ""


def server() -> Section:
    """One row: version, since, size, most, used, commits, rollbacks, deadlocks, temp_bytes, cache_hits (percent)."""
    return _asked(lambda: [row] if (row := one(_SERVER)) else [])


def tables() -> Section:
    """The largest tables: sizes in bytes, rows that live and are dead, scans, when last vacuumed and analysed."""
    return _asked(lambda: query(_TABLES, {"shown": SHOWN}))


def indexes() -> Section:
    """The largest indexes: size in bytes, scans, when last used, whether unique and valid."""
    return _asked(lambda: query(_INDEXES, {"shown": SHOWN}))


def sessions() -> Section:
    """Connections by application and state."""
    return _asked(lambda: query(_SESSIONS, {"shown": SHOWN}))


def running() -> Section:
    """The statements that have run longest, without their literals."""
    return _asked(lambda: [{**row, "query": shape_of(row["query"])} for row in query(_RUNNING)])


def statements() -> Section:
    """Where the time went, as pg_stat_statements counts it; where that isn't installed, how to have it."""
    if not _asked(lambda: query(_HAS_STATEMENTS)).rows:
        return Section([], "Not installed: add pg_stat_statements to shared_preload_libraries and CREATE EXTENSION it.")
    found = _asked(lambda: query(_STATEMENTS, {"shown": SHOWN}))
    return Section([{**row, "query": shape_of(row["query"])} for row in found.rows], found.problem)


def _asked(question: Callable[[], list[Row]]) -> Section:
    try:
        with tx():
            query("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
            return Section(question())
    except DatabaseError as error:
        return Section([], f"PostgreSQL says: {str(error).splitlines()[0]}")
