// How fast 1, 2, … replicas with the same number of shards write every Service once, on this machine: all slices change at
// once, when the shards are shared in equal numbers and everything is written. The server has a process of its own.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubeconfigOf } from './kubeconfig.mjs';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));
const ROUNDS = 3;
const WAIT_MS = 300_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = (child, message) =>
  new Promise((resolve) => {
    child.once('message', resolve);
    child.send(message);
  });

async function until(holds) {
  const endMs = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not settled within ${WAIT_MS / 1000} s`);
    await sleep(200);
  }
}

/** Seconds of each round, for one number of replicas. */
async function measure({ replicas, shards, size, writeMs, entry, nodeOptions, flags }) {
  const folder = mkdtempSync(join(tmpdir(), 'slicehints-shards-'));
  const server = fork(SERVER);
  const controllers = [];
  try {
    const { url } = await ask(server, { serve: { ...size, writeMs } });
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigOf(url));
    const args = [...nodeOptions, entry, 'controller', `--kubeconfig=${kubeconfig}`, `--shards=${shards}`];
    const servers = ['--metrics-bind-address=0', '--health-probe-bind-address=0', '--log-level=error'];
    for (let i = 0; i < replicas; i++) {
      controllers.push(
        spawn(process.execPath, [...args, ...servers, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] }),
      );
    }
    await until(async () => (await ask(server, { counts: true })).counts.unhinted === 0);
    await until(async () => {
      const { leases } = await ask(server, { leases: true });
      const holders = Object.keys(leases).flatMap((name) => (name.includes('-shard-') ? [leases[name]] : []));
      const counts = [...new Set(holders)].map((one) => holders.filter((holder) => holder === one).length);
      return counts.length === replicas && Math.max(...counts) - Math.min(...counts) <= 1;
    });
    // Changes that follow closely on each other are held together.
    const seconds = [];
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(2000);
      seconds.push((await ask(server, { burst: true })).burst);
    }
    return seconds;
  } finally {
    for (const controller of controllers) controller.kill();
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints a line for each number of replicas. */
export async function benchShards({ mostReplicas, shards, size, ...common }) {
  console.log(`${shards} shards; every slice of ${size.services} Services changes at once, best of ${ROUNDS}\n`);
  let first;
  for (let replicas = 1; replicas <= mostReplicas; replicas++) {
    const seconds = await measure({ replicas, shards, size, ...common });
    const rate = size.services / Math.min(...seconds);
    first ??= rate;
    const each = seconds.map((one) => one.toFixed(2)).join(', ');
    console.log(
      `${String(replicas).padStart(2)} replicas ${rate.toFixed(0).padStart(8)} Services/s, ${(rate / first).toFixed(2)} times one (${each} s)`,
    );
  }
}
