// Builds the oracle into one executable file, named by the first argument: this very node, with the program and all that it imports in it.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildSync } from 'esbuild'
import { inject } from 'postject'

const target = resolve(process.argv[2] ?? 'oracle-node')
const folder = mkdtempSync(join(tmpdir(), 'oracle-'))
try {
  const [main, blob, config] = ['main.cjs', 'blob', 'config.json'].map(name => join(folder, name))
  buildSync({ absWorkingDir: import.meta.dirname, entryPoints: ['oracle.js'], bundle: true, platform: 'node', format: 'cjs', loader: { '.proto': 'text' }, outfile: main, logLevel: 'error' })
  writeFileSync(config, JSON.stringify({ main, output: blob, disableExperimentalSEAWarning: true }))
  execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'ignore' })
  copyFileSync(process.execPath, target)
  chmodSync(target, 0o755)
  await inject(target, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2' })
} finally {
  rmSync(folder, { recursive: true })
}
