// The processes of bench:scale: the server, controllers beside it, and what they are asked.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubeconfigOf } from './kubeconfig.mjs';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));
const WAIT_MS = 300_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something holds, at most five minutes. */
export async function until(holds, everyMs = 200) {
  const endMs = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not settled within ${WAIT_MS / 1000} s`);
    await sleep(everyMs);
  }
}

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** What the metrics of a controller add up to. */
export async function scrape(port) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const value = (name) => {
    const lines = text.split('\n').filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  return {
    plans: value('slicehints_plan_duration_seconds_count'),
    writes: value('slicehints_slice_writes_total{result="written"}'),
    loopP99Ms: value('nodejs_eventloop_lag_p99_seconds') * 1000,
    loopMostMs: value('nodejs_eventloop_lag_max_seconds') * 1000,
    heapMb: value('nodejs_heap_size_used_bytes') / 2 ** 20,
    committedMb: value('nodejs_heap_size_total_bytes') / 2 ** 20,
  };
}

/** A server of a large cluster, and the controllers that read it. */
export class ServedCluster {
  #folder = mkdtempSync(join(tmpdir(), 'slicehints-scale-'));
  #server = fork(SERVER);
  #controllers = [];
  #ended;
  url = '';

  /** @param serve as the server takes it */
  async serve(serve) {
    ({ url: this.url } = await this.ask({ serve }));
    writeFileSync(join(this.#folder, 'kubeconfig'), kubeconfigOf(this.url));
  }

  get serverPid() {
    return this.#server.pid;
  }

  /** One question at a time. @throws {Error} once a controller has ended, as nothing that is waited for comes then */
  async ask(message) {
    if (this.#ended !== undefined) throw new Error(this.#ended);
    return new Promise((resolve) => {
      this.#server.once('message', resolve);
      this.#server.send(message);
    });
  }

  get allHinted() {
    return async () => (await this.ask({ counts: true })).counts.unhinted === 0;
  }

  /** @returns the process; its standard output is to be read */
  start({ entry, nodeOptions, flags }) {
    const args = [...nodeOptions, entry, 'controller', `--kubeconfig=${join(this.#folder, 'kubeconfig')}`, ...flags];
    const controller = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    controller.once('exit', (code) => {
      if (code !== null) this.#ended = `a controller ended with ${code}`;
    });
    this.#controllers.push(controller);
    return controller;
  }

  stop() {
    for (const controller of this.#controllers) controller.kill();
    this.#server.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
