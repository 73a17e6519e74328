// An oracle that refuses every call with one of some words in the text of its arguments, at whatever depth.
import { createHash } from 'node:crypto'
import plugin from '../../proto/argus/plugin/v1/plugin.proto'
import oracle from '../../proto/argus/oracle/v1/oracle.proto'
import { contract, serve } from './serve.js'

const schema = {
  type: 'object',
  properties: { words: { type: 'array', items: { type: 'string', minLength: 1 }, description: 'in no call' } },
  required: ['words'],
  additionalProperties: false
}

let words = []
let digest = ''

function configure ({ settings }) {
  const taken = JSON.parse(settings)
  words = taken.words.map(word => word.toLowerCase())
  digest = 'sha256:' + createHash('sha256').update(JSON.stringify(words)).digest('hex')
  return []
}

// answer denies unless it says otherwise, and names nothing that it read of the agent, since it reads nothing.
function answer (question) {
  const about = question.call ?? question.egress
  const said = { nonce: question.nonce, policy_digest: digest, arguments_digest: about?.arguments_digest ?? about?.content_digest ?? '' }
  try {
    const found = question.egress ? undefined : words.find(word => holds(question.call.arguments, word))
    return { ...said, authorized: found === undefined, reasons: found === undefined ? [] : [`the arguments hold the word ${found}`] }
  } catch {
    return { ...said, error: 'the question cannot be read' }
  }
}

function holds (value, word) {
  switch (value.kind) {
    case 'text': return value.text.toLowerCase().includes(word)
    case 'list': return value.list.items.some(item => holds(item, word))
    case 'object': return value.object.members.some(member => member.name.toLowerCase().includes(word) || holds(member.value, word))
    case 'null': case 'boolean': case 'number': return false
  }
  throw new Error('a value has no kind')
}

serve({
  service: contract(plugin, oracle)['argus.oracle.v1.Oracle'],
  describe: { kind: 'KIND_ORACLE', name: 'oracle-node', version: '1.0.0', settings_schema: JSON.stringify(schema) },
  configure,
  methods: {
    Policy: call => call.write({ digest, policies: words.length }), // it never changes, and the stream stays open
    Ask: call => {
      call.on('data', question => call.write(answer(question)))
      call.on('end', () => call.end())
      call.on('error', () => {}) // the host has gone
    }
  }
})
