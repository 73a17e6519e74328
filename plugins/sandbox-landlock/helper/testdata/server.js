// What a small server does: files, a child, a worker; then what it must not. Arguments: scratch, an unlisted file, a port.
const fs = require('fs'), net = require('net'), dns = require('dns'), path = require('path');
const { execFileSync } = require('child_process');
const { Worker } = require('worker_threads');
const [scratch, unlisted, port] = process.argv.slice(2);

async function main() {
  const a = path.join(scratch, 'a');
  fs.writeFileSync(a, 'x');
  fs.renameSync(a, a + '2');
  fs.copyFileSync(a + '2', a);
  fs.chmodSync(a, 0o640);
  fs.utimesSync(a, 1, 1);
  fs.cpSync(a, a + '3', { preserveTimestamps: true });
  console.log(fs.readFileSync(a + '2', 'utf8') === 'x' ? 'files ok' : 'files wrong');
  console.log(execFileSync('/bin/echo', ['child', 'ok']).toString().trim());
  await new Promise((done, fail) => {
    const w = new Worker("require('worker_threads').parentPort.postMessage('worker ok')", { eval: true });
    w.on('message', (m) => { console.log(m); done(); }).on('error', fail);
  });
  try { fs.readFileSync(unlisted); console.log('outside open'); } catch (e) { console.log('outside', e.code); }
  await new Promise((done) => {
    const s = net.connect(Number(port), '127.0.0.1');
    s.on('connect', () => { console.log('connect open'); s.destroy(); done(); });
    s.on('error', (e) => { console.log('connect', e.code); done(); });
  });
  await new Promise((done) => dns.lookup('argus.invalid', (e) => { console.log(e ? 'lookup failed' : 'lookup open'); done(); }));
}
main().catch((e) => { console.log(e); process.exit(1); });
