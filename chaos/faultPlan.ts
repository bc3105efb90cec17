import type { FaultBoard } from '../src/sandbox/faults/faults.js';
import type { FaultSpec } from '../src/sandbox/faults/faultSpec.js';
import type { Dice } from './dice.js';

/**
 * Every fault that the stand-in knows, each in a dose that a cluster can have for a while. Latency stays well below what
 * lies between the deadline of a leader and the end of its lease, so that every write can be held against the lease.
 */
const DOSES: readonly ((dice: Dice) => FaultSpec)[] = [
  (dice) => ({ name: 'latency', ms: dice.between(10, 300), jitterMs: 200, durationMs: 3000 }),
  () => ({ name: 'too-many-requests', retryAfterSeconds: 1, rate: 0.5, durationMs: 2000 }),
  (dice) => ({ name: 'server-error', status: dice.pick([500, 503]), rate: 0.5, durationMs: 2000 }),
  () => ({ name: 'reset-body', rate: 0.3, durationMs: 2000 }),
  (dice) => ({ name: 'silent-watch', resource: dice.pick(['services', 'endpointslices', 'nodes']), count: 1 }),
  () => ({ name: 'close-watches' }),
  () => ({ name: 'close-watches', count: 5 }),
  () => ({ name: 'gone', count: 4, durationMs: 3000 }),
  () => ({ name: 'duplicate-events', durationMs: 4000 }),
  (dice) => ({ name: 'delay-events', ms: dice.between(50, 800), durationMs: 4000 }),
  () => ({ name: 'foreign-write', ms: 1, change: 'annotate', rate: 0.3, durationMs: 3000 }),
  () => ({ name: 'foreign-write', ms: 1, change: 'strip', rate: 0.05, durationMs: 2000 }),
  () => ({ name: 'compact' }),
  () => ({ name: 'refuse-connections', durationMs: 1000 }),
  () => ({ name: 'unauthorized', rate: 0.5, durationMs: 1500 }),
  (dice) => ({
    name: 'forbidden',
    resource: dice.pick(['endpointslices', 'nodes', 'events', 'leases']),
    durationMs: 1500,
  }),
  () => ({ name: 'restart' }),
];

/** Switches faults on, several at a time, every kind in turn in an order of the dice; they go off by themselves. */
export class FaultPlan {
  readonly #board: FaultBoard;
  readonly #dice: Dice;
  #left: ((dice: Dice) => FaultSpec)[] = [];

  constructor(board: FaultBoard, dice: Dice) {
    this.#board = board;
    this.#dice = dice;
  }

  next(): void {
    if (this.#left.length === 0) this.#left = [...DOSES];
    const [dose] = this.#left.splice(this.#dice.below(this.#left.length), 1);
    if (dose !== undefined) this.#board.add(dose(this.#dice));
  }
}
