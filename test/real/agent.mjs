// An agent on one of the TypeScript SDKs, played by the test that started it: each line of standard input is one request
//   {"id": 1, "do": "call", "with": {...}}
// and each line of standard output the answer to one, {"id": 1, "result": ...} or {"id": 1, "error": {"code": ..., "message": ...}}.
// Requests run side by side, so that one can be cancelled by another.
import { createInterface } from "node:readline";

const logLevel = "io.modelcontextprotocol/logLevel"; // the member of _meta that says it in the newer era

// Plays until standard input ends. What differs between the SDKs is given by the one in use:
//   connect(wish, hears, answers)  resolves to {client, transport, revision}; the client gets these handlers, by method
//   call(client, params, options)
//   subscribe(client, uri, modern)  resolves to what ends the subscription
export async function play(sdk) {
  let client, transport, modern, level;
  const cancels = new Map(); // of running calls, by the name that the test gave them
  const subscriptions = new Map(); // what ends each, by its address
  const read = []; // what a model would know by now
  const heard = { tools: 0, resources: 0, prompts: 0, updated: [], logs: [], progress: [], asked: [] };

  const hears = {
    "notifications/tools/list_changed": () => void heard.tools++,
    "notifications/resources/list_changed": () => void heard.resources++,
    "notifications/prompts/list_changed": () => void heard.prompts++,
    "notifications/resources/updated": ({ params }) => void heard.updated.push(params.uri),
    "notifications/message": ({ params }) => void heard.logs.push(params),
  };
  const asked = (answer) => ({ method, params }) => {
    heard.asked.push({ method, params });
    return answer();
  };
  const answers = {
    "sampling/createMessage": asked(() => ({
      role: "assistant",
      model: "a-careless-one",
      content: { type: "text", text: "I have read: " + read.join(" | ") },
    })),
    "elicitation/create": asked(() => ({ action: "accept", content: { name: "Io of Argos", check: true, integer: 7 } })),
    "roots/list": asked(() => ({ roots: [{ uri: "file:///home/io", name: "the home of Io" }] })),
  };

  async function call({ name, arguments: args, named, progress }) {
    const cancel = new AbortController();
    if (named) cancels.set(named, cancel);
    const result = await sdk.call(
      client,
      { name, arguments: args, ...(modern && level && { _meta: { [logLevel]: level } }) },
      { signal: cancel.signal, timeout: 30_000, ...(progress && { onprogress: (step) => void heard.progress.push(step) }) },
    );
    for (const { text } of result.content) if (text) read.push(text);
    return result;
  }

  const acts = {
    // With a command the server is what that starts; with an address the token goes into a header of every request, and nowhere else.
    connect: async (wish) => {
      await client?.close();
      let revision;
      ({ client, transport, revision } = await sdk.connect(wish, hears, wish.answers ? answers : {}));
      modern = revision >= "2026";
      return {
        server: client.getServerVersion(),
        capabilities: client.getServerCapabilities(),
        instructions: client.getInstructions() ?? null,
        session: transport.sessionId,
        revision,
      };
    },
    call,
    cancel: async ({ named }) => cancels.get(named).abort("the test wants so"),
    tools: () => client.listTools(),
    resources: () => client.listResources(),
    templates: () => client.listResourceTemplates(),
    read: ({ uri }) => client.readResource({ uri }),
    prompts: () => client.listPrompts(),
    prompt: (wish) => client.getPrompt(wish),
    complete: (wish) => client.complete(wish),
    subscribe: async ({ uri }) => void subscriptions.set(uri, await sdk.subscribe(client, uri, modern)),
    unsubscribe: ({ uri }) => subscriptions.get(uri)(),
    level: async (wish) => {
      level = wish.level;
      if (!modern) await client.setLoggingLevel(level);
    },
    ping: () => client.ping(),
    heard: async () => heard,
    close: async () => {
      await transport.terminateSession?.();
      await client.close();
    },
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const { id, do: act, with: wish } = JSON.parse(line);
    Promise.resolve()
      .then(() => acts[act](wish ?? {}))
      .then(
        (result) => tell({ id, result: result ?? {} }),
        (error) => tell({ id, error: { code: Number(error.code) || 0, message: String(error.message ?? error) } }),
      );
  }
}

// How a client announces the questions that it answers.
export function capabilities(answers) {
  return Object.keys(answers).length ? { sampling: {}, elicitation: { form: {} }, roots: {} } : {};
}

// What every request over HTTP bears.
export function bearer(token) {
  return { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
}

function tell(answer) {
  process.stdout.write(JSON.stringify(answer) + "\n");
}
