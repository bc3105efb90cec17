// How long the bundle takes to start, and what its controller holds in memory while it has nothing to do: against the
// stand-in server with the sample cluster, in processes of their own. Needs `npm run bundle` and `npm run build`.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './commandLine.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [bundle, dist, sample] = ['bundle/main.js', 'dist/cli/main.js', 'examples/kube-dns.yaml'].map(at);
const RUNS = 15;
const IDLE_MS = readCommandLine({ seconds: 30 }).seconds * 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function medianMs(args) {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    execFileSync(process.execPath, [bundle, ...args]);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return Math.round(times[Math.floor(RUNS / 2)]);
}

/** Resident set in MB, now and at its highest. */
function resident(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return { now: mb('VmRSS'), peak: mb('VmHWM') };
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`);
console.log(`--version    ${medianMs(['--version'])} ms (median of ${RUNS} starts)`);
console.log(`plan         ${medianMs(['plan', '-f', sample])} ms`);

const folder = mkdtempSync(join(tmpdir(), 'slicehints-footprint-'));
const kubeconfig = join(folder, 'kubeconfig');
const server = spawn(process.execPath, [dist, 'sandbox', '--no-controller', '--write-kubeconfig', kubeconfig]);
const children = [server];
try {
  await new Promise((resolve) => server.stdout.on('data', (data) => String(data).includes('kubectl') && resolve()));
  for (const [name, file] of [
    ['bundle', bundle],
    ['dist', dist],
  ]) {
    const flags = [
      '--no-leader-elect',
      '--metrics-bind-address=127.0.0.1:0',
      '--health-probe-bind-address=127.0.0.1:0',
    ];
    const controller = spawn(process.execPath, [file, 'controller', `--kubeconfig=${kubeconfig}`, ...flags]);
    children.push(controller);
    await sleep(IDLE_MS);
    if (controller.exitCode !== null) throw new Error(`the controller of ${name} has ended`);
    const { now, peak } = resident(controller.pid);
    console.log(`controller   ${now} MB resident after ${IDLE_MS / 1000} s, ${peak} MB at its highest (${name})`);
    controller.kill();
  }
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
