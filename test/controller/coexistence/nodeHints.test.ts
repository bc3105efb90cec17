import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { NodeHintsWatch, nodeHintsOf } from '../../../src/controller/coexistence/nodeHints.js';
import { ApiError, type Transport } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';

const POLL_MS = 10 * 60_000;

function watching(first: number | undefined) {
  const clock = new FakeClock();
  const told: string[] = [];
  const lines: object[] = [];
  const server = { minor: first };
  const send = (): Promise<unknown> =>
    server.minor === undefined
      ? Promise.reject(new ApiError('http', 'GET /version: 503', { status: 503 }))
      : Promise.resolve({ major: '1', minor: String(server.minor) });
  const watch = new NodeHintsWatch({
    transport: { send } as unknown as Transport,
    clock,
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) }),
    onChange: () => void told.push(`${watch.nodeHints}${watch.known ? '' : ' (unknown)'}`),
  });
  const stop = new AbortController();
  const ended = watch.run(stop.signal);
  return { watch, told, lines, server, clock, end: () => (stop.abort(), ended) };
}

describe('NodeHintsWatch', () => {
  test.each([
    [33, 'dropped'],
    [34, 'stored'],
    [36, 'stored'],
    [undefined, 'stored'],
  ])('a server of version 1.%s: node hints count as %s', async (minor, expected) => {
    const { watch, told, clock, end } = watching(minor);
    await clock.advance(0);
    expect([watch.known, watch.nodeHints, told]).toEqual([true, expected, [expected]]);
    await end();
  });

  test('version 2 of Kubernetes is no old one', () => {
    expect(nodeHintsOf({ major: 2, minor: 0 })).toBe('stored');
  });

  test('an upgrade is found', async () => {
    const { told, lines, server, clock, end } = watching(33);
    await clock.advance(POLL_MS);
    server.minor = 34;
    await clock.advance(POLL_MS);
    expect(told).toEqual(['dropped', 'stored']);
    expect(lines).toMatchObject([
      { nodeHints: 'dropped', msg: 'the API server does not store node hints: plans use zone hints only' },
      { nodeHints: 'stored', msg: 'the API server stores node hints' },
    ]);
    await end();
  });

  test('nothing is logged where the answer is what was expected, and nothing is told after the end', async () => {
    const { told, lines, clock, end } = watching(34);
    await end();
    await clock.advance(POLL_MS);
    expect([told, lines]).toEqual([[], []]);
    const other = watching(34);
    await other.clock.advance(POLL_MS);
    expect([other.told, other.lines]).toEqual([['stored'], []]);
    await other.end();
  });

  test('what an answer showed holds until the version changes, also while the server does not answer', async () => {
    const { watch, told, server, clock, end } = watching(34);
    await clock.advance(0);
    watch.sawDropped();
    watch.sawDropped();
    await clock.advance(POLL_MS);
    server.minor = undefined;
    await clock.advance(POLL_MS);
    expect(told).toEqual(['stored', 'dropped']);
    server.minor = 35;
    await clock.advance(POLL_MS);
    expect(told).toEqual(['stored', 'dropped', 'stored']);
    await end();
  });
});
