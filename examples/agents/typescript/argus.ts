// A client of Argus: its contract is read from proto/ as it stands, and every agent is named by the id of its context.
import * as grpc from "@grpc/grpc-js";
import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { fileURLToPath } from "node:url";

const below = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const contract = loadSync(
  ["argus/agent/v1/agent.proto", "argus/agent/v1/kernel.proto", "argus/agent/v1/tools.proto", "argus/agent/v1/watch.proto", below("status.proto")],
  { includeDirs: [below("../../../proto")], longs: Number, enums: String, oneofs: true },
);
const services = grpc.loadPackageDefinition(contract) as any;

const message = <T extends object>(name: string) => contract[name] as unknown as MessageTypeDefinition<T, T>;
const status = message<{ details?: { typeUrl: string; value: Buffer }[] }>("status.Status");
const refusalType = "argus.agent.v1.Refusal";
const refusalMessage = message<Refusal>(refusalType);

// Refusal is the typed detail of a status by which a request was decided against.
export interface Refusal {
  rule: string;
  sentence: string;
  reference?: string;
}

export interface Exposure {
  level: string;
  integrity: string;
}

export interface Event {
  delegated?: { child: { context: string } };
  revoked?: { settling?: number };
  returned?: { spent?: number; exposure: Exposure };
}

export class Argus {
  readonly #kernel: grpc.Client;
  readonly #tools: grpc.Client;
  readonly #watch: grpc.Client;
  readonly #credential = new grpc.Metadata();

  // Over the socket no TLS is needed: only processes of the daemon's own user reach it.
  constructor(socket: string, token: string) {
    const { Kernel, Tools, Watch } = services.argus.agent.v1;
    const open = (service: grpc.ServiceClientConstructor) => new service(`unix:${socket}`, grpc.credentials.createInsecure());
    [this.#kernel, this.#tools, this.#watch] = [open(Kernel), open(Tools), open(Watch)];
    this.#credential.set("authorization", `Bearer ${token}`);
  }

  close() {
    for (const client of [this.#kernel, this.#tools, this.#watch]) client.close();
  }

  #ask<T>(client: grpc.Client, method: string, request: object): Promise<T> {
    return new Promise((done, failed) => {
      (client as any)[method](request, this.#credential, (error: grpc.ServiceError | null, reply: T) => (error ? failed(error) : done(reply)));
    });
  }

  // transition asks the kernel for one, and answers with what it did.
  async transition(name: string, request: object): Promise<Event> {
    return (await this.#ask<{ event: Event }>(this.#kernel, name, request)).event;
  }

  async delegate(parent: string, bits: number, returns?: object): Promise<string> {
    const schema = returns && { returns: Buffer.from(JSON.stringify(returns)) };
    return (await this.transition("Delegate", { context: parent, bits, ...schema })).delegated!.child.context;
  }

  // next waits for the next value that a child returned.
  async next(parent: string, child: string): Promise<unknown> {
    const reply = await this.#ask<{ value: Buffer }>(this.#kernel, "Await", { context: parent, child });
    return JSON.parse(reply.value.toString());
  }

  // list names what an agent could call now.
  async list(context: string): Promise<string[]> {
    const names: string[] = [];
    let pageToken = "";
    do {
      const page = await this.#ask<{ tools?: { name: string }[]; nextPageToken?: string }>(this.#tools, "List", { context, pageToken });
      names.push(...(page.tools ?? []).map((tool) => tool.name));
      pageToken = page.nextPageToken ?? "";
    } while (pageToken);
    return names;
  }

  // call makes one through Argus and answers with what the tool said, as MCP has it.
  async call(context: string, tool: string, args: object): Promise<unknown> {
    const stream = (this.#tools as any).Call({ context, tool, arguments: Buffer.from(JSON.stringify(args)) }, this.#credential);
    for await (const { result } of stream) {
      if (result?.failure) throw new Error(`${tool}: the server failed with code ${result.failure.code}`);
      if (result) return JSON.parse(result.value.toString());
    }
    throw new Error(`${tool}: no result came`);
  }

  // started waits until a call of the agent has started.
  async started(context: string): Promise<void> {
    const stream = (this.#watch as any).Events({ after: 0, contexts: [context], kinds: ["EVENT_KIND_STARTED"] }, this.#credential);
    await new Promise((done, failed) => stream.once("data", done).on("end", failed).on("error", failed));
    stream.cancel();
  }
}

// refusal is the typed detail of what was thrown. A fault, and what never reached Argus, has none and is thrown again.
export async function refusal(asked: Promise<unknown>): Promise<Refusal> {
  const error = await asked.then(
    () => new Error("what should have been refused was allowed"),
    (error) => error,
  );
  for (const bytes of error.metadata?.get("grpc-status-details-bin") ?? []) {
    for (const detail of status.deserialize(bytes).details ?? []) {
      if (detail.typeUrl.endsWith(`/${refusalType}`)) return refusalMessage.deserialize(detail.value);
    }
  }
  throw error;
}
