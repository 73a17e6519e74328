// Agents on OpenAI's responses.
import OpenAI from 'openai';
import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems';
import { mostRounds } from './tools.mjs';

// loop makes the calls itself. It sends the conversation each time, or leaves it to the vendor and says which answer it goes on from.
export async function loop(task, hands) {
  const client = new OpenAI({ baseURL: task.base + '/v1', apiKey: task.key, defaultHeaders: task.headers, maxRetries: 0 });
  const tools = task.tools.map((t) => ({ type: 'function', name: t.name, description: t.description, parameters: t.schema, strict: false }));
  const said = [];
  let input = [];
  let previous = task.after;
  for (const prompt of task.prompts) {
    input.push({ role: 'user', content: prompt });
    for (let round = 0; round < mostRounds; round++) {
      const request = task.previous
        ? { model: 'gpt-5.2', input, tools, ...(previous ? { previous_response_id: previous } : {}) }
        : { model: 'gpt-5.2', input, tools, store: false };
      const answer = task.stream ? await client.responses.stream(request).finalResponse() : await client.responses.create(request);
      previous = hands.last = answer.id;
      if (answer.output_text) said.push(answer.output_text);
      input = task.previous ? [] : [...input, ...toResponseInputItems(answer.output)];
      const calls = answer.output.filter((item) => item.type === 'function_call');
      for (const call of calls) {
        input.push({ type: 'function_call_output', call_id: call.call_id, output: hands.use(call.name, call.arguments) });
      }
      if (calls.length === 0) break;
    }
  }
  return said;
}
