import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { OptionalResources, optionalResource, type OptionalResource } from '../../src/controller/optionalResources.js';
import { ApiError } from '../../src/kube/rest/transport.js';
import { FakeClock } from '../support/fakeClock.js';
import { ScriptedTransport } from '../support/modelApi.js';

const [PROBE, THINGS, NAMESPACES] = ['/apis/example.io/v1', '/apis/example.io/v1/things', '/api/v1/namespaces'];
const [P, SHOP] = ['p', 'shop'].map((name) => ({ metadata: { name, resourceVersion: '1' } }));

/** Things, whose definition may go, and namespaces, which the server always has. */
function rig(probeQuery?: { limit: number }) {
  const clock = new FakeClock();
  const transport = new ScriptedTransport();
  const status = new Map<string, number>();
  const lists: string[] = [];
  const refuse = (path: string): void => {
    const answer = status.get(path) ?? 200;
    if (answer !== 200) throw new ApiError('http', `answered ${answer}`, { status: answer });
  };
  transport.onSend = ({ path }) => {
    if (path === THINGS) lists.push(`${status.get(path) ?? 200} @${clock.monotonicMs()}`);
    refuse(path);
    return { metadata: { resourceVersion: '1' }, items: path === THINGS ? [P] : path === NAMESPACES ? [SHOP] : [] };
  };
  transport.onWatch = ({ request }) => refuse(request.path);
  const events: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const follow = (name: string, path: string, builtIn: { builtIn?: true }): OptionalResource =>
    optionalResource<string>({
      name,
      path,
      transform: () => 'it',
      onChange: (key, next, previous) => void events.push(`${key}: ${previous ?? '-'} to ${next ?? '-'}`),
      ...builtIn,
    });
  const resources = new OptionalResources({
    transport,
    clock,
    random: () => 0.5,
    logger: pino(
      { level: 'info' },
      { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    ),
    observer: {},
    what: 'things',
    probePath: PROBE,
    ...(probeQuery === undefined ? {} : { probeQuery }),
    resources: [follow('things', THINGS, {}), follow('namespaces', NAMESPACES, { builtIn: true })],
    onKnown: () => void events.push('known'),
  });
  const stop = new AbortController();
  const run = (): (() => Promise<void>) => {
    const ended = resources.run(stop.signal);
    return () => (stop.abort(), ended);
  };
  /** Things are answered so from now on; their watches end. */
  const answer = (code: number, ...paths: string[]): void => {
    for (const path of paths) status.set(path, code);
    for (const feed of transport.watches) if (feed.open && paths.includes(feed.request.path)) feed.end();
  };
  const watchOf = (path: string) => transport.watches.filter(({ request }) => request.path === path).at(-1);
  const state = (): [boolean, boolean] => [resources.known, resources.served];
  return { clock, transport, lists, events, lines, resources, run, answer, watchOf, state };
}

describe('whether the server has the definitions', () => {
  test('is not known before it answers', () => {
    expect(rig().state()).toEqual([false, false]);
  });

  test.each([
    ['with the query that it is given', { limit: 1 }, { limit: 1 }],
    ['without a query', undefined, {}],
  ])('is asked %s', async (_, query, expected) => {
    const { clock, transport, run } = rig(query);
    const end = run();
    await clock.advance(0);
    expect(transport.sent[0]).toMatchObject({ method: 'GET', path: PROBE, query: expected });
    expect(transport.sent[0]?.query).toEqual(expected);
    await end();
  });

  test.each([
    ['they are absent, and asked for after thirty seconds', 404, 30_000, [true, false]],
    ['that is no answer, and they are asked for after a second', 500, 1000, [false, false]],
    ['that is no answer either', 401, 1000, [false, false]],
  ])('%s: %i', async (_, status, againMs, expected) => {
    const { clock, transport, events, run, answer, state } = rig();
    answer(status, PROBE);
    const end = run();
    await clock.advance(againMs - 1);
    expect([state(), transport.sent.length]).toEqual([expected, 1]);
    answer(200, PROBE);
    await clock.advance(1);
    expect(state()).toEqual([true, true]);
    expect(events.filter((event) => event === 'known')).toHaveLength(1);
    await end();
  });
});

test.each<[string, [status: number, forMs: number][], [boolean, boolean]]>([
  ['403 for nine seconds and then an answer', [[403, 9_000], [200, 1_000]], [true, true]], // prettier-ignore
  ['403 for ten seconds', [[403, 10_000]], [true, false]],
  ['403, a failure and 403 for nine seconds', [[403, 6_000], [500, 1_000], [403, 9_000]], [false, false]], // prettier-ignore
])('whether they are known and served after %s', async (_, answers, expected) => {
  const { clock, run, answer, state } = rig();
  answer(answers[0]![0], PROBE);
  const end = run();
  for (const [status, forMs] of answers) {
    answer(status, PROBE);
    await clock.advance(forMs);
  }
  expect(state()).toEqual(expected);
  await end();
});

test('definitions that may not be asked for are asked for every thirty seconds once they count as absent', async () => {
  const { clock, transport, run, answer, state } = rig();
  answer(403, PROBE);
  const end = run();
  await clock.advance(10_000);
  const asked = transport.sent.length;
  await clock.advance(29_999);
  expect(transport.sent).toHaveLength(asked);
  answer(200, PROBE);
  await clock.advance(1);
  expect(state()).toEqual([true, true]);
  await end();
});

describe('when the definition goes', () => {
  test('its objects are reported as deleted, those that the server always has are not', async () => {
    const { clock, events, run, answer, state } = rig();
    const end = run();
    await clock.advance(0);
    expect([events.sort(), state()]).toEqual([
      ['known', 'p: - to it', 'shop: - to it'],
      [true, true],
    ]);
    answer(404, PROBE, THINGS);
    await clock.advance(30_000);
    expect([events.slice(3), state()]).toEqual([['p: it to -'], [true, false]]);
    await end();
  });

  test('an object that was deleted before is not reported again', async () => {
    const { clock, events, run, answer, watchOf } = rig();
    const end = run();
    await clock.advance(0);
    watchOf(THINGS)?.push({ type: 'DELETED', object: { metadata: { name: 'p', resourceVersion: '2' } } });
    await clock.advance(0);
    answer(404, PROBE, THINGS);
    await clock.advance(60_000);
    expect(events.filter((event) => event.startsWith('p'))).toEqual(['p: - to it', 'p: it to -']);
    await end();
  });

  test('what was read is gone five seconds after the first list that is answered with 404', async () => {
    const { clock, lists, events, run, answer } = rig();
    const end = run();
    await clock.advance(0);
    answer(404, PROBE, THINGS);
    while (!lists.some((list) => list.startsWith('404'))) await clock.advance(100);
    await clock.advance(4800);
    expect(events).not.toContain('p: it to -');
    await clock.advance(200);
    expect(events).toContain('p: it to -');
    await end();
  });

  test('before all was read, there are none at once', async () => {
    const { clock, events, run, answer, state } = rig();
    answer(404, THINGS);
    const end = run();
    await clock.advance(0);
    expect([events.filter((event) => !event.startsWith('shop')), state()]).toEqual([['known'], [true, false]]);
    await end();
  });
});

test('when it is stopped, nothing is reported as deleted, and nothing is logged', async () => {
  const { clock, events, lines, run, state } = rig();
  const end = run();
  await clock.advance(0);
  const before = [events.length, lines.length];
  await end();
  expect([events.length, lines.length]).toEqual(before);
  expect([state(), clock.pending]).toEqual([[true, true], 0]);
});

describe('the log has', () => {
  test('the resource of a list that fails', async () => {
    const { clock, lines, run, answer } = rig();
    answer(500, THINGS);
    const end = run();
    await clock.advance(1000);
    expect(lines.filter(({ level }) => level === 40)[0]).toMatchObject({ component: 'reflector', resource: 'things' });
    await end();
  });

  test.each<[string, string, number]>([
    ['their definitions are asked for in vain', PROBE, 500],
    ['they may not be read', THINGS, 403],
  ])('nothing about their being served, however long %s', async (_, path, status) => {
    const { clock, lines, run, answer } = rig();
    answer(status, path);
    const end = run();
    await clock.advance(300_000);
    expect(lines.filter(({ level }) => level === 30)).toEqual([]);
    await end();
  });

  test('once a minute that a server does not tell whether it serves them, and that this is waited for', async () => {
    const { clock, lines, run, answer } = rig();
    answer(500, PROBE);
    const end = run();
    await clock.advance(119_000);
    expect(lines).toMatchObject([
      {
        level: 40,
        error: 'answered 500',
        suppressed: 0,
        msg: 'could not find out whether the cluster serves things; nothing is planned before that',
      },
      { suppressed: 59 },
    ]);
    await end();
  });

  test('why they may not be read, once', async () => {
    const { clock, lines, run, answer } = rig();
    answer(403, THINGS);
    const end = run();
    await clock.advance(120_000);
    const refused = lines.filter(({ msg }) => msg === 'things may not be read; they count as absent');
    expect(refused.map(({ error }) => error)).toEqual(['answered 403']);
    await end();
  });
});
