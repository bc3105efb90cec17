import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { pino } from 'pino';
import { Reflector } from '../../../src/kube/cache/reflector.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { ModelApi, type ModelObject } from '../../support/modelApi.js';

const keys = ['a/one', 'a/two', 'b/one', 'b/two'] as const;
const key = fc.constantFrom(...keys);

type Step =
  | { do: 'put' | 'delete' | 'write'; key: string; value: number }
  | { do: 'repeat'; back: number }
  | { do: 'refuse'; status: number }
  | { do: 'wait'; ms: number }
  | { do: 'settle' | 'compact' | 'close' | 'reset' | 'bookmark' | 'rubbish' | 'expire' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), key, value: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key, value: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), key, value: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('repeat' as const), back: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('refuse' as const), status: fc.constantFrom(0, 403, 410, 429, 500) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 1_000, 130_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('settle', 'settle', 'compact', 'close', 'reset', 'bookmark', 'rubbish', 'expire'),
    }),
  },
);

describe('a reflector, whatever happens to the server and to the connection', () => {
  test('ends equal to the server, and its changes tell the same story', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.boolean(),
        fc.boolean(),
        async (steps, streaming, small) => {
          const clock = new FakeClock();
          const api = new ModelApi();
          api.streaming = streaming;
          const told = new Map<string, ModelObject>();
          const lies: string[] = [];
          const reflector = new Reflector<ModelObject>({
            name: 'things',
            transport: api,
            path: '/things',
            transform: (raw) => raw as ModelObject,
            events: {
              onChange: (changed, next, previous) => {
                if (told.get(changed) !== previous) lies.push(`${changed}: previous is not what was told before`);
                if (next === undefined && previous === undefined) lies.push(`${changed}: nothing became nothing`);
                if (next !== undefined && next.metadata.resourceVersion === previous?.metadata.resourceVersion) {
                  lies.push(`${changed}: told twice`);
                }
                if (next === undefined) told.delete(changed);
                else told.set(changed, next);
              },
            },
            clock,
            random: () => 0.5,
            logger: pino({ level: 'silent' }),
            pageSize: small ? 2 : 500,
          });
          const ended = new AbortController();
          const running = reflector.run(ended.signal);
          for (const one of steps) await play(one, api, reflector, clock);
          // Calm: faults are over, and time passes in which every back-off and every watchdog has its turn.
          api.refusals.length = 0;
          for (let minute = 0; minute < 6; minute++) {
            api.bookmark();
            await clock.advance(60_000);
          }
          ended.abort();
          await running;
          expect(lies).toEqual([]);
          expect(byKey(reflector.items)).toEqual(byKey(api.objects));
          expect(byKey(told)).toEqual(byKey(api.objects));
          expect(reflector.synced).toBe(true);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  }, 60_000);
});

async function play(one: Step, api: ModelApi, reflector: Reflector<ModelObject>, clock: FakeClock): Promise<void> {
  const watch = api.openWatches.at(-1);
  switch (one.do) {
    case 'put':
      api.put(one.key, one.value);
      return;
    case 'delete':
      api.delete(one.key);
      return;
    case 'write': {
      // Our own write, checked by the server against the version that the cache has, as a JSON patch is.
      const cached = reflector.items.get(one.key);
      const stored = api.objects.get(one.key);
      if (cached === undefined || cached.metadata.resourceVersion !== stored?.metadata.resourceVersion) return;
      const answer = api.put(one.key, one.value);
      expect(reflector.applyLocal(one.key, cached.metadata.resourceVersion, answer)).toBe(answer);
      expect(reflector.items.get(one.key)).toBe(answer);
      return;
    }
    case 'repeat': {
      // Only what this watch has sent after its list; the marked bookmark ends a list and does not come twice.
      const changes = watch?.sent.slice(watch.sent.findLastIndex((event) => event.type === 'BOOKMARK') + 1) ?? [];
      const again = changes.at(-1 - one.back);
      if (again !== undefined) watch?.push(again);
      return;
    }
    case 'refuse':
      api.refusals.push(
        one.status === 0 ? new ApiError('network', 'reset') : new ApiError('http', 'refused', { status: one.status }),
      );
      return;
    case 'wait':
      await clock.advance(one.ms);
      return;
    case 'settle':
      return settle();
    case 'compact':
      api.compact();
      return;
    case 'close':
      watch?.end();
      return;
    case 'reset':
      watch?.fail(new ApiError('network', 'ECONNRESET'));
      return;
    case 'bookmark':
      api.bookmark();
      return;
    case 'rubbish':
      watch?.push({ type: 'MALFORMED', object: '{"type":' }, { type: 'ADDED', object: { metadata: {} } });
      return;
    case 'expire':
      api.compact();
      watch?.push({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
      watch?.end();
      return;
  }
}

function byKey(map: ReadonlyMap<string, ModelObject>): [string, ModelObject][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
