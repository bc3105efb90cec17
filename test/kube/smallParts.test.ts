import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from '../../src/kube/rest/apiStatus.js';
import { Backoff } from '../../src/kube/backoff.js';
import { LineReader } from '../../src/kube/rest/lineReader.js';
import { LogThrottle } from '../../src/kube/logThrottle.js';
import { proxyFromEnvironment } from '../../src/kube/auth/proxyEnvironment.js';
import { RateLimiter } from '../../src/kube/rest/rateLimiter.js';
import { FakeClock } from '../support/fakeClock.js';

describe('the back-off', () => {
  test('doubles its bound up to the maximum and starts again after a reset', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => 0.5 });
    const waits = (): number[] => Array.from({ length: 6 }, () => backoff.nextMs());
    expect(waits()).toEqual([50, 100, 200, 400, 500, 500]);
    backoff.reset();
    expect([backoff.attempts, backoff.nextMs()]).toEqual([0, 50]);
  });

  test('adds to what the server asked for, which it believes up to five minutes', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => 0.5 });
    expect([backoff.nextMs(7_000), backoff.nextMs(1e9), backoff.nextMs(-1)]).toEqual([7_050, 300_100, 200]);
  });

  test('stays within its bounds for ever', () => {
    const backoff = new Backoff({ baseMs: 800, maxMs: 30_000, random: () => 0.999 });
    for (let i = 0; i < 5000; i++) expect(backoff.nextMs()).toBeLessThan(30_000);
  });
});

describe('the rate limiter', () => {
  const times = async (qps: number, burst: number, asked: readonly number[]): Promise<number[]> => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ qps, burst, clock });
    const let_in: number[] = [];
    for (const at of asked) {
      await clock.advance(at - clock.monotonicMs());
      void limiter.acquire().then(() => let_in.push(clock.monotonicMs()));
    }
    await clock.advance(1_000_000);
    return let_in;
  };

  test('lets a burst through and then keeps the rate, in the order of asking', async () => {
    expect(await times(10, 3, [0, 0, 0, 0, 0])).toEqual([0, 0, 0, 100, 200]);
  });

  test('fills up while it is quiet, but never beyond the burst', async () => {
    expect(await times(10, 2, [0, 0, 0, 60_000, 60_000, 60_000])).toEqual([0, 0, 100, 60_000, 60_000, 60_100]);
  });

  test.each([0, -1])('is no limit with %d requests per second', async (qps) => {
    expect(await times(qps, 0, Array<number>(50).fill(0))).toEqual(Array(50).fill(0));
  });

  test('gives a token back that was not waited for', async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ qps: 1, burst: 1, clock });
    await limiter.acquire();
    const stop = new AbortController();
    const waiting = limiter.acquire(stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted' });
    await expect(limiter.acquire(stop.signal)).rejects.toMatchObject({ kind: 'aborted' });
    expect(clock.pending).toBe(0);
    let through = false;
    void limiter.acquire().then(() => (through = true));
    await clock.advance(1000);
    expect(through).toBe(true);
  });

  test('refuses a burst that lets nobody through', () => {
    expect(() => new RateLimiter({ qps: 1, burst: 0, clock: new FakeClock() })).toThrow('at least 1, got 0');
  });

  test('never lets more through than burst plus rate times time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(500), { maxLength: 60 }),
        async (qps, burst, gaps) => {
          let at = 0;
          const let_in = await times(
            qps,
            burst,
            gaps.map((gap) => (at += gap)),
          );
          expect(let_in).toHaveLength(gaps.length);
          for (const [first, from] of let_in.entries()) {
            for (const [last, to] of let_in.entries()) {
              if (last < first) continue;
              expect(last - first + 1).toBeLessThanOrEqual(burst + ((to - from) * qps) / 1000 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the line reader', () => {
  test('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(40)), (texts, cuts) => {
        const wanted = texts.map((text) => text.replaceAll('\n', ' ')).filter((text) => text.trim() !== '');
        const bytes = Buffer.from(wanted.map((text) => `${text}\n\n`).join(''));
        const reader = new LineReader(1_000_000);
        const got: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          for (const { text } of reader.push(bytes.subarray(at, at + cut))) got.push(text);
          at += cut;
        }
        expect(got).toEqual(wanted);
        expect(reader.rest()).toBeUndefined();
      }),
    );
  });

  test('hands out the rest, and of a line that is too long only its beginning', () => {
    const reader = new LineReader(10);
    const push = (text: string): unknown[] =>
      [...reader.push(Buffer.from(text))].map(({ text, tooLong }) => [text, tooLong]);
    expect(push('0123456789abc')).toEqual([['0123456789abc', true]]);
    expect(push('still the same line')).toEqual([]);
    expect(push('end\nnext\nre')).toEqual([['next', false]]);
    expect(reader.rest()).toEqual({ text: 're', tooLong: false });
  });
});

describe('Retry-After', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['5', 5000],
    [' 1.5 ', 1500],
    ['0', 0],
    ['-3', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ])('%j is %j ms', (header, expected) => {
    expect(parseRetryAfter(header, Date.UTC(2026, 0, 1))).toBe(expected);
  });
});

describe('what is said only now and then', () => {
  test('passes once a period and knows what it held back', async () => {
    const clock = new FakeClock();
    const occasionally = new LogThrottle(clock, 1000);
    const said = [occasionally.pass(), occasionally.pass(), occasionally.pass()];
    await clock.advance(1000);
    expect([...said, occasionally.pass()]).toEqual([0, undefined, undefined, 2]);
  });
});

describe('the proxy of the environment', () => {
  const proxy = 'http://proxy:3128';
  test.each<[string, NodeJS.ProcessEnv, string | undefined]>([
    ['https://api.example:6443', {}, undefined],
    ['https://api.example:6443', { HTTPS_PROXY: proxy }, proxy],
    ['https://api.example:6443', { https_proxy: 'proxy:3128' }, proxy],
    ['https://api.example:6443', { HTTP_PROXY: proxy }, undefined],
    ['http://api.example', { HTTP_PROXY: proxy }, proxy],
    ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'foo, Example' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '.api.example' }, proxy],
    ['https://a.api.example', { HTTPS_PROXY: proxy, NO_PROXY: '.api.example' }, undefined],
    ['https://a.api.example', { HTTPS_PROXY: proxy, NO_PROXY: '*.api.example' }, undefined],
    ['https://otherapi.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example' }, proxy],
    ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:6443' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:6443' }, proxy],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:443' }, undefined],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8,10.0.0.0/99' }, proxy],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3' }, undefined],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '2.3' }, proxy],
    ['https://[fd00::5]:443', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, undefined],
    ['https://[fd00::5]:443', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::5' }, undefined],
    ['https://[fd00::5]:443', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::5]:443' }, undefined],
  ])('for %s in %j is %j', (server, env, expected) => {
    expect(proxyFromEnvironment(new URL(server), env)).toBe(expected);
  });
});
