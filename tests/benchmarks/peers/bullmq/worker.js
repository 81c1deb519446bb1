// The worker. Usage: node worker.js <concurrency>
const { Worker } = require("bullmq");
const { NAME, PREFIX, redis, postgres, saveMessage } = require("./common");

const concurrency = Number(process.argv[2]);
const pool = postgres(concurrency);
const worker = new Worker(NAME, (job) => saveMessage(pool, job.data), { connection: redis(), prefix: PREFIX, concurrency });
worker.on("failed", (job, error) => console.error(error));
worker.on("error", (error) => console.error(error));
