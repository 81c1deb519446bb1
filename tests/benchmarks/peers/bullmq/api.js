// POST /api/chat/messages: checks a JWT, validates, enqueues. Usage: node api.js <port> <processes>
// Prints one line of JSON with the tokens of the 100 users once it listens.
const cluster = require("cluster");
const express = require("express");
const jwt = require("jsonwebtoken");
const { z } = require("zod");
const { queue } = require("./common");

const SECRET = "for the benchmark only";
const [port, processes] = process.argv.slice(2).map(Number);

const SaveMessage = z.strictObject({
  conversationId: z.string().min(1),
  message: z.strictObject({
    role: z.enum(["user", "assistant"]),
    content: z.string().trim().min(1).max(4000),
    personalityMode: z.enum(["helpful", "creative", "professional", "casual"]).optional(),
  }),
});

function authenticate(req, res, next) {
  try {
    req.user = jwt.verify((req.headers.authorization ?? "").replace("Bearer ", ""), SECRET);
  } catch {
    return res.status(401).json({ error: "unauthorized" });
  }
  return next();
}

function listen(ready) {
  const jobs = queue();
  const app = express();
  app.use(express.json());
  app.use(authenticate);
  app.post("/api/chat/messages", async (req, res) => {
    const body = SaveMessage.safeParse(req.body);
    if (!body.success) return res.status(400).json({ error: "invalid_input", details: body.error.issues });
    const { conversationId, message } = body.data;
    const job = await jobs.add("save_message", { conversationId, userId: req.user.id, ...message });
    return res.status(202).json({ ok: true, jobId: job.id, status: "queued" });
  });
  app.listen(port, "127.0.0.1", ready);
}

function tell() {
  const tokens = Array.from({ length: 100 }, (_, n) => jwt.sign({ id: n + 1 }, SECRET));
  console.log(JSON.stringify({ tokens }));
}

if (processes === 1) {
  listen(tell);
} else if (cluster.isPrimary) {
  let listening = 0;
  for (let n = 0; n < processes; n++) cluster.fork();
  cluster.on("listening", () => { if (++listening === processes) tell(); });
  process.on("SIGTERM", () => process.exit(0));
} else {
  process.on("disconnect", () => process.exit(0));
  listen(() => {});
}
