import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { pino } from 'pino';
import {
  EventRecorder,
  type EventRecorderOptions,
  type InvolvedService,
} from '../../../src/kube/events/eventRecorder.js';
import { RateLimiter } from '../../../src/kube/rest/rateLimiter.js';
import { ApiError, type ApiErrorKind, type ApiRequest } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { ScriptedTransport } from '../../support/modelApi.js';

const cart: InvolvedService = { namespace: 'shop', name: 'cart', uid: 'u1', resourceVersion: '7' };

interface StoredEvent {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly reason: string;
  message: string;
  count: number;
  lastTimestamp: string;
}

/** Stores Events as a server does: 409 for a name that is taken, 404 for a patch of what is not there. */
class EventsApi extends ScriptedTransport {
  readonly events = new Map<string, StoredEvent>();
  before: (request: ApiRequest) => unknown = () => undefined;
  after: () => unknown = () => undefined;

  constructor() {
    super();
    this.onSend = async (request) => {
      await this.before(request);
      this.#serve(request);
      await this.after();
      return {};
    };
  }

  get summary(): string[] {
    return [...this.events.values()].map(({ message, count }) => `${count}x ${message}`);
  }

  get methods(): string {
    return this.sent.map(({ method }) => method).join(' ');
  }

  #serve({ method, path, body, contentType }: ApiRequest): void {
    if (method === 'POST') {
      const event = structuredClone(body) as StoredEvent;
      expect(path).toBe(`/api/v1/namespaces/${event.metadata.namespace}/events`);
      const key = `${path}/${event.metadata.name}`;
      if (this.events.has(key)) throw new ApiError('http', 'exists', { status: 409, reason: 'AlreadyExists' });
      this.events.set(key, event);
      return;
    }
    expect([method, contentType]).toEqual(['PATCH', 'application/strategic-merge-patch+json']);
    const event = this.events.get(path);
    if (event === undefined) throw new ApiError('http', 'not found', { status: 404, reason: 'NotFound' });
    Object.assign(event, body);
  }
}

interface Rig {
  readonly api: EventsApi;
  readonly clock: FakeClock;
  readonly recorder: EventRecorder;
  readonly dropped: string[];
  readonly log: Record<string, unknown>[];
  readonly run: () => { readonly stop: () => Promise<void> };
}

function make(options: Partial<EventRecorderOptions> = {}, clock = new FakeClock()): Rig {
  const api = new EventsApi();
  const dropped: string[] = [];
  const log: Record<string, unknown>[] = [];
  const recorder = new EventRecorder({
    transport: api,
    component: 'slicehints',
    host: 'pod-1',
    clock,
    random: () => 0.5,
    logger: pino({ level: 'warn' }, { write: (line: string) => void log.push(JSON.parse(line) as never) }),
    observer: { onDropped: (why) => dropped.push(why) },
    ...options,
  });
  const run = (): { stop: () => Promise<void> } => {
    const ended = new AbortController();
    const running = recorder.run(ended.signal);
    const stop = async (): Promise<void> => {
      ended.abort();
      await running;
      expect(clock.pending).toBe(0);
    };
    return { stop };
  };
  return { api, clock, recorder, dropped, log, run };
}

describe('an Event', () => {
  test('is a core/v1 Event about the Service, as kubectl describe looks for it', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    await clock.advance(1234);
    recorder.record(cart, 'Warning', 'TopologyAwareHintsDisabled', 'Too few endpoints');
    await settle();
    const [event] = [...api.events.values()];
    expect(event).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: expect.stringMatching(/^cart\.[0-9a-f]{15,16}$/) },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Service',
        namespace: 'shop',
        name: 'cart',
        uid: 'u1',
        resourceVersion: '7',
      },
      type: 'Warning',
      reason: 'TopologyAwareHintsDisabled',
      message: 'Too few endpoints',
      source: { component: 'slicehints', host: 'pod-1' },
      firstTimestamp: '2026-01-01T00:00:01Z',
      lastTimestamp: '2026-01-01T00:00:01Z',
      count: 1,
      reportingComponent: 'slicehints',
      reportingInstance: 'pod-1',
    });
    await stop();
  });

  test('has a name of its own even when many come in one millisecond', async () => {
    const { api, recorder, run } = make();
    const { stop } = run();
    for (let i = 0; i < 200; i++) recorder.record({ ...cart, uid: `u${i}` }, 'Normal', 'R', 'm');
    await settle(100);
    expect(api.events.size).toBe(200);
    await stop();
  });

  test('with a message beyond all measure is cut', async () => {
    const { api, recorder, run } = make();
    const { stop } = run();
    recorder.record(cart, 'Normal', 'R', 'x'.repeat(5000));
    await settle();
    expect([...api.events.values()][0]?.message).toHaveLength(1001);
    await stop();
  });
});

describe('repetition', () => {
  test('of the same message counts up on the same Event', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    for (let i = 0; i < 3; i++) {
      recorder.record(cart, 'Normal', 'R', 'same');
      await clock.advance(60_000);
    }
    expect(api.methods).toBe('POST PATCH PATCH');
    expect(api.summary).toEqual(['3x same']);
    expect([...api.events.values()][0]?.lastTimestamp).toBe('2026-01-01T00:02:00Z');
    await stop();
  });

  test.each<[string, Partial<InvolvedService>, 'Normal' | 'Warning', string, string]>([
    ['Service', { name: 'other' }, 'Normal', 'R', 'same'],
    ['Service of the same name, made anew', { uid: 'u2' }, 'Normal', 'R', 'same'],
    ['type', {}, 'Warning', 'R', 'same'],
    ['reason', {}, 'Normal', 'S', 'same'],
    ['message', {}, 'Normal', 'R', 'different'],
  ])('with another %s is another Event', async (_name, involved, type, reason, message) => {
    const { api, recorder, run } = make();
    const { stop } = run();
    recorder.record(cart, 'Normal', 'R', 'same');
    recorder.record({ ...cart, ...involved }, type, reason, message);
    await settle();
    expect(api.methods).toBe('POST POST');
    await stop();
  });

  test('after more than an hour begins a new Event, since the server has forgotten the old one', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    recorder.record(cart, 'Normal', 'R', 'same');
    await clock.advance(3_600_001);
    recorder.record(cart, 'Normal', 'R', 'same');
    await settle();
    expect(api.summary).toEqual(['1x same', '1x same']);
    await stop();
  });

  test('of an Event that the server has lost makes it again with its count', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    recorder.record(cart, 'Normal', 'R', 'same');
    await clock.advance(1000);
    api.events.clear();
    recorder.record(cart, 'Normal', 'R', 'same');
    await settle();
    expect(api.methods).toBe('POST PATCH POST');
    expect(api.summary).toEqual(['2x same']);
    await stop();
  });

  test('with ten different messages within ten minutes is put together', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    for (let i = 1; i <= 12; i++) {
      recorder.record(cart, 'Normal', 'R', `message ${i}`);
      await clock.advance(1000);
    }
    expect(api.summary).toHaveLength(10);
    expect(api.summary.at(-1)).toBe('3x (combined from similar events): message 12');
    await clock.advance(601_000);
    recorder.record(cart, 'Normal', 'R', 'much later');
    await settle();
    expect(api.summary.at(-1)).toBe('1x much later');
    await stop();
  });

  test('of one Service is cut at 25, refilled by one in five minutes, and hurts no other Service', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    for (let i = 0; i < 40; i++) {
      recorder.record(cart, 'Normal', 'R', 'same');
      await clock.advance(1);
    }
    expect(api.sent).toHaveLength(25);
    expect(dropped).toHaveLength(15);
    recorder.record({ ...cart, name: 'other', uid: 'u2' }, 'Normal', 'R', 'same');
    await clock.advance(299_000);
    recorder.record(cart, 'Normal', 'R', 'same');
    expect(dropped).toHaveLength(16);
    await clock.advance(2_000);
    recorder.record(cart, 'Normal', 'R', 'same');
    await settle();
    expect(api.sent).toHaveLength(27);
    // What was cut shows in the count.
    expect(api.summary).toEqual(['42x same', '1x same']);
    await stop();
  });
});

describe('the budget', () => {
  const other = { ...cart, name: 'other', uid: 'u2' };
  const limited = (qps: number, burst: number, options: Partial<EventRecorderOptions> = {}): Rig => {
    const clock = new FakeClock();
    return make({ clock, budget: new RateLimiter({ qps, burst, clock }), ...options }, clock);
  };
  /** Writes the only token. */
  const spend = async (recorder: EventRecorder): Promise<void> => {
    recorder.record({ ...cart, name: 'first', uid: 'u0' }, 'Normal', 'R', 'm');
    await settle();
  };

  test('lets a burst through and then its rate', async () => {
    const { api, clock, recorder, run } = limited(5, 50);
    const { stop } = run();
    for (let i = 0; i < 100; i++) recorder.record({ ...cart, name: `s${i}`, uid: `u${i}` }, 'Normal', 'R', 'm');
    await clock.advance(1);
    await settle(30);
    expect(api.sent).toHaveLength(50);
    await clock.advance(2000);
    expect(api.sent).toHaveLength(60);
    await clock.advance(8000);
    expect(api.sent).toHaveLength(100);
    await stop();
  });

  test.each<[string, readonly (readonly [InvolvedService, 'Normal' | 'Warning', string, string, string?])[], string[]]>(
    [
      [
        'the latest message of a Service and reason',
        [
          [cart, 'Normal', 'R', 'old'],
          [cart, 'Normal', 'R', 'newer'],
          [cart, 'Normal', 'R', 'newest'],
        ],
        ['3x newest'],
      ],
      [
        'the place in the queue of the first',
        [
          [cart, 'Normal', 'R', 'old'],
          [other, 'Normal', 'R', 'in between'],
          [cart, 'Normal', 'R', 'new'],
        ],
        ['2x new', '1x in between'],
      ],
      [
        'a message that comes again, once',
        [
          [cart, 'Normal', 'R', 'a'],
          [cart, 'Normal', 'R', 'b'],
          [cart, 'Normal', 'R', 'a'],
        ],
        ['3x a'],
      ],
      [
        'each reason, type and Service',
        [
          [cart, 'Normal', 'R', 'a'],
          [cart, 'Normal', 'S', 'b'],
          [cart, 'Warning', 'R', 'c'],
          [other, 'Normal', 'R', 'd'],
        ],
        ['1x a', '1x b', '1x c', '1x d'],
      ],
      [
        'each topic, such as an address type',
        [
          [cart, 'Normal', 'R', 'v4', 'IPv4'],
          [cart, 'Normal', 'R', 'v6', 'IPv6'],
          [cart, 'Normal', 'R', 'v4 again', 'IPv4'],
        ],
        ['2x v4 again', '1x v6'],
      ],
    ],
  )('keeps, of what waits, %s', async (_, records, expected) => {
    const { api, clock, recorder, dropped, run } = limited(1, 1);
    const { stop } = run();
    await spend(recorder);
    for (const record of records) recorder.record(...record);
    expect(recorder.pending).toBe(expected.length);
    await clock.advance(20_000);
    expect(api.summary.slice(1)).toEqual(expected);
    expect(dropped).toEqual(Array(records.length - expected.length).fill('coalesced'));
    await stop();
  });

  test('counts on the Event that is written what was recorded for one that is written already', async () => {
    const { api, clock, recorder, run } = limited(1, 1);
    const { stop } = run();
    recorder.record(cart, 'Normal', 'R', 'a');
    await clock.advance(5000);
    await spend(recorder);
    recorder.record(cart, 'Normal', 'R', 'a');
    recorder.record(cart, 'Normal', 'R', 'b');
    await clock.advance(5000);
    recorder.record(cart, 'Normal', 'R', 'a');
    await clock.advance(5000);
    expect(api.summary).toEqual(['2x a', '1x m', '2x b']);
    await stop();
  });

  test('loses no occurrence, whatever comes when', async () => {
    const record = fc.record({
      service: fc.constantFrom('a', 'b'),
      message: fc.constantFrom('x', 'y', 'z'),
      waitMs: fc.constantFrom(0, 100, 1500),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 20 }), async (records) => {
        const { api, clock, recorder, run } = limited(1, 1);
        const { stop } = run();
        for (const { service, message, waitMs, fails } of records) {
          api.before = () => (fails ? Promise.reject(new ApiError('http', 'away', { status: 503 })) : undefined);
          recorder.record({ ...cart, name: service, uid: service }, 'Normal', 'R', message);
          await clock.advance(waitMs);
        }
        api.before = () => undefined;
        await clock.advance(600_000);
        const written = [...api.events.values()].reduce((sum, { count }) => sum + count, 0);
        expect(written).toBe(records.length);
        await stop();
      }),
      { numRuns: 30 },
    );
  });

  test.each([true, false])('is not waited for by a shutdown (while running: %s)', async (running) => {
    const { api, clock, recorder, run } = limited(1, 2);
    const handle = running ? run() : undefined;
    for (let i = 0; i < 5; i++) recorder.record({ ...cart, name: `s${i}`, uid: `u${i}` }, 'Normal', 'R', 'm');
    await recorder.flush(2000);
    expect([api.events.size, recorder.pending, clock.monotonicMs()]).toEqual([2, 3, 0]);
    await handle?.stop();
  });
});

describe('an outage', () => {
  test.each<[string, ApiError]>([
    ['no connection', new ApiError('network', 'ECONNREFUSED')],
    ['no answer', new ApiError('timeout', 'late')],
    ['503', new ApiError('http', 'starting', { status: 503 })],
    ['429', new ApiError('http', 'slow down', { status: 429, retryAfterMs: 1000 })],
    ['401', new ApiError('http', 'who', { status: 401 })],
  ])('of ten minutes (%s) loses nothing and repeats nothing', async (_name, error) => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(error);
    for (let i = 0; i < 5; i++) recorder.record({ ...cart, name: `s${i}`, uid: `u${i}` }, 'Normal', 'R', 'm');
    recorder.record({ ...cart, name: 's0', uid: 'u0' }, 'Normal', 'R', 'm');
    await clock.advance(600_000);
    expect(recorder.pending).toBe(5);
    expect(api.sent.length).toBeLessThan(60);
    api.before = () => undefined;
    await clock.advance(60_000);
    expect(api.summary).toEqual(['2x m', '1x m', '1x m', '1x m', '1x m']);
    expect(dropped).toEqual([]);
    await stop();
  });

  test('obeys Retry-After', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    let left = 1;
    api.before = () => {
      if (left-- > 0) throw new ApiError('http', 'slow down', { status: 429, retryAfterMs: 20_000 });
    };
    recorder.record(cart, 'Normal', 'R', 'm');
    await clock.advance(20_000);
    expect(api.events.size).toBe(0);
    await clock.advance(1000);
    expect(api.events.size).toBe(1);
    await stop();
  });

  test('that swallows only the answer does not write the Event twice', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    let left = 1;
    api.after = () => {
      if (left-- > 0) throw new ApiError('network', 'reset');
    };
    recorder.record(cart, 'Normal', 'R', 'm');
    await settle();
    recorder.record(cart, 'Normal', 'R', 'm');
    await clock.advance(10_000);
    expect(api.methods).toBe('POST POST PATCH');
    expect(api.summary).toEqual(['2x m']);
    await stop();
  });

  test('fills the queue to its bound: the oldest go, and each is counted', async () => {
    const { api, clock, recorder, dropped, log, run } = make({ maxQueue: 10 });
    const { stop } = run();
    api.before = () => Promise.reject(new ApiError('network', 'ECONNREFUSED'));
    for (let i = 0; i < 100; i++) recorder.record({ ...cart, name: `s${i}`, uid: `u${i}` }, 'Normal', 'R', `${i}`);
    await clock.advance(1000);
    api.before = () => undefined;
    await clock.advance(60_000);
    expect(dropped).toEqual(Array(90).fill('queue-full'));
    expect(api.summary).toEqual([...Array(10).keys()].map((i) => `1x ${90 + i}`));
    expect(log).toHaveLength(1);
    await stop();
  });

  test('of more than an hour makes Events too old to tell', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(new ApiError('network', 'ECONNREFUSED'));
    recorder.record(cart, 'Normal', 'R', 'm');
    await clock.advance(3_700_000);
    expect(dropped).toEqual(['too-old']);
    expect(recorder.pending).toBe(0);
    await stop();
  });

  test('of more than an hour loses nothing that went on happening', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(new ApiError('network', 'ECONNREFUSED'));
    for (let i = 0; i < 4; i++) {
      recorder.record(cart, 'Normal', 'R', 'm');
      await clock.advance(1_000_000);
    }
    api.before = () => undefined;
    await clock.advance(60_000);
    expect(api.summary).toEqual(['4x m']);
    expect(dropped).toEqual([]);
    await stop();
  });
});

describe('an answer of 403', () => {
  test('for 20 seconds, as from an API server that has just started, loses nothing', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(new ApiError('http', 'forbidden', { status: 403 }));
    recorder.record(cart, 'Normal', 'R', '1');
    recorder.record(cart, 'Normal', 'R', '2');
    await clock.advance(20_000);
    api.before = () => undefined;
    await clock.advance(60_000);
    expect([...api.summary].sort()).toEqual(['1x 1', '1x 2']);
    expect(dropped).toEqual([]);
    await stop();
  });

  test('that lasts drops Events, after a minute at once', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(new ApiError('http', 'forbidden', { status: 403 }));
    recorder.record(cart, 'Normal', 'R', '1');
    await clock.advance(120_000);
    expect(dropped).toEqual(['refused']);
    const { length } = api.sent;
    for (let i = 0; i < 5; i++) recorder.record(cart, 'Normal', 'R', `later ${i}`);
    await settle(20);
    expect(dropped).toHaveLength(6);
    expect(api.sent).toHaveLength(length + 5);
    await stop();
  });

  test('for a Namespace that is being deleted drops its Events at once, and the next is written', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = ({ path }) => {
      const more = { status: 403, reason: 'Forbidden', isNamespaceTerminating: true };
      if (path.includes('/gone/')) throw new ApiError('http', 'terminating', more);
    };
    for (let i = 0; i < 20; i++) recorder.record({ ...cart, namespace: 'gone', name: `s${i}` }, 'Normal', 'R', '1');
    recorder.record(cart, 'Normal', 'R', '1');
    await settle(100);
    expect([dropped.length, api.events.size, clock.monotonicMs()]).toEqual([20, 1, 0]);
    await stop();
  });

  test('for one Namespace, without its cause, ends after twelve tries and holds up nothing', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = ({ path }) => {
      if (path.includes('/gone/')) throw new ApiError('http', 'terminating', { status: 403 });
    };
    recorder.record({ ...cart, namespace: 'gone' }, 'Normal', 'R', '1');
    for (let i = 0; i < 60; i++) {
      recorder.record({ ...cart, name: `web-${i}`, uid: `u${i}` }, 'Normal', 'R', '1');
      await clock.advance(2000);
      expect(recorder.pending).toBeLessThanOrEqual(3);
    }
    expect(api.events.size).toBe(60);
    expect(dropped).toEqual(['refused']);
    expect(api.sent.filter(({ path }) => path.includes('/gone/'))).toHaveLength(12);
    await stop();
  });
});

describe('each answer to an Event', () => {
  const HALF_AN_HOUR_MS = 30 * 60_000;

  /** Half an hour of the same answer: how many Events still wait, why others were dropped, and whether it was tried again. */
  async function fateOf(error: ApiError): Promise<string> {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(error);
    recorder.record(cart, 'Normal', 'R', 'm');
    await clock.advance(HALF_AN_HOUR_MS);
    const { length } = api.sent;
    const fate = recorder.pending > 0 ? 'waits' : `dropped_${dropped.join()}`;
    api.before = () => undefined;
    await clock.advance(HALF_AN_HOUR_MS);
    expect(api.summary).toEqual(fate === 'waits' ? ['1x m'] : []);
    await stop();
    return `${fate} after ${length === 1 ? 'one try' : length === 12 ? 'twelve tries' : 'more tries'}`;
  }

  test.each<[string, readonly number[]]>([
    ['waits after more tries', [401, 408, 409, 429, 503]],
    ['dropped_refused after more tries', [403]],
    ['dropped_failed after twelve tries', [500, 501, 502, 504, 505, 507, 511, 599]],
    ['dropped_refused after one try', [400, 402, 404, 405, 406, 410, 411, 413, 415, 422, 425, 428, 431, 451]],
  ])('%s: %s', async (fate, statuses) => {
    for (const status of statuses) {
      expect([status, await fateOf(new ApiError('http', 'no', { status }))]).toEqual([status, fate]);
    }
  });

  test.each<[string, ApiErrorKind]>([
    ['waits after more tries', 'network'],
    ['waits after more tries', 'timeout'],
    ['dropped_failed after one try', 'malformed'],
  ])('%s: none (%s)', async (fate, kind) => {
    expect(await fateOf(new ApiError(kind, 'no'))).toBe(fate);
  });
});

describe('an answer that no repetition will change', () => {
  test.each([400, 404, 405, 413, 422])('(%d) drops the Event with one log line and goes on', async (status) => {
    const { api, recorder, dropped, log, run } = make();
    const { stop } = run();
    api.before = ({ body }) => {
      if ((body as StoredEvent).reason === 'Bad') throw new ApiError('http', 'no', { status });
    };
    recorder.record(cart, 'Normal', 'Bad', '1');
    recorder.record(cart, 'Normal', 'Bad', '2');
    recorder.record(cart, 'Normal', 'Good', '3');
    await settle(20);
    expect(dropped).toEqual(['refused', 'refused']);
    expect(api.summary).toEqual(['1x 3']);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({ service: 'shop/cart', reason: 'Bad', error: 'no' });
    await stop();
  });

  test('such as 500 for one Event lets the others go first and gives up after twelve', async () => {
    const { api, clock, recorder, dropped, run } = make();
    const { stop } = run();
    api.before = ({ body }) => {
      if ((body as StoredEvent).reason === 'Bad') throw new ApiError('http', 'broken', { status: 500 });
    };
    recorder.record(cart, 'Normal', 'Bad', '1');
    recorder.record(cart, 'Normal', 'Good', '2');
    await clock.advance(1000);
    expect(api.summary).toEqual(['1x 2']);
    await clock.advance(600_000);
    expect(dropped).toEqual(['failed']);
    expect(api.sent.filter(({ body }) => (body as StoredEvent).reason === 'Bad')).toHaveLength(12);
    await stop();
  });

  test('such as a name that is taken leads to another name', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    let left = 1;
    api.before = () => {
      if (left-- > 0) throw new ApiError('http', 'exists', { status: 409, reason: 'AlreadyExists' });
    };
    recorder.record(cart, 'Normal', 'R', 'm');
    await clock.advance(5_000);
    const names = api.sent.map(({ body }) => (body as StoredEvent).metadata.name);
    expect(new Set(names).size).toBe(2);
    expect(api.summary).toEqual(['1x m']);
    await stop();
  });
});

describe('the end', () => {
  test('waits for what is queued, beside run or after it', async () => {
    const { api, recorder, run } = make();
    const first = run();
    recorder.record(cart, 'Normal', 'R', '1');
    await recorder.flush(1000);
    expect(api.summary).toEqual(['1x 1']);
    await first.stop();
    recorder.record(cart, 'Normal', 'R', '2');
    await recorder.flush(1000);
    expect(api.summary).toEqual(['1x 1', '1x 2']);
    await recorder.flush(1000);
  });

  test('cuts a back-off short, since the server may be back', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(new ApiError('http', 'x', { status: 503, retryAfterMs: 200_000 }));
    recorder.record(cart, 'Normal', 'R', 'm');
    await settle();
    api.before = () => undefined;
    await recorder.flush(1000);
    expect(api.summary).toEqual(['1x m']);
    expect(clock.monotonicMs()).toBe(0);
    await stop();
  });

  test.each([true, false])('comes at the deadline when the server is away (while running: %s)', async (running) => {
    const { api, clock, recorder, run } = make();
    const handle = running ? run() : undefined;
    api.before = () => Promise.reject(new ApiError('network', 'ECONNREFUSED'));
    recorder.record(cart, 'Normal', 'R', 'm');
    let ended = false;
    const flushed = recorder.flush(2000).then(() => (ended = true));
    await clock.advance(1999);
    expect(ended).toBe(false);
    await clock.advance(1);
    await flushed;
    expect(recorder.pending).toBe(1);
    await handle?.stop();
  });

  test('of run during a write leaves the Event for flush', async () => {
    const { api, recorder, run } = make();
    const { stop } = run();
    api.before = ({ signal }) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(new ApiError('aborted', 'stopped')), { once: true }),
      );
    recorder.record(cart, 'Normal', 'R', 'm');
    await settle();
    await stop();
    api.before = () => undefined;
    await Promise.all([recorder.flush(1000), recorder.flush(1000)]);
    expect(api.summary).toEqual(['1x m']);
  });

  test('of the transport does not make the recorder spin', async () => {
    const { api, clock, recorder, run } = make();
    const { stop } = run();
    api.before = () => Promise.reject(new ApiError('aborted', 'the transport is closed'));
    recorder.record(cart, 'Normal', 'R', 'm');
    await clock.advance(60_000);
    expect(api.sent.length).toBeLessThan(20);
    await stop();
  });
});
