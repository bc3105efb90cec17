import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { MeasuredWatch } from '../../../src/controller/demand/measuredWatch.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { writeMeasured } from '../../../src/measured/text.js';
import type { MeasuredFigures, MeasuredService } from '../../../src/measured/figures.js';
import { FakeClock } from '../../support/fakeClock.js';
import { measuredService } from '../../support/measured.js';

type MeasuredTexts = [demand: string, latest?: string, recent?: string];

const NAMED = { namespace: 'slicehints', name: 'measured' };

/** An API server with a ConfigMap as a test sets it; a change ends the watch, so that it is listed anew. */
function rig({ configMap }: { configMap: typeof NAMED | undefined } = { configMap: NAMED }) {
  const clock = new FakeClock();
  const server = { status: 200, items: [] as object[] };
  const asked: (Pick<ApiRequest, 'path'> & { fieldSelector: unknown })[] = [];
  let version = 0;
  let endWatch: () => void = () => undefined;
  const transport = {
    send: ({ path, query }: ApiRequest) => {
      asked.push({ path, fieldSelector: query?.['fieldSelector'] });
      if (server.status !== 200) {
        return Promise.reject(new ApiError('http', `answered ${server.status}`, { status: server.status }));
      }
      return Promise.resolve({ metadata: { resourceVersion: String(version) }, items: server.items });
    },
    watch: async function* ({ signal }: { signal?: AbortSignal }) {
      await new Promise<void>((resolve) => {
        endWatch = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      if (signal?.aborted !== true) yield { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } };
    },
    close: () => undefined,
  } as unknown as Transport;
  const [warnings, listed]: [string[], string[]] = [[], []];
  const lines: object[] = [];
  const changes: string[] = [];
  let known = 0;
  const watch = new MeasuredWatch({
    transport,
    clock,
    random: () => 0.5,
    logger: pino(
      { level: 'warn' },
      {
        write: (line: string) => {
          const { msg, problems } = JSON.parse(line) as { msg: string; problems?: string[] };
          lines.push(JSON.parse(line) as object);
          warnings.push(`${msg}${problems === undefined ? '' : `: ${problems.join('; ')}`}`);
        },
      },
    ),
    observer: { onList: (name) => void listed.push(name) },
    configMap,
    onChange: (keys) => void changes.push([...keys].sort().join(' ')),
    onKnown: () => void known++,
  });
  const put = async (data: object, problem?: string): Promise<void> => {
    const annotations = problem === undefined ? {} : { annotations: { 'slicehints.io/observe-problem': problem } };
    server.items = [{ metadata: { ...NAMED, uid: 'u', resourceVersion: String(++version), ...annotations }, ...data }];
    endWatch();
    await clock.advance(5000);
  };
  return {
    clock,
    server,
    asked,
    warnings,
    lines,
    listed,
    changes,
    watch,
    known: () => known,
    put,
    putServices: (...services: MeasuredService[]): Promise<void> => {
      const figures: MeasuredFigures = { atSeconds: Math.floor(clock.wallMs() / 1000), services };
      return put({ data: { 'measured.txt': writeMeasured(figures) } });
    },
    run: async (): Promise<() => Promise<void>> => {
      const stop = new AbortController();
      const ended = watch.run(stop.signal);
      await clock.advance(100);
      return () => {
        stop.abort();
        return ended;
      };
    },
  };
}

describe('the ConfigMap of measured demand', () => {
  test('is the only one that is asked for', async () => {
    const { asked, run, known, listed, watch } = rig();
    const stop = await run();
    expect([watch.known, listed]).toEqual([true, ['configmaps']]);
    expect(new Set(asked.map(({ path, fieldSelector }) => `${path} ${String(fieldSelector)}`))).toEqual(
      new Set(['/api/v1/namespaces/slicehints/configmaps metadata.name=measured']),
    );
    expect(known()).toBe(1);
    await stop();
  });

  test('is not asked for where none is named, and then that is known', async () => {
    const { watch } = rig({ configMap: undefined });
    expect(watch.known).toBe(true);
    await watch.run(new AbortController().signal);
    expect(watch.of('shop/web')).toBeUndefined();
  });

  test('changes reach the Services whose plan may change, and no others', async () => {
    const { putServices, changes, run, watch } = rig();
    const stop = await run();
    const cart = measuredService('a=0.5 b=0.5', { key: 'shop/cart' });
    await putServices(cart, measuredService('a=0.5 b=0.5'));
    expect(changes).toEqual(['shop/cart shop/web']);
    await putServices(cart, measuredService('a=0.5 b=0.5', { rate: 1, samples: 21, latest: 'a=0.51 b=0.49' }));
    expect(changes).toHaveLength(1);
    await putServices(cart, measuredService('a=0.5 b=0.5', { latest: 'a=0.8 b=0.2' }));
    await putServices(cart, measuredService('a=0.8 b=0.2'));
    expect(changes.slice(1)).toEqual(['shop/web', 'shop/web']);
    expect(watch.of('shop/web')?.fresh).toBe(true);
    expect([...watch.states()]).toHaveLength(2);
    await stop();
  });

  test('figures expire when nothing writes any more', async () => {
    const { putServices, changes, clock, run, watch } = rig();
    const stop = await run();
    await putServices(measuredService('a=1'));
    await clock.advance(580_000);
    expect(watch.of('shop/web')?.fresh).toBe(true);
    expect(changes).toHaveLength(1);
    await clock.advance(40_000);
    expect(watch.of('shop/web')?.fresh).toBe(false);
    expect(changes).toEqual(['shop/web', 'shop/web']);
    await clock.advance(60_000);
    expect(changes).toHaveLength(2);
    await stop();
  });

  test('figures that come late last as long', async () => {
    const { putServices, clock, run, watch } = rig();
    const stop = await run();
    await clock.advance(300_000);
    await putServices(measuredService('a=1'));
    await clock.advance(580_000);
    expect(watch.of('shop/web')?.fresh).toBe(true);
    await stop();
  });

  test.each<[string, MeasuredTexts, MeasuredTexts, boolean]>([
    ['the same', ['a=0.5 b=0.5'], ['a=0.5 b=0.5'], false],
    ['another zone with the same share', ['a=0.5 b=0.5'], ['a=0.5 c=0.5'], true],
    ['other shares of the same zones', ['a=0.5 b=0.5'], ['a=0.6 b=0.4'], true],
    [
      'other latest shares near those of the plan',
      ['a=0.5 b=0.5', 'a=0.51 b=0.49'],
      ['a=0.5 b=0.5', 'a=0.52 b=0.48'],
      false,
    ],
    [
      'other latest shares far from those of the plan',
      ['a=0.5 b=0.5', 'a=0.8 b=0.2'],
      ['a=0.5 b=0.5', 'a=0.9 b=0.1'],
      true,
    ],
    [
      'the same latest shares far from those of the plan',
      ['a=0.5 b=0.5', 'a=0.8 b=0.2'],
      ['a=0.5 b=0.5', 'a=0.8 b=0.2'],
      false,
    ],
    [
      'other last minutes, with the same latest shares far from those of the plan',
      ['a=0.5 b=0.5', 'a=0.8 b=0.2', 'a=0.9 b=0.1'],
      ['a=0.5 b=0.5', 'a=0.8 b=0.2', 'a=0.7 b=0.3'],
      true,
    ],
    [
      'other last minutes, with latest shares near those of the plan',
      ['a=0.5 b=0.5', 'a=0.51 b=0.49', 'a=0.9 b=0.1'],
      ['a=0.5 b=0.5', 'a=0.51 b=0.49', 'a=0.7 b=0.3'],
      false,
    ],
  ])('figures change a plan: %s', async (_, before, after, changesPlan) => {
    const { putServices, changes, warnings, run } = rig();
    const stop = await run();
    const made = ([demand, latest = demand, recent = latest]: MeasuredTexts): MeasuredService =>
      measuredService(demand, { latest, recent });
    await putServices(made(before));
    await putServices(made(after));
    expect(changes).toHaveLength(changesPlan ? 2 : 1);
    expect(warnings).toEqual([]);
    await stop();
  });

  test('a wall clock that jumps does not expire them', async () => {
    const { putServices, clock, run, watch } = rig();
    const stop = await run();
    await putServices(measuredService('a=1'));
    clock.jumpWall(86_400_000);
    await clock.advance(60_000);
    expect(watch.of('shop/web')?.fresh).toBe(true);
    await stop();
  });

  test('old figures are old at the start, too', async () => {
    const { put, clock, run, watch } = rig();
    const stop = await run();
    const atSeconds = Math.floor(clock.wallMs() / 1000) - 700;
    await put({ data: { 'measured.txt': writeMeasured({ atSeconds, services: [measuredService('a=1')] }) } });
    expect(watch.of('shop/web')?.fresh).toBe(false);
    await stop();
  });

  test.each<[string, object, string]>([
    ['without the key', { data: {} }, 'it has neither data["measured.txt"] nor binaryData["measured.txt.gz"]'],
    ['without data', {}, 'it has neither data["measured.txt"]'],
    ['with data of another type', { data: 'text' }, 'it has neither data["measured.txt"]'],
    ['with another text', { data: { 'measured.txt': 'hello' } }, 'expected the first line to be'],
    ['with bytes that are no gzip', { binaryData: { 'measured.txt.gz': '!' } }, 'cannot be unpacked'],
  ])('one %s measures nothing, which a warning tells', async (_, data, problem) => {
    const { put, putServices, run, watch, warnings, changes } = rig();
    const stop = await run();
    await putServices(measuredService('a=1'));
    await put(data);
    expect(watch.of('shop/web')).toBeUndefined();
    expect(warnings.join()).toContain(problem);
    expect(warnings.join()).toMatch(/^some of the measured demand is not understood and is ignored: /);
    expect(changes).toEqual(['shop/web', 'shop/web']);
    await stop();
  });

  test('a note on why there are no new figures changes no plan', async () => {
    const { clock, put, run, watch, changes, warnings } = rig();
    const stop = await run();
    const services = [measuredService('a=0.5 b=0.5', { latest: 'a=0.8 b=0.2' })];
    const data = {
      'measured.txt': writeMeasured({ atSeconds: Math.floor(clock.wallMs() / 1000), services }),
    };
    await put({ data });
    await put({ data }, '2027-01-15T08:00:00Z Prometheus is away');
    await put({ data }, '2027-01-15T08:00:00Z Prometheus answers 503');
    await put({ data });
    expect(changes).toEqual(['shop/web']);
    expect(watch.of('shop/web')).toMatchObject({ fresh: true, moved: true });
    expect(warnings).toEqual([]);
    await stop();
  });

  test('one with such a note and without figures measures nothing, which is no warning', async () => {
    const { put, run, watch, changes, warnings } = rig();
    const stop = await run();
    await put({}, '2027-01-15T08:00:00Z Prometheus is away');
    expect([...watch.states()]).toEqual([]);
    expect([changes, warnings]).toEqual([[], []]);
    await stop();
  });

  test('where it may not be read there is none after a while, and one warning', async () => {
    const { server, clock, run, known, lines, warnings, watch } = rig();
    server.status = 403;
    const stop = await run();
    expect(known()).toBe(0);
    await clock.advance(60_000);
    expect(known()).toBe(1);
    expect(warnings.filter((line) => line.includes('may not be read'))).toHaveLength(1);
    expect(lines.filter((line) => 'error' in line && !('component' in line))).toMatchObject([
      { error: 'answered 403' },
    ]);
    expect(watch.known).toBe(true);
    server.status = 200;
    await clock.advance(120_000);
    expect(known()).toBe(1);
    await stop();
  });

  test('while the server does not answer nothing is known', async () => {
    const { server, clock, run, known, lines } = rig();
    server.status = 503;
    const stop = await run();
    await clock.advance(60_000);
    expect(known()).toBe(0);
    expect(lines[0]).toMatchObject({ component: 'reflector', resource: 'configmaps' });
    server.status = 200;
    await clock.advance(60_000);
    expect(known()).toBe(1);
    await stop();
  });
});
