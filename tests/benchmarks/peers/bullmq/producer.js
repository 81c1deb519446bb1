// Fills the queue, and measures how long one job takes from `add` on. Usage: node producer.js, then lines of JSON:
//   {"fill": 5000, "from": 0}               adds so many jobs
//   {"latency": 300, "pause": 5, "by": …}   milliseconds of each of so many jobs, one after the other: until the
//                                           effect is committed ("effect"), or until QueueEvents tells ("event")
const { QueueEvents } = require("bullmq");
const { Client } = require("pg");
const { NAME, PREFIX, redis, queue, message, serve } = require("./common");

const jobs = queue();
const events = new QueueEvents(NAME, { connection: redis(), prefix: PREFIX });
const listener = new Client({ connectionString: process.env.BENCH_DATABASE_URL });
const ready = (async () => {
  await events.waitUntilReady();
  await listener.connect();
  await listener.query("LISTEN bench");
})();

async function fill({ fill: count, from = 0 }) {
  for (let n = from; n < from + count; n += 1000) {
    const some = Array.from({ length: Math.min(1000, from + count - n) }, (_, i) => message(n + i));
    await jobs.addBulk(some.map((data) => ({ name: "save_message", data })));
  }
  return { filled: count };
}

async function latency({ latency: count, pause, by }) {
  const times = [];
  for (let n = 0; n < count; n++) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const committed = new Promise((resolve) => listener.once("notification", resolve));
    const began = process.hrtime.bigint();
    const job = await jobs.add("save_message", message(n));
    await (by === "event" ? job.waitUntilFinished(events) : committed);
    times.push(Number(process.hrtime.bigint() - began) / 1e6);
    await committed;
  }
  return { times };
}

serve(async (line) => {
  await ready;
  return "fill" in line ? fill(line) : latency(line);
});
