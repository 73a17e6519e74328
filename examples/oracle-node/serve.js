// What a plugin in JavaScript has to do so that the daemon takes it for one: docs/plugin-author.md, "In another language".
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import * as grpc from '@grpc/grpc-js'
import * as loader from '@grpc/proto-loader'
import protobuf from 'protobufjs'
import selfsigned from 'selfsigned'
import controller from './controller.proto'
import health from './health.proto'
import plugin from '../../proto/argus/plugin/v1/plugin.proto'

const MESSAGE = 16 << 20 // the largest that the host sends

// contract gives the services of .proto texts. A text's imports are named among the texts before it.
export function contract (...texts) {
  const root = new protobuf.Root()
  for (const text of texts) protobuf.parse(text, root, { keepCase: true })
  return loader.fromJSON(root.toJSON(), { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true })
}

// serve serves the methods of a kind until the host ends it. describe is the DescribeReply. configure takes the settings and gives
// problems; before it has given none, nothing else is asked of the methods.
export async function serve ({ service, methods, describe, configure }) {
  const common = contract(controller, health, plugin)
  const pems = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec', curve: 'P-256', algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }]
  })
  const server = new grpc.Server({ 'grpc.max_receive_message_length': MESSAGE, 'grpc.max_send_message_length': MESSAGE })
  let configured = false
  server.addService(service, Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, (call, answer) => {
    if (configured) return method(call, answer)
    const early = { code: grpc.status.FAILED_PRECONDITION, details: 'the plugin is not configured yet' }
    return answer ? answer(early) : call.emit('error', early)
  }])))
  server.addService(common['argus.plugin.v1.Plugin'], {
    Describe: (_, answer) => answer(null, describe),
    Configure: (call, answer) => {
      const problems = configure(call.request).map(message => ({ message }))
      configured = problems.length === 0
      answer(null, { problems })
    }
  })
  server.addService(common['grpc.health.v1.Health'], {
    Check: (call, answer) => call.request.service === 'plugin'
      ? answer(null, { status: 'SERVING' })
      : answer({ code: grpc.status.NOT_FOUND, details: 'there is no such service' })
  })
  server.addService(common['plugin.GRPCController'], {
    Shutdown: (_, answer) => {
      answer(null, {})
      setImmediate(() => process.exit(0))
    }
  })
  // The host's certificate is the only one that is taken.
  const host = Buffer.from(process.env.PLUGIN_CLIENT_CERT)
  const credentials = grpc.ServerCredentials.createSsl(host, [{ private_key: Buffer.from(pems.private), cert_chain: Buffer.from(pems.cert) }], true)
  const path = join(process.env.PLUGIN_UNIX_SOCKET_DIR, 'oracle')
  await new Promise((resolve, reject) => server.bindAsync('unix:' + path, credentials, error => error ? reject(error) : resolve()))
  const ours = new X509Certificate(pems.cert).raw.toString('base64').replace(/=+$/, '')
  process.stdout.write(`1|1|unix|${path}|grpc|${ours}\n`)
}
