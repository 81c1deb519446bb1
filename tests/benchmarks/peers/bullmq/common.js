// Connections from the environment, the queue as the replaced system configured it, and the work of one job.
const { Pool } = require("pg");
const Redis = require("ioredis");
const { Queue } = require("bullmq");

const NAME = "database";
const PREFIX = "bench";

// Three attempts, exponential backoff from 2 s; Redis keeps the last 50 that succeeded and 100 that failed.
const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: "exponential", delay: 2000 },
  removeOnComplete: 50,
  removeOnFail: 100,
};

const redis = () => new Redis(process.env.BENCH_REDIS_URL, { maxRetriesPerRequest: null });
const postgres = (max) => new Pool({ connectionString: process.env.BENCH_DATABASE_URL, max });
const queue = () => new Queue(NAME, { connection: redis(), prefix: PREFIX, defaultJobOptions: JOB_OPTIONS });

// Check the owner and touch the conversation, insert the message; one transaction.
async function saveMessage(pool, data) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const touched = await client.query(
      "UPDATE bench_peer.conversation SET updated_at = now() WHERE id = $1 AND user_id = $2",
      [data.conversationId, data.userId]);
    if (touched.rowCount === 0) throw new Error("no such conversation of this user");
    const { rows } = await client.query(
      `INSERT INTO bench_peer.message (conversation_id, user_id, role, content, personality_mode)
       VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [data.conversationId, data.userId, data.role, data.content, data.personalityMode ?? null]);
    await client.query("COMMIT");
    return { success: true, messageId: rows[0].id, savedAt: new Date().toISOString() };
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

// The same payloads as tests/benchmarks/messages.py makes: 100 conversations of 100 users.
function message(n) {
  const owner = (n % 100) + 1;
  const content = `${"hello world ".repeat(10)}#${n}`;
  return { conversationId: owner, userId: owner, role: "user", content, personalityMode: "helpful" };
}

// Answers each line of standard input, a JSON object, with a line; ends when the input does.
function serve(answer) {
  const lines = require("readline").createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    try {
      console.log(JSON.stringify(await answer(JSON.parse(line))));
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  });
  lines.on("close", () => process.exit(0));
}

module.exports = { NAME, PREFIX, redis, postgres, queue, saveMessage, message, serve };
