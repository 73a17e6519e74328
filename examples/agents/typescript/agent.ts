// An agent framework in small: it tells the story of examples/agents/grpc in TypeScript, which Node 22 runs as it is.
//
//   npm ci --ignore-scripts
//   node agent.ts --socket STATE/agents/grpc.sock --token-file team.token
//
// It ends with status 1 at the first answer that it did not expect.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { Argus, refusal } from "./argus.ts";

const own = ""; // the principal's own context
const [readDB, recall, mail] = ["s__read-db", "s__recall", "s__send-email"];
const letter = { to: "someone@mail.example", subject: "news", body: "all is well" };

// rating is all that a child may tell: one of two words, or nothing, which is two bits.
const rating = { type: "object", properties: { rating: { enum: ["good", "bad"] } }, required: ["rating"], additionalProperties: false };

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

async function readBelow(argus: Argus) {
  const chief = await argus.delegate(own, 4, rating);
  const reader = await argus.delegate(chief, 0);
  const secret = await argus.call(reader, readDB, {});
  console.log("the reader read the database");
  await argus.transition("ReturnUnendorsed", { context: reader, value: json(secret) });
  await argus.next(chief, reader);
  const { rule, sentence, reference } = await refusal(argus.call(chief, mail, letter));
  assert.equal(rule, "2a");
  console.log(`its chief may not send any more: rule ${rule}, ${sentence} Reference ${reference}`);
  const { returned } = await argus.transition("ReturnEndorsed", { context: chief, value: json({ rating: "good" }) });
  assert.deepEqual(await argus.next(own, chief), { rating: "good" });
  assert.equal(returned?.exposure.level, "public");
  console.log(`it told its parent one word, for ${returned.spent} bits`);
}

async function revokeMidCall(argus: Argus) {
  const child = await argus.delegate(own, 0);
  const ended = assert.rejects(argus.call(child, recall, { delay_ms: 9000 }));
  await argus.started(child);
  const { revoked } = await argus.transition("Revoke", { child });
  assert.equal(revoked?.settling, 1);
  await ended;
  console.log("a child was ended in the middle of its call");
}

const { values } = parseArgs({ options: { socket: { type: "string" }, "token-file": { type: "string" } } });
const { socket, "token-file": file } = values;
assert(socket && file, "--socket and --token-file are needed");
const argus = new Argus(socket, readFileSync(file, "utf8").trim());
try {
  const names = await argus.list(own);
  for (const name of [readDB, recall, mail]) assert(names.includes(name), `${name} is not among the tools`);
  console.log(`${names.length} tools may be called`);
  await readBelow(argus);
  await revokeMidCall(argus);
  await argus.call(own, mail, letter);
  console.log("the principal's own agent sent a letter");
} finally {
  argus.close();
}
