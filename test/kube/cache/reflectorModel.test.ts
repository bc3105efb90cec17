import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { pino } from 'pino';
import { Reflector } from '../../../src/kube/cache/reflector.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { ModelApi, type ModelObject } from '../../support/modelApi.js';

/** What a command works on: the server is the model, since the cache must come to equal it. */
interface Cluster {
  readonly api: ModelApi;
  readonly clock: FakeClock;
  readonly reflector: Reflector<ModelObject>;
  /** Answers to our own requests that are on their way. */
  readonly answers: { readonly key: string; readonly from: string; readonly raw: ModelObject }[];
}

type Command = fc.AsyncCommand<object, Cluster>;

function command(name: string, run: (cluster: Cluster) => unknown): Command {
  return {
    check: () => true,
    run: async (_, cluster) => {
      await run(cluster);
      await settle(2);
    },
    toString: () => name,
  };
}

const key = fc.constantFrom('a/one', 'a/two');
const value = fc.nat(9);

function receive({ reflector, answers }: Cluster): void {
  const answer = answers.shift();
  if (answer !== undefined) reflector.applyLocal(answer.key, answer.from, answer.raw);
}

/** As the writer does: a patch is for the cached version; after a conflict the fresh object is read. */
function patch({ api, reflector, answers }: Cluster, key: string, value: number): void {
  const from = reflector.items.get(key)?.metadata.resourceVersion;
  const stored = api.objects.get(key);
  if (from === undefined || stored === undefined) return;
  const isCurrent = stored.metadata.resourceVersion === from;
  answers.push({ key, from, raw: isCurrent ? api.put(key, value) : stored });
}

const commands = [
  fc.tuple(key, value).map(([k, v]) => command(`others write ${k}`, ({ api }) => api.put(k, v))),
  key.map((k) => command(`others delete ${k}`, ({ api }) => api.delete(k))),
  fc.tuple(key, value).map(([k, v]) =>
    command(`others delete and recreate ${k}`, ({ api }) => {
      api.delete(k);
      api.put(k, v);
    }),
  ),
  fc.tuple(key, value).map(([k, v]) =>
    command(`patch ${k}, answered at once`, (cluster) => {
      patch(cluster, k, v);
      while (cluster.answers.length > 0) receive(cluster);
    }),
  ),
  fc.tuple(key, value).map(([k, v]) => command(`patch ${k}`, (cluster) => patch(cluster, k, v))),
  fc.constant(command('the oldest answer arrives', receive)),
  fc.integer({ min: 1, max: 3 }).map((n) => command(`the watch shows ${n} more`, ({ api }) => api.deliver(n))),
  fc.nat(3).map((back) =>
    command(`the watch shows again what it showed ${back} before`, ({ api }) => {
      const sent = api.openWatches.at(-1)?.sent ?? [];
      const event = sent.slice(sent.findLastIndex(({ type }) => type === 'BOOKMARK') + 1).at(-1 - back);
      if (event !== undefined) api.openWatches.at(-1)?.push(event);
    }),
  ),
  fc.constant(command('bookmark', ({ api }) => api.bookmark())),
  fc.constant(command('the watch is closed', ({ api }) => api.openWatches.at(-1)?.end())),
  fc.constant(
    command('the connection breaks', ({ api }) => api.openWatches.at(-1)?.fail(new ApiError('network', 'reset'))),
  ),
  fc.constant(
    command('history is compacted, so the next watch lists again', ({ api }) => {
      api.compact();
      api.openWatches.at(-1)?.end();
    }),
  ),
  fc.constant(command('time passes', ({ clock }) => clock.advance(40_000))),
];

describe('a reflector with a watch that lags behind our own requests', () => {
  test('equals the server once the watch has caught up, without listing again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(commands, { maxCommands: 15, size: 'max' }),
        // Mostly a watch that began with its list, which is held to have shown what the list held.
        fc.nat(3).map((n) => n > 0),
        fc.boolean(),
        async (steps, streaming, deletesInOldVersion) => {
          const [api, clock] = [new ModelApi(), new FakeClock()];
          Object.assign(api, { streaming, deletesInOldVersion, lagging: true });
          for (const name of ['a/one', 'a/two']) api.put(name, 0);
          const reported = new Map<string, ModelObject>();
          const wrong: string[] = [];
          const reflector = new Reflector<ModelObject>({
            name: 'things',
            transport: api,
            path: '/things',
            transform: (raw) => raw as ModelObject,
            events: {
              onChange: (changed, next, previous) => {
                if (reported.get(changed) !== previous) wrong.push(changed);
                if (next === undefined) reported.delete(changed);
                else reported.set(changed, next);
              },
            },
            clock,
            random: () => 0.5,
            logger: pino({ level: 'silent' }),
          });
          const ended = new AbortController();
          const running = reflector.run(ended.signal);
          await settle();
          const cluster: Cluster = { api, clock, reflector, answers: [] };
          await fc.asyncModelRun(() => ({ model: {}, real: cluster }), steps);
          while (cluster.answers.length > 0) receive(cluster);
          // A watch that was closed last is opened again; then it shows all that it lags behind by.
          if (api.openWatches.length === 0) await clock.advance(40_000);
          const lists = api.sent.length;
          api.deliver();
          await settle();
          expect(wrong).toEqual([]);
          expect([...reflector.items].sort()).toEqual([...api.objects].sort());
          expect([...reported].sort()).toEqual([...api.objects].sort());
          expect(api.sent).toHaveLength(lists);
          ended.abort();
          await running;
        },
      ),
      { numRuns: 700 },
    );
  }, 60_000);
});
