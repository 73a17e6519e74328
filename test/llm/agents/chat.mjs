// Agents on OpenAI's chat completions.
import OpenAI from 'openai';
import { mostRounds } from './tools.mjs';

const connect = (task) => new OpenAI({ baseURL: task.base + '/v1', apiKey: task.key, defaultHeaders: task.headers, maxRetries: 0 });

// loop makes the calls itself and reads streams by the client's helper.
export async function loop(task, hands) {
  const client = connect(task);
  const tools = task.tools.map((t) => ({ type: 'function', function: { name: t.name, description: t.description, parameters: t.schema } }));
  const messages = [];
  const said = [];
  for (const prompt of task.prompts) {
    messages.push({ role: 'user', content: prompt });
    for (let round = 0; round < mostRounds; round++) {
      const request = { model: 'gpt-5.2', messages, tools };
      const answer = task.stream
        ? await client.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion()
        : await client.chat.completions.create(request);
      const { message } = answer.choices[0];
      messages.push({ role: 'assistant', content: message.content, ...(message.tool_calls?.length ? { tool_calls: message.tool_calls } : {}) });
      if (message.content) said.push(message.content);
      if (!message.tool_calls?.length) break;
      for (const call of message.tool_calls) {
        messages.push({ role: 'tool', tool_call_id: call.id, content: hands.use(call.function.name, call.function.arguments) });
      }
    }
  }
  return said;
}

// runner leaves the loop to the client.
export async function runner(task, hands) {
  const client = connect(task);
  const tools = task.tools.map((t) => ({
    type: 'function',
    function: { name: t.name, description: t.description, parameters: t.schema, function: (text) => hands.use(t.name, text) },
  }));
  let messages = [];
  const said = [];
  for (const prompt of task.prompts) {
    messages.push({ role: 'user', content: prompt });
    const run = client.chat.completions.runTools({ model: 'gpt-5.2', messages, tools, stream: task.stream }, { maxChatCompletions: mostRounds });
    await run.done();
    said.push(...run.messages.slice(messages.length).filter((m) => m.role === 'assistant' && m.content).map((m) => m.content));
    messages = [...run.messages];
  }
  return said;
}
