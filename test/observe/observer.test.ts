import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ApiError } from '../../src/kube/rest/transport.js';
import type { MeasuredFigures } from '../../src/measured/figures.js';
import type { ObserveProblem } from '../../src/measured/observeProblem.js';
import { Observer } from '../../src/observe/observer.js';
import { QueryError } from '../../src/observe/prometheusClient.js';
import { FakeClock } from '../support/fakeClock.js';

type Rates = Record<string, string>;
const vector = (rates: Rates, more: object = {}): object => ({
  status: 'success',
  data: {
    resultType: 'vector',
    result: Object.entries(rates).map(([from, rate]) => ({
      metric: { namespace: 'shop', service: 'web', from },
      value: [1, rate],
    })),
  },
  ...more,
});

/** Prometheus as it answers, and as it is away. */
const good = (): Promise<unknown> => Promise.resolve(vector({ a: '3', b: '1' }));
const away = (): Promise<unknown> => Promise.reject(new QueryError('network', 'Prometheus cannot be reached'));

function rig({ answer = good } = {}) {
  const clock = new FakeClock();
  const world = {
    answer,
    write: (): Promise<number> => Promise.resolve(0),
    note: (): Promise<void> => Promise.resolve(),
    stored: undefined as MeasuredFigures | undefined,
    read: (): Promise<MeasuredFigures | undefined> => Promise.resolve(world.stored),
  };
  const written: MeasuredFigures[] = [];
  const notes: ObserveProblem[] = [];
  const log: string[] = [];
  const rounds: string[] = [];
  let reads = 0;
  const observer = new Observer({
    prometheus: { query: () => world.answer() },
    query: { query: 'q', labels: { service: ['namespace', 'service'], zones: ['from', 'to'] } },
    writer: {
      read: () => {
        reads++;
        return world.read();
      },
      write: async (figures) => {
        const leftOut = await world.write();
        written.push(figures);
        return leftOut;
      },
      note: async (problem) => {
        await world.note();
        notes.push(problem);
      },
    },
    intervalMs: 60_000,
    clock,
    logger: pino(
      { level: 'info' },
      { write: (line: string) => void log.push((JSON.parse(line) as { msg: string }).msg) },
    ),
    report: { onRound: (result) => void rounds.push(result) },
  });
  const stop = new AbortController();
  const ended = observer.run(stop.signal);
  return {
    clock,
    world,
    written,
    notes,
    log,
    rounds,
    observer,
    reads: () => reads,
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}

test('each minute an answer is learned and written', async () => {
  const { clock, written, observer, rounds, stop } = rig();
  await clock.advance(10 * 60_000);
  expect(written).toHaveLength(11);
  expect(written.at(-1)?.services).toMatchObject([
    {
      key: 'shop/web',
      samples: 11,
      demand: [
        { zone: 'a', share: 0.75 },
        { zone: 'b', share: 0.25 },
      ],
    },
  ]);
  expect(new Set(rounds)).toEqual(new Set(['ok']));
  expect(observer.problem).toBeUndefined();
  await stop();
});

test('a restart goes on from what was written', async () => {
  const first = rig();
  await first.clock.advance(10 * 60_000);
  await first.stop();
  const second = rig();
  second.world.stored = first.written.at(-1);
  await second.clock.advance(0);
  expect(second.written[0]?.services[0]?.samples).toBe(12);
  await second.stop();
});

test('what was written is read until that succeeds, so that nothing is written without it', async () => {
  const first = rig();
  await first.clock.advance(10 * 60_000);
  await first.stop();
  const second = rig();
  second.world.read = () => Promise.reject(new ApiError('http', 'GET: 500', { status: 500 }));
  await second.clock.advance(60_000);
  expect([second.reads(), second.written, second.rounds]).toEqual([2, [], ['write', 'write']]);
  second.world.read = () => Promise.resolve(first.written.at(-1));
  await second.clock.advance(60_000);
  expect(second.written[0]?.services[0]?.samples).toBe(12);
  await second.stop();
});

test.each<[string, () => Promise<unknown>, string, string]>([
  [
    'is away',
    () => Promise.reject(new QueryError('network', 'Prometheus cannot be reached: ECONNREFUSED')),
    'network',
    'Prometheus cannot be reached: ECONNREFUSED',
  ],
  [
    'answers in part',
    () => Promise.resolve(vector({ a: '1' }, { warnings: ['store x is down'] })),
    'unusable',
    'the answer is partial: "store x is down"',
  ],
  [
    'has other labels',
    () =>
      Promise.resolve({
        status: 'success',
        data: { resultType: 'vector', result: [{ metric: { x: 'y' }, value: [1, '1'] }] },
      }),
    'unusable',
    'no series of the answer can be used: 1 whose labels name no Service, such as',
  ],
])(
  'while Prometheus %s no figures are written, and one line and a note tell it',
  async (_, answer, result, problem) => {
    const { clock, world, written, notes, log, rounds, observer, stop } = rig();
    await clock.advance(5 * 60_000);
    const before = written.length;
    const sinceSeconds = Math.floor(clock.wallMs() / 1000) + 60;
    world.answer = answer;
    await clock.advance(5 * 60_000);
    expect(written).toHaveLength(before);
    expect(rounds.at(-1)).toBe(result);
    expect(observer.problem).toContain(problem);
    expect(log.filter((line) => line.includes('the last figures stay until they expire'))).toHaveLength(1);
    expect(notes).toEqual(notes.map(() => ({ sentence: observer.problem, sinceSeconds })));
    expect(notes).toHaveLength(5);
    world.answer = good;
    await clock.advance(60_000);
    expect(log.at(-1)).toBe('traffic is measured again');
    expect(observer.problem).toBeUndefined();
    expect(written.at(-1)?.services[0]?.ageSeconds).toBe(0);
    await stop();
  },
);

test('a problem that comes again has begun anew', async () => {
  const { clock, world, notes, stop } = rig({ answer: away });
  const startSeconds = Math.floor(clock.wallMs() / 1000);
  await clock.advance(0);
  world.answer = good;
  await clock.advance(60_000);
  world.answer = away;
  await clock.advance(60_000);
  expect(notes.map(({ sinceSeconds }) => sinceSeconds)).toEqual([startSeconds, startSeconds + 120]);
  await stop();
});

test.each([
  ['a conflict', 409, 3],
  ['a refusal', 403, 1],
])('%s of a note is told once, ends nothing, and loses no figures', async (_, status, reads) => {
  const rigged = rig();
  const { clock, world, written, notes, log, rounds, stop } = rigged;
  await clock.advance(5 * 60_000);
  world.stored = written.at(-1);
  world.answer = away;
  world.note = () => Promise.reject(new ApiError('http', `PUT: ${status}`, { status }));
  await clock.advance(2 * 60_000);
  expect([notes, rounds.slice(-2)]).toEqual([[], ['network', 'network']]);
  expect(log.filter((line) => line.startsWith('the problem could not be noted in the ConfigMap'))).toHaveLength(1);
  world.note = () => Promise.resolve();
  await clock.advance(60_000);
  expect([notes.length, rigged.reads()]).toEqual([1, reads]);
  world.answer = good;
  await clock.advance(60_000);
  expect(written.at(-1)?.services[0]?.samples).toBe(7);
  await stop();
});

test('what was written is read before a note is, so that the note leaves it as it is', async () => {
  const rigged = rig({ answer: away });
  const { clock, world, notes, rounds, stop } = rigged;
  world.read = () => Promise.reject(new ApiError('http', 'GET: 500', { status: 500 }));
  await clock.advance(0);
  expect([notes, rounds]).toEqual([[], ['network']]);
  world.read = () => Promise.resolve(undefined);
  await clock.advance(2 * 60_000);
  expect([notes.length, rigged.reads()]).toEqual([2, 2]);
  await stop();
});

test('an answer that is used and cannot be written is not noted', async () => {
  const { clock, world, notes, stop } = rig();
  world.write = () => Promise.reject(new ApiError('http', 'PUT: 500', { status: 500 }));
  await clock.advance(2 * 60_000);
  expect(notes).toEqual([]);
  await stop();
});

test('after a conflict the ConfigMap is read again', async () => {
  const { clock, world, reads, rounds, log, stop } = rig();
  await clock.advance(60_000);
  expect(reads()).toBe(1);
  world.write = () => Promise.reject(new ApiError('http', 'PUT: 409', { status: 409 }));
  await clock.advance(60_000);
  world.write = () => Promise.resolve(0);
  await clock.advance(60_000);
  expect(reads()).toBe(2);
  expect(rounds).toEqual(['ok', 'ok', 'write', 'ok']);
  expect(log).toContain('the ConfigMap could not be written: PUT: 409; the last figures stay until they expire');
  await stop();
});

test('series that are ignored are named once', async () => {
  const { clock, world, log, stop } = rig();
  world.answer = () => Promise.resolve(vector({ a: '3', b: 'NaN', c: '-1' }));
  await clock.advance(5 * 60_000);
  expect(log).toEqual(['series with a negative rate are ignored', 'series without a finite number are ignored']);
  await stop();
});

test('a ConfigMap that is full is told', async () => {
  const { clock, world, observer, log, stop } = rig();
  world.write = () => Promise.resolve(7);
  await clock.advance(0);
  expect(observer.problem).toBe('the ConfigMap is full: 7 Services with the least traffic are left out');
  expect(log).toEqual(['the ConfigMap is full: 7 Services with the least traffic are left out']);
  await stop();
});

test('zones that are others in each answer are left out beyond the bound, which is told', async () => {
  const { clock, world, observer, written, stop } = rig();
  let round = 0;
  world.answer = () => {
    const prefix = `z${round++}`;
    return Promise.resolve(
      vector({ a: '9', ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${prefix}-${i}`, '1'])) }),
    );
  };
  await clock.advance(2 * 60_000);
  expect(observer.problem).toBe('22 zones beyond 100 with the least traffic are left out');
  expect(written.at(-1)?.services[0]?.latest.map(({ zone }) => zone)).toContain('a');
  await stop();
});
