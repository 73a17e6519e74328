// An agent that is told its task on standard input and tells on standard output what it did. Its credential is in the task, where nobody else
// can read it.
import * as chat from './chat.mjs';
import * as messages from './messages.mjs';
import * as responses from './responses.mjs';
import { Hands } from './tools.mjs';

let text = '';
for await (const piece of process.stdin) text += piece;
const task = JSON.parse(text);
const hands = new Hands(task);
const report = { said: [], error: null };
try {
  report.said = await { chat, messages, responses }[task.api][task.helper](task, hands);
} catch (error) {
  report.error = { kind: error.constructor.name, status: error.status ?? 0, message: String(error.message) };
}
console.log(JSON.stringify({ ...report, calls: hands.calls, posted: hands.posted, last: hands.last }));
