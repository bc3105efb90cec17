import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { ServiceQueue, type Outcome } from '../../src/controller/queue.js';
import type { Clock } from '../../src/kube/clock.js';
import { errorForAnswer } from '../../src/kube/rest/apiStatus.js';
import { WorkStretches } from '../../src/controller/workStretches.js';
import { FakeClock, settle } from '../support/fakeClock.js';

const COALESCE_MS = 50;
/** client-go's longest back-off, and the longest Retry-After that is honoured. */
const LONGEST_WAIT_MS = 300_000;
const KEYS = ['a/one', 'a/two', 'b/three'];

interface Run {
  readonly key: string;
  readonly end: (outcome: Outcome) => void;
}

/** What must be true of one key. */
interface Expected {
  /** Something happened that no run has started for. */
  isDirty: boolean;
  failures: number;
  /** No run before this: the server asked for a pause. */
  notBeforeMs: number;
  runsSinceChange: number;
}

class World {
  readonly clock = new FakeClock();
  readonly queue: ServiceQueue;
  readonly running: Run[] = [];
  readonly expected = new Map<string, Expected>();
  readonly problems: string[] = [];

  constructor(concurrency: number) {
    const { clock } = this;
    // As Node.js: a timer that is set for longer than 2^31 - 1 ms fires at once.
    const asNode: Clock = {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      after: (ms, fn) => clock.after(ms > 2 ** 31 - 1 ? 1 : ms, fn),
    };
    this.queue = new ServiceQueue({
      run: (key) => this.#run(key, concurrency),
      concurrency,
      coalesceMs: COALESCE_MS,
      stretches: new WorkStretches({ clock, yieldToEventLoop: () => Promise.resolve() }),
      clock: asNode,
      observer: {},
    });
    this.queue.start();
  }

  of(key: string): Expected {
    let expected = this.expected.get(key);
    if (expected === undefined) {
      expected = { isDirty: false, failures: 0, notBeforeMs: 0, runsSinceChange: 0 };
      this.expected.set(key, expected);
    }
    return expected;
  }

  add(key: string): void {
    const expected = this.of(key);
    expected.isDirty = true;
    expected.runsSinceChange = 0;
    this.queue.add(key);
  }

  end(outcome: Outcome): void {
    const run = this.running.shift();
    if (run === undefined) return;
    const expected = this.of(run.key);
    if (outcome.kind === 'done') {
      expected.failures = 0;
      expected.notBeforeMs = 0;
    } else {
      expected.isDirty = true;
      if (outcome.kind === 'retry') {
        expected.failures++;
        const waitMs = outcome.retryAfterMs ?? 0;
        expected.notBeforeMs = this.clock.monotonicMs() + waitMs;
      }
    }
    run.end(outcome);
  }

  /** Everything that is under way ends well, and whatever waits has its turn. */
  async finish(): Promise<void> {
    // A cooling burst waits for at most 20 windows; each round answers what runs.
    for (let i = 0; i < 20; i++) {
      while (this.running.length > 0) {
        this.end({ kind: 'done' });
        await settle(2);
      }
      await this.clock.advance(i === 0 ? LONGEST_WAIT_MS : 20 * COALESCE_MS);
    }
  }

  #run(key: string, concurrency: number): Promise<Outcome> {
    const expected = this.of(key);
    const nowMs = this.clock.monotonicMs();
    if (this.running.some((run) => run.key === key)) this.problems.push(`${key} runs twice at a time`);
    if (this.running.length >= concurrency) this.problems.push('more runs than the concurrency allows');
    if (!expected.isDirty) this.problems.push(`${key} runs although nothing happened`);
    if (nowMs < expected.notBeforeMs) this.problems.push(`${key} runs before the server's Retry-After is over`);
    expected.isDirty = false;
    expected.runsSinceChange++;
    return new Promise((end) => this.running.push({ key, end }));
  }
}

type Command = fc.AsyncCommand<object, World>;

function command(name: string, run: (world: World) => unknown): Command {
  return {
    check: () => true,
    run: async (_, world) => {
      await run(world);
      await settle(2);
      expect(world.problems).toEqual([]);
    },
    toString: () => name,
  };
}

/** As the transport reads it. */
function retryAfter(header: string): Outcome {
  const error = errorForAnswer('PATCH', 429, { 'retry-after': header }, '', 0);
  return { kind: 'retry', error, retryAfterMs: error.retryAfterMs };
}

const key = fc.constantFrom(...KEYS);
const commands = [
  key.map((k) => command(`change ${k}`, (world) => world.add(k))),
  fc.constant(command('done', (world) => world.end({ kind: 'done' }))),
  fc.constant(command('again', (world) => world.end({ kind: 'again' }))),
  fc.constant(command('fails', (world) => world.end({ kind: 'retry', error: new Error('500') }))),
  fc
    .oneof(fc.nat(10), fc.constantFrom(300, 301, 3600, 86_400, 2_147_484, 10_000_000_000))
    .map((seconds) => command(`429, Retry-After: ${seconds}`, (world) => world.end(retryAfter(String(seconds))))),
  fc
    .constantFrom(1, 20, 60, 1000, 5000, 60_000)
    .map((ms) => command(`${ms} ms pass`, (world) => world.clock.advance(ms))),
];

describe('the queue under any sequence of changes, outcomes and waits', () => {
  test('runs each key once at a time, never too early, never for nothing, and no change is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(commands, { maxCommands: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (sequence, concurrency) => {
          const world = new World(concurrency);
          await fc.asyncModelRun(() => ({ model: {}, real: world }), sequence);
          // No key waits longer than the longest back-off, whatever a server asked for.
          await world.finish();
          expect(world.problems).toEqual([]);
          expect([...world.expected].filter(([, { isDirty }]) => isDirty)).toEqual([]);
          expect([world.queue.idle, world.queue.failing, world.clock.pending]).toEqual([true, 0, 0]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a key that fails all the time runs at most once a second, and then ever more rarely', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.constantFrom('0', '1', '3600', '2147484', '99999999999999999999'), { nil: undefined }),
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 200 }),
        async (header, changes) => {
          const world = new World(1);
          world.add('a/one');
          let runs = 0;
          const fail = async (): Promise<void> => {
            await settle(2);
            while (world.running.length > 0) {
              runs++;
              world.end(header === undefined ? { kind: 'retry', error: new Error('500') } : retryAfter(header));
              await settle(2);
            }
          };
          await fail();
          const startMs = world.clock.monotonicMs();
          for (const ms of changes) {
            await world.clock.advance(ms);
            world.add('a/one');
            await fail();
          }
          const seconds = (world.clock.monotonicMs() - startMs) / 1000;
          expect(runs).toBeLessThanOrEqual(1 + seconds);
        },
      ),
      { numRuns: 50 },
    );
  });
});
