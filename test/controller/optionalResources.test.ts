import { pino } from 'pino';
import { expect, test } from 'vitest';
import { OptionalResources, optionalResource } from '../../src/controller/optionalResources.js';
import { FakeClock } from '../support/fakeClock.js';
import { POLICY_GROUP, PolicyServer } from '../support/policyServer.js';

test('objects of a definition that goes are reported as deleted, those that the server always has are not', async () => {
  const clock = new FakeClock();
  const server = new PolicyServer();
  server.policies = [{ metadata: { name: 'p', resourceVersion: '1' } }];
  const events: string[] = [];
  const follow = (name: string, path: string, builtIn: { builtIn?: true }): ReturnType<typeof optionalResource> =>
    optionalResource<string>({
      name,
      path,
      transform: () => 'it',
      onChange: (key, next, previous) => void events.push(`${key}: ${previous ?? '-'} to ${next ?? '-'}`),
      ...builtIn,
    });
  const resources = new OptionalResources({
    transport: server,
    clock,
    random: () => 0.5,
    logger: pino({ level: 'silent' }),
    observer: {},
    what: 'things',
    probePath: POLICY_GROUP,
    probeQuery: { limit: 1 },
    resources: [
      follow('things', `${POLICY_GROUP}/clusterhintspolicies`, {}),
      follow('namespaces', '/api/v1/namespaces', { builtIn: true }),
    ],
    onKnown: () => void events.push('known'),
  });
  const stop = new AbortController();
  const ended = resources.run(stop.signal);
  await clock.advance(0);
  expect([events.sort(), resources.served]).toEqual([['known', 'p: - to it', 'shop: - to it'], true]);
  server.group = server.lists = 404;
  server.endWatches();
  await clock.advance(30_000);
  expect([events.slice(3), resources.served]).toEqual([['p: it to -'], false]);
  stop.abort();
  await ended;
});
