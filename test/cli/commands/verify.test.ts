import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyCommand } from '../../../src/cli/commands/verify.js';
import { answer, ScriptedServer } from '../../support/scriptedServer.js';
import { runCommand, type Ran } from '../runPlan.js';

const runVerify = (...args: string[]): Promise<Ran> => runCommand('verify', verifyCommand, args, {});
const MAPPING = ['--query=x', '--service-labels=ns,svc', '--zone-labels=from,to'];
const ZONE = 'topology.kubernetes.io/zone';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

/** Two zones with two endpoints each, hinted for their own. */
function cluster(spec: object = {}): Promise<string> {
  const zones = ['a', 'a', 'b', 'b'];
  return file('cluster.json', {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      ...['a', 'b'].map((zone) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `n-${zone}`, labels: { [ZONE]: zone } },
        status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
      })),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'shop', name: 'web', annotations: { 'slicehints.io/mode': 'balanced' } },
        spec: { ports: [{ port: 80 }], ...spec },
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 80 }],
        endpoints: zones.map((zone, i) => ({
          addresses: [`10.0.0.${i}`],
          conditions: { ready: true },
          zone,
          nodeName: `n-${zone}`,
          hints: { forZones: [{ name: zone }] },
        })),
      },
    ],
  });
}

function vector(flows: readonly (readonly [string, string, number])[]): object {
  const result = flows.map(([from, to, rate]) => ({
    metric: { ns: 'shop', svc: 'web', from, to },
    value: [1, String(rate)],
  }));
  return { status: 'success', data: { resultType: 'vector', result } };
}
const followed = vector([
  ['a', 'a', 50],
  ['b', 'b', 50],
]);
const everywhere = vector([
  ['a', 'a', 25],
  ['a', 'b', 25],
  ['b', 'a', 25],
  ['b', 'b', 25],
]);

describe('slicehints verify', () => {
  test('shows the forecast beside the measurement', async () => {
    const { stdout, code } = await runVerify(
      '-f',
      await cluster(),
      '--answer',
      await file('a.json', followed),
      ...MAPPING,
      '--exit-code',
    );
    expect(stdout).toMatch(
      /SERVICE +PER SECOND +FORECAST +MEASURED +DIFFERENCE +LIKELY CAUSE\nshop\/web +100 +100% +100% +0 points +-\n/,
    );
    expect(stdout).toContain('0 of 1 Services differ by more than 10 points');
    expect(code).toBe(0);
  });

  test('names the cause with its evidence, and zone by zone for one Service', async () => {
    const { stdout, code } = await runVerify(
      '-f',
      await cluster({ sessionAffinity: 'ClientIP' }),
      '--answer',
      await file('a.json', everywhere),
      ...MAPPING,
      '--service=shop/web',
      '--exit-code',
    );
    expect(stdout).toMatch(/shop\/web +100 +100% +50% +50 points +session-affinity\n/);
    expect(stdout).toMatch(/FROM +TO +FORECAST +MEASURED\na +a +50% +25%\na +b +0% +25%\n/);
    expect(stdout).toContain('shop/web: session-affinity: spec.sessionAffinity is ClientIP');
    expect(code).toBe(1);
  });

  test('asks Prometheus, and writes JSON', async () => {
    const server = await new ScriptedServer().listen();
    try {
      server.script = answer(200, everywhere);
      const { stdout } = await runVerify(
        '-f',
        await cluster(),
        `--prometheus-url=${server.url}`,
        ...MAPPING,
        '-o',
        'json',
      );
      expect(JSON.parse(stdout)).toMatchObject({
        services: [{ name: 'web', forecastInZone: 1, measuredInZone: 0.5, differs: true, causes: [] }],
        unmeasured: 0,
      });
      server.script = answer(503, 'busy');
      const failed = await runVerify('-f', await cluster(), `--prometheus-url=${server.url}`, ...MAPPING);
      expect(failed).toMatchObject({ code: 1, stderr: 'slicehints verify: Prometheus answers 503: "busy"\n' });
      const args = ['-f', await cluster(), `--prometheus-url=${server.url}`, ...MAPPING, '--exit-code'];
      expect(await runVerify(...args)).toMatchObject({ code: 2 });
    } finally {
      await server.close();
    }
  });

  test.each<[string, string[], string]>([
    ['no query', ['--answer=x'], '--source or --query is needed'],
    ['neither Prometheus nor an answer', MAPPING, '--prometheus-url is needed'],
    [
      'both',
      [...MAPPING, '--answer=x', '--prometheus-url=http://p'],
      '--answer and --prometheus-url exclude each other',
    ],
    ['an answer that is not there', [...MAPPING, '--answer=/nowhere.json'], '--answer: /nowhere.json: '],
  ])('%s is one sentence', async (_, args, message) => {
    const { code, stderr } = await runVerify('-f', await cluster(), ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test('an answer in part is not used', async () => {
    const partial = await file('a.json', { ...followed, warnings: ['store x is down'] });
    const { stderr } = await runVerify('-f', await cluster(), '--answer', partial, ...MAPPING);
    expect(stderr).toBe('slicehints verify: the answer is partial: "store x is down"\n');
  });
});
