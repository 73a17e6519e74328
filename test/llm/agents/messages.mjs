// Agents on Anthropic's messages.
import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { mostRounds } from './tools.mjs';

const connect = (task) => new Anthropic({ baseURL: task.base, apiKey: task.key, defaultHeaders: task.headers, maxRetries: 0 });

const texts = (message) => message.content.filter((block) => block.type === 'text').map((block) => block.text);

// loop makes the calls itself and reads streams by the client's helper.
export async function loop(task, hands) {
  const client = connect(task);
  const tools = task.tools.map((t) => ({ name: t.name, description: t.description, input_schema: t.schema }));
  const messages = [];
  const said = [];
  for (const prompt of task.prompts) {
    messages.push({ role: 'user', content: prompt });
    for (let round = 0; round < mostRounds; round++) {
      const request = { model: 'claude-sonnet-5', max_tokens: 1000, messages, tools };
      const answer = task.stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
      messages.push({ role: 'assistant', content: answer.content });
      said.push(...texts(answer));
      const calls = answer.content.filter((block) => block.type === 'tool_use');
      if (calls.length === 0) break;
      messages.push({
        role: 'user',
        content: calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: hands.use(call.name, JSON.stringify(call.input)) })),
      });
    }
  }
  return said;
}

// runner leaves the loop to the client.
export async function runner(task, hands) {
  const client = connect(task);
  const tools = task.tools.map((t) =>
    betaTool({ name: t.name, description: t.description, inputSchema: t.schema, run: (input) => hands.use(t.name, JSON.stringify(input)) }),
  );
  let messages = [];
  const said = [];
  for (const prompt of task.prompts) {
    messages.push({ role: 'user', content: prompt });
    const run = client.beta.messages.toolRunner({
      model: 'claude-sonnet-5', max_tokens: 1000, messages, tools, stream: task.stream, max_iterations: mostRounds,
    });
    for await (const turn of run) said.push(...texts(task.stream ? await turn.finalMessage() : turn));
    messages = [...run.params.messages];
  }
  return said;
}
