import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxApiServer } from '../src/sandbox/server/apiServer.js';
import { Audit, differences } from './audit.js';
import { Dice } from './dice.js';
import { FaultPlan } from './faultPlan.js';
import { Fleet, type ControllerProcess, type Election } from './fleet.js';
import { World, type WorldSize } from './world.js';

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly faultEveryMs: number;
  readonly killEveryMs: number;
  readonly size: WorldSize;
  readonly election: Election;
  /** How many controllers there are at a time. */
  readonly replicas: number;
  /**
   * Whether half-open watches are left for the controllers to find out, which takes them two minutes; else all
   * connections are cut when calm begins.
   */
  readonly patient: boolean;
  readonly say: (text: string) => void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly shards: number;
  readonly seconds: number;
  readonly events: number;
  /** How often faults struck, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly faultCount: number;
  readonly controllers: number;
  readonly killed: number;
  readonly terminated: number;
  readonly leadershipsLost: number;
  readonly relists: number;
  readonly writes: number;
  readonly conflicts: number;
  /** From the end of all faults to hints as planned; by the controllers that lived through it, and by a fresh one. */
  readonly secondsToConverge: number;
  readonly secondsToConvergeFresh: number;
  /** The longest time that Services had no holder of their lease: from its release or expiry until another took it. */
  readonly secondsFree: number;
  /** Services left alone when calm began, because another writer had undone their hints too often. */
  readonly contended: number;
  /** What the controller that lived longest holds after garbage collection, over what a fresh one holds. */
  readonly memoryRatio: number;
  readonly memoryMb: number;
  /** Everything that is not as it must be; empty when all is well. */
  readonly differences: readonly string[];
}

const TICK_MS = 100;
const TELL_EVERY_MS = 5000;
/** Each controller lists Services, slices and nodes once. */
const FIRST_LISTS = 3;
const MOST_CONTROLLERS = 1000;
/** Twice a silent watch is found out and the longest back-offs have run off by then. */
const CONVERGE_LIMIT_MS = 330_000;

/** Builds the cluster, lets chaos loose, waits for calm, and checks everything. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const folder = await mkdtemp(join(tmpdir(), 'slicehints-chaos-'));
  const dice = new Dice(options.seed);
  const server = new SandboxApiServer({
    users: Fleet.users(MOST_CONTROLLERS),
    random: new Dice(options.seed + 1).next,
    bookmarkIntervalMs: 10_000,
    historyLimit: 2000,
    writeHistoryLimit: 100_000,
    requestHistoryLimit: 0,
  });
  const chaos = new Chaos(options, server, new Fleet(await server.listen(), folder, options.election), dice);
  try {
    return await chaos.run();
  } finally {
    await chaos.stop();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class Chaos {
  readonly #options: ChaosOptions;
  readonly #server: SandboxApiServer;
  readonly #fleet: Fleet;
  readonly #dice: Dice;
  readonly #world: World;
  readonly #audit: Audit;
  #killed = 0;
  #terminated = 0;
  #lost = 0;

  constructor(options: ChaosOptions, server: SandboxApiServer, fleet: Fleet, dice: Dice) {
    this.#options = options;
    this.#audit = new Audit(options.election.shards);
    this.#server = server;
    this.#fleet = fleet;
    this.#dice = dice;
    this.#world = new World(server.store, dice);
  }

  async run(): Promise<ChaosReport> {
    const { options, world, fleet } = { options: this.#options, world: this.#world, fleet: this.#fleet };
    world.build(options.size);
    await this.#converge('before chaos', 0);
    options.say(`the cluster is built and hinted; chaos for ${options.seconds} s, seed ${options.seed}`);
    await this.#rage();

    this.#server.faults.clear();
    if (!options.patient) this.#server.faults.add({ name: 'restart' });
    await fleet.scrape();
    options.say('calm: waiting until every hint is as planned');
    const first = await this.#converge('by those that lived through it', 'contended');
    const veteran = await this.#leader();
    const held = await veteran.memory();
    await veteran.scrape();
    const contended = fleet.present('slicehints_services_contended');
    const freeMs = this.#audit.longestFreeMs;
    // What was fought over is left alone for a while by whoever fought; a fresh controller knows nothing of it.
    for (const controller of fleet.running) await controller.end('SIGTERM');
    await fleet.start();
    const second = await this.#converge('by a fresh controller', 0);
    const fresh = await (await this.#leader()).memory();
    await fleet.scrape();

    const sum = (memory: typeof held): number => memory.heapUsed + memory.external;
    const memoryRatio = sum(held) / sum(fresh);
    const faults = this.#server.faults.fired();
    return {
      seed: options.seed,
      shards: options.election.shards,
      seconds: options.seconds,
      events: world.events,
      faults,
      faultCount: Object.values(faults).reduce((a, b) => a + b, 0),
      controllers: fleet.all.length,
      killed: this.#killed,
      terminated: this.#terminated,
      leadershipsLost: this.#lost,
      relists: fleet.total('slicehints_reflector_lists_total', FIRST_LISTS),
      writes: this.#audit.writes,
      conflicts: fleet.total('slicehints_slice_writes_total{result="conflict"}'),
      secondsToConverge: first.seconds,
      secondsToConvergeFresh: second.seconds,
      secondsFree: freeMs / 1000,
      contended,
      memoryRatio,
      memoryMb: sum(held) / 2 ** 20,
      differences: [
        ...this.#audit.violations,
        ...first.left,
        ...second.left,
        ...fleet.all.flatMap(({ complaint }) => (complaint === undefined ? [] : [complaint])),
        // Kills and faults at the pace of an impatient run can leave no replica that could take a lease.
        ...(options.patient && freeMs > options.election.leaseDurationMs
          ? [`Services had no holder of their lease for ${freeMs} ms`]
          : []),
        ...(memoryRatio > 1.2 ? [`memory: ${memoryRatio.toFixed(2)} times that of a fresh controller`] : []),
      ],
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#fleet.running.map((controller) => controller.end('SIGKILL')));
  }

  /** Changes, faults and kills until the time is over. */
  async #rage(): Promise<void> {
    const { seconds, eventsPerSecond, faultEveryMs, killEveryMs } = this.#options;
    const faults = new FaultPlan(this.#server.faults, this.#dice);
    const ticks = Math.ceil((seconds * 1000) / TICK_MS);
    const startMs = performance.now();
    let due = 0;
    for (let tick = 1; tick <= ticks; tick++) {
      due += (eventsPerSecond * TICK_MS) / 1000;
      for (; due >= 1; due--) this.#world.change();
      if ((tick * TICK_MS) % faultEveryMs < TICK_MS) faults.next();
      if ((tick * TICK_MS) % killEveryMs < TICK_MS) await this.#kill();
      await this.#keepUp();
      if (tick % 10 === 0) await this.#fleet.scrape();
      // Late ticks are made up for, so that a slow machine has as many events.
      await sleep(Math.max(0, startMs + tick * TICK_MS - performance.now()));
    }
  }

  /** The first of the fleet that can be is kept through everything, for its memory to be looked at. */
  async #kill(): Promise<void> {
    const [, ...others] = this.#fleet.running;
    // Now and then the oldest one too, in the first half of the time.
    const victim = this.#dice.chance(0.5) ? others.at(-1) : this.#fleet.leader;
    if (victim === undefined || (victim === this.#fleet.running[0] && this.#dice.chance(0.6))) return;
    const gently = this.#dice.chance(0.5);
    if (gently) this.#terminated += 1;
    else this.#killed += 1;
    await victim.end(gently ? 'SIGTERM' : 'SIGKILL');
  }

  /** There are always as many; two, as the chart installs them. */
  async #keepUp(): Promise<void> {
    this.#takeHistory();
    const before = this.#fleet.running.length;
    for (let i = before; i < this.#options.replicas; i++) await this.#fleet.start();
    this.#lost = this.#fleet.all.filter(({ running }) => !running).length - this.#killed - this.#terminated;
  }

  #takeHistory(): void {
    const { history } = this.#server;
    this.#audit.take(history.entries());
    history.clear();
  }

  async #leader(): Promise<ControllerProcess> {
    for (;;) {
      await this.#fleet.scrape();
      const { leader } = this.#fleet;
      if (leader !== undefined) return leader;
      await sleep(TICK_MS);
    }
  }

  /**
   * Waits until hints are as planned and nobody writes any more.
   * @param allowed how many Services may differ; `contended`: those that the controllers leave alone
   */
  async #converge(when: string, allowed: 0 | 'contended'): Promise<{ seconds: number; left: string[] }> {
    const startMs = performance.now();
    let calmSinceMs = startMs;
    let writes = -1;
    let toldMs = startMs;
    for (;;) {
      await this.#keepUp();
      const nowMs = performance.now();
      const left = differences(this.#server.store);
      await this.#fleet.scrape();
      const contended = this.#fleet.present('slicehints_services_contended');
      const most = allowed === 0 ? 0 : contended;
      const differing = new Set(left.map((text) => text.split(' ')[0])).size;
      if (differing > most || this.#audit.writes !== writes) calmSinceMs = nowMs;
      writes = this.#audit.writes;
      const seconds = (calmSinceMs - startMs) / 1000;
      if (nowMs - toldMs > TELL_EVERY_MS) {
        toldMs = nowMs;
        this.#options.say(
          `${when}: ${differing} Services differ, ${contended} of them contended, e.g. ${left[0] ?? '-'}`,
        );
      }
      if (nowMs - calmSinceMs > 2000) return { seconds, left: [] };
      if (nowMs - startMs > CONVERGE_LIMIT_MS) return { seconds, left: left.map((text) => `${when}: ${text}`) };
      await sleep(TICK_MS);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
