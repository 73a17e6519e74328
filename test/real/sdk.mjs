// The agent on @modelcontextprotocol/sdk, which speaks the older era.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { bearer, capabilities, play } from "./agent.mjs";

const schemas = {
  "notifications/tools/list_changed": ToolListChangedNotificationSchema,
  "notifications/resources/list_changed": ResourceListChangedNotificationSchema,
  "notifications/prompts/list_changed": PromptListChangedNotificationSchema,
  "notifications/resources/updated": ResourceUpdatedNotificationSchema,
  "notifications/message": LoggingMessageNotificationSchema,
  "sampling/createMessage": CreateMessageRequestSchema,
  "elicitation/create": ElicitRequestSchema,
  "roots/list": ListRootsRequestSchema,
};

await play({
  async connect({ url, token, command, args }, hears, answers) {
    const transport = command
      ? new StdioClientTransport({ command, args, stderr: "inherit" })
      : new StreamableHTTPClientTransport(new URL(url), bearer(token));
    const client = new Client({ name: "real-agent", version: "1.0.0" }, { capabilities: capabilities(answers) });
    for (const [method, hear] of Object.entries(hears)) client.setNotificationHandler(schemas[method], hear);
    for (const [method, answer] of Object.entries(answers)) client.setRequestHandler(schemas[method], answer);
    await client.connect(transport);
    return { client, transport, revision: transport.protocolVersion };
  },
  // The SDK checks structured content against the output schema of the last list, as its users get it.
  call: (client, params, options) => client.callTool(params, undefined, options),
  subscribe: async (client, uri) => {
    await client.subscribeResource({ uri });
    return () => client.unsubscribeResource({ uri });
  },
});
