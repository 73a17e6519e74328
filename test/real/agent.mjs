// An agent on the official TypeScript SDK, played by the test that started it: each line of standard input is one request
//   {"id": 1, "do": "call", "with": {...}}
// and each line of standard output the answer to one, {"id": 1, "result": ...} or {"id": 1, "error": {"code": ..., "message": ...}}.
// Requests run side by side, so that one can be cancelled by another.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

let client;
let transport;
const heard = { tools: 0, resources: 0, prompts: 0 };
const cancels = new Map(); // of running calls, by the name that the test gave them

// With a command the server is what that starts; with an address the token goes into a header of every request, and nowhere else.
async function connect({ url, token, command, args }) {
  transport = command
    ? new StdioClientTransport({ command, args, stderr: "inherit" })
    : new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } });
  client = new Client({ name: "real-agent", version: "1.0.0" });
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void heard.tools++);
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void heard.resources++);
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void heard.prompts++);
  await client.connect(transport);
  return {
    server: client.getServerVersion(),
    capabilities: client.getServerCapabilities(),
    instructions: client.getInstructions() ?? null,
    session: transport.sessionId,
    revision: transport.protocolVersion,
  };
}

// The SDK checks structured content against the output schema of the last list, as its users get it.
function call({ name, arguments: args, named }) {
  const cancel = new AbortController();
  if (named) cancels.set(named, cancel);
  return client.callTool({ name, arguments: args }, undefined, { signal: cancel.signal, timeout: 30_000 });
}

const acts = {
  connect,
  call,
  cancel: async ({ named }) => cancels.get(named).abort("the test wants so"),
  tools: () => client.listTools(),
  resources: () => client.listResources(),
  templates: () => client.listResourceTemplates(),
  read: ({ uri }) => client.readResource({ uri }),
  prompts: () => client.listPrompts(),
  prompt: (wish) => client.getPrompt(wish),
  complete: (wish) => client.complete(wish),
  subscribe: ({ uri }) => client.subscribeResource({ uri }),
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
      (error) => tell({ id, error: { code: error.code ?? 0, message: String(error.message ?? error) } }),
    );
}

function tell(answer) {
  process.stdout.write(JSON.stringify(answer) + "\n");
}
