// The agent on @modelcontextprotocol/client, which speaks the era that the test wants.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { bearer, capabilities, play } from "./agent.mjs";

await play({
  async connect({ url, token, revision }, hears, answers) {
    const transport = new StreamableHTTPClientTransport(new URL(url), bearer(token));
    const modern = revision >= "2026";
    const client = new Client(
      { name: "real-agent", version: "1.0.0" },
      { capabilities: capabilities(answers), versionNegotiation: { mode: modern ? { pin: revision } : "legacy" } },
    );
    for (const [method, hear] of Object.entries(hears)) client.setNotificationHandler(method, hear);
    for (const [method, answer] of Object.entries(answers)) client.setRequestHandler(method, answer);
    await client.connect(transport);
    if (modern) await client.listen({ toolsListChanged: true, resourcesListChanged: true, promptsListChanged: true });
    return { client, transport, revision: client.getNegotiatedProtocolVersion() };
  },
  call: (client, params, options) => client.callTool(params, options),
  async subscribe(client, uri, modern) {
    if (modern) {
      const subscription = await client.listen({ resourceSubscriptions: [uri] });
      return () => subscription.close();
    }
    await client.subscribeResource({ uri });
    return () => client.unsubscribeResource({ uri });
  },
});
