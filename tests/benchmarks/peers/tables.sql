-- The tables of all peers: the same columns as ours, keys as the replaced system had them.
DROP SCHEMA IF EXISTS bench_peer CASCADE;
CREATE SCHEMA bench_peer;
CREATE TABLE bench_peer.conversation (
  id bigserial PRIMARY KEY, user_id bigint NOT NULL, title text,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON bench_peer.conversation (user_id, updated_at);
CREATE TABLE bench_peer.message (
  id bigserial PRIMARY KEY,
  conversation_id bigint NOT NULL REFERENCES bench_peer.conversation ON DELETE CASCADE,
  user_id bigint NOT NULL, role text NOT NULL, content text NOT NULL, personality_mode text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX ON bench_peer.message (conversation_id, created_at);
INSERT INTO bench_peer.conversation (user_id, title) SELECT n, 'conversation ' || n FROM generate_series(1, 100) n;
