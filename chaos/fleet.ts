import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubeconfigFor } from '../src/sandbox/server/kubeconfig.js';
import { freePort } from '../test/support/freePort.js';
import { CONTROLLER_USER } from './audit.js';

const BINARY = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PROBE = new URL('../../chaos/memoryProbe.mjs', import.meta.url).href;
/** How the controllers elect. */
export interface Election {
  readonly shards: number;
  /** The renew deadline and the retry period follow from it, in the proportions of the defaults. */
  readonly leaseDurationMs: number;
}

function electionFlags({ shards, leaseDurationMs }: Election): string[] {
  return [
    `--shards=${shards}`,
    `--leader-elect-lease-duration=${leaseDurationMs}ms`,
    `--leader-elect-renew-deadline=${Math.round(leaseDurationMs * 0.6)}ms`,
    `--leader-elect-retry-period=${Math.round(leaseDurationMs * 0.1)}ms`,
  ];
}

export interface Memory {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** One controller in a process of its own, known to the server by a token of its own. */
export class ControllerProcess {
  readonly user: string;
  readonly #child: ChildProcess;
  readonly #metricsPort: number;
  #output = '';
  #errors = '';
  /** The last values of the counters that are summed over the fleet. */
  counters: Readonly<Record<string, number>> = {};

  constructor(user: string, kubeconfig: string, metricsPort: number, election: Election) {
    this.user = user;
    this.#metricsPort = metricsPort;
    this.#child = spawn(
      process.execPath,
      [
        ...['--expose-gc', '--import', PROBE, BINARY, 'controller', `--kubeconfig=${kubeconfig}`],
        ...electionFlags(election),
        ...['--kube-api-qps=0', '--health-probe-bind-address=0', `--metrics-bind-address=127.0.0.1:${metricsPort}`],
        '--log-level=warn',
      ],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, NO_COLOR: '1' } },
    );
    this.#child.stdout?.on('data', (data: Buffer) => (this.#output = (this.#output + data.toString()).slice(-20_000)));
    this.#child.stderr?.on('data', (data: Buffer) => (this.#errors += data.toString()));
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What is wrong with the way it ended, if anything: losing the lease is the one reason to go. */
  get complaint(): string | undefined {
    if (this.#errors !== '') return `${this.user} wrote to standard error: ${this.#errors.slice(0, 2000)}`;
    const { exitCode } = this.#child;
    if (exitCode === null || exitCode === 0 || this.#output.includes('leadership is lost')) return undefined;
    return `${this.user} ended with ${exitCode}: ${this.#output.slice(-2000)}`;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    await this.scrape();
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }

  /** What it holds after a collection of garbage. */
  async memory(): Promise<Memory> {
    const answer = once(this.#child, 'message');
    this.#child.send('memory');
    return ((await answer) as [Memory])[0];
  }

  /** The value of a gauge or the sum of a counter's series; the last one seen when it does not answer. */
  async scrape(): Promise<void> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`, {
        signal: AbortSignal.timeout(2000),
      });
      const sums: Record<string, number> = {};
      for (const line of (await response.text()).split('\n')) {
        const match = /^(\w+)(\{[^}]*\})? (\S+)$/.exec(line);
        if (match === null) continue;
        const [, name = '', labels = '', value = ''] = match;
        for (const key of [name, `${name}${labels}`]) sums[key] = (sums[key] ?? 0) + Number(value);
      }
      this.counters = sums;
    } catch {
      // It is being killed or starts just now.
    }
  }
}

/** The controllers: each new one has a name of its own; those that lost their lease are started again, as pods are. */
export class Fleet {
  readonly #url: string;
  readonly #folder: string;
  readonly #election: Election;
  readonly #all: ControllerProcess[] = [];

  constructor(url: string, folder: string, election: Election) {
    this.#election = election;
    this.#url = url;
    this.#folder = folder;
  }

  /** The names that the server must know by their tokens. */
  static users(most: number): Record<string, string> {
    return Object.fromEntries(Array.from({ length: most }, (_, i) => [`token-${i}`, `${CONTROLLER_USER}${i}`]));
  }

  get all(): readonly ControllerProcess[] {
    return this.#all;
  }

  get running(): readonly ControllerProcess[] {
    return this.#all.filter(({ running }) => running);
  }

  async start(): Promise<ControllerProcess> {
    const n = this.#all.length;
    const kubeconfig = join(this.#folder, `kubeconfig-${n}`);
    await writeFile(kubeconfig, kubeconfigFor(this.#url, { token: `token-${n}` }), { mode: 0o600 });
    const controller = new ControllerProcess(`${CONTROLLER_USER}${n}`, kubeconfig, await freePort(), this.#election);
    this.#all.push(controller);
    return controller;
  }

  async scrape(): Promise<void> {
    await Promise.all(this.running.map((controller) => controller.scrape()));
  }

  /** The sum of a counter over all that ever ran, as far as it is above `usual` in each of them. */
  total(counter: string, usual = 0): number {
    return this.#all.reduce((sum, { counters }) => sum + Math.max(0, (counters[counter] ?? 0) - usual), 0);
  }

  /** The sum of a gauge over all that run. */
  present(gauge: string): number {
    return this.running.reduce((sum, { counters }) => sum + (counters[gauge] ?? 0), 0);
  }

  /** The one that leads, or the first that holds a shard, as it was scraped last. */
  get leader(): ControllerProcess | undefined {
    return this.running.find(({ counters }) => counters['leader_election_master_status'] === 1);
  }
}
