import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES, runPlan, runViewCommand } from '../runPlan.js';

const FIVE = join(EXAMPLES, 'five-pods.yaml');
const THREE_ZONES = join(EXAMPLES, 'three-zones.yaml');
const ODD_NODE = join(EXAMPLES, 'odd-node.yaml');

describe('what if', () => {
  test('a zone is gone: today beside it, in the lines, the table and each Service', async () => {
    const { stdout } = await runPlan(['-f', FIVE, '--without-zone=c']);
    expect(stdout).toMatch(
      /^Today: 33\.3% → 53\.3% in zone over 2 Services[^\n]*\nWhat if without zone c: 50% → 100% in zone over 2 Services/,
    );
    expect(stdout).toMatch(/ IN ZONE TODAY +IN ZONE WHAT IF +BUSIEST TODAY +BUSIEST WHAT IF +CHANGES /);
    expect(stdout).toMatch(/shop\/balanced .* 33\.3% → 73\.3% +50% → 100% +1\.00 → 1\.17 +1\.00 → 1\.00 /);
    const detail = (await runPlan(['-f', FIVE, '--without-zone=c', '--service=shop/balanced'])).stdout;
    expect(detail).toContain(
      'Today: in zone 33.3% → 73.3%, busiest endpoint 1.00 → 1.17 times the mean load\nWhat if without zone c:\nIPv4: hinted',
    );
  });

  test.each<[string, string[], number]>([
    ['a node and its pods', ['--without-node=node-b2'], 0.7],
    ['a pod in each zone more', ['--scale=shop/balanced=6'], 1],
    ['pods by zone', ['--scale=shop/balanced=a:2,b:2,c:2'], 1],
    ['a higher limit', ['--set=shop/balanced:slicehints.io/overload-threshold=10'], 1],
    ['the limit of all', ['--overload-threshold=10'], 1],
    ['another mode', ['--mode=same-zone'], 1],
    ['the annotation goes', ['--set=shop/balanced:service.kubernetes.io/topology-mode='], 1 / 3],
    ['several together', ['--without-zone=c', '--scale=shop/balanced=a:1,b:1'], 1],
  ])('%s', async (_, flags, inZone) => {
    const { stdout, stderr } = await runPlan(['-f', FIVE, '-o', 'json', '--service=shop/balanced', ...flags]);
    expect(stderr).toBe('');
    const { services } = JSON.parse(stdout) as { services: { after: { inZoneShare: number }[] }[] };
    expect(services[0]?.after[0]?.inZoneShare).toBeCloseTo(inZone, 2);
  });

  test('JSON has the changes, and today’s figures of the cluster and of each Service', async () => {
    const { stdout } = await runPlan([
      '-f',
      FIVE,
      '-o',
      'json',
      '--scale=shop/auto=a:1,b:1,c:1',
      '--scale=shop/balanced=4',
    ]);
    const today = JSON.parse((await runPlan(['-f', FIVE, '-o', 'json'])).stdout) as {
      summary: unknown;
      services: Record<string, unknown>[];
    };
    const whatIf = JSON.parse(stdout) as Record<string, unknown> & { services: { today: unknown }[] };
    expect(whatIf['whatIf']).toEqual({
      withoutZones: [],
      withoutNodes: [],
      set: [],
      scale: [
        { service: 'shop/auto', replicas: { a: 1, b: 1, c: 1 } },
        { service: 'shop/balanced', replicas: 4 },
      ],
    });
    expect(whatIf['today']).toEqual({ summary: today.summary });
    expect(whatIf.services.map((service) => service.today)).toEqual(
      today.services.map(({ mode, verdicts, before, after }) => ({ mode, verdicts, before, after })),
    );
  });

  test.each([
    [['--without-zone=z'], '--without-zone: no Node is in zone "z"; there are a, b, c'],
    [['--scale=shop/none=2'], '--scale: there is no Service "shop/none" among the 2 given'],
    [
      ['--mode=off', '-o', 'patch'],
      '-o patch: what is only imagined cannot be written; leave out the flags of "What if"',
    ],
  ])('%j is one sentence', async (flags, message) => {
    expect(await runPlan(['-f', FIVE, ...flags])).toEqual({
      stdout: '',
      stderr: `slicehints plan: ${message}\n`,
      code: 1,
    });
  });
});

describe('what is listed', () => {
  const names = (stdout: string): string[] =>
    (JSON.parse(stdout) as { services: { name: string }[] }).services.map(({ name }) => name);

  test.each<[string, string[], string[]]>([
    ['by name', [], ['api', 'cart', 'legacy', 'orders', 'web']],
    ['most across zones first', ['--sort=cross-zone'], ['cart', 'legacy', 'web', 'api', 'orders']],
    ['only changes', ['--only-changes'], ['orders', 'web']],
  ])('%s', async (_, flags, wanted) => {
    expect(names((await runPlan(['-f', THREE_ZONES, '-o', 'json', ...flags])).stdout)).toEqual(wanted);
  });

  test('the lines stay over all Services, and the rest is counted', async () => {
    const all = (await runPlan(['-f', THREE_ZONES])).stdout;
    const { stdout } = await runPlan(['-f', THREE_ZONES, '--only-changes']);
    expect(stdout.split('\n').slice(0, 4)).toEqual(all.split('\n').slice(0, 4));
    expect(stdout).toMatch(/\n\n3 Services without changes are not listed\.\n$/);
  });
});

describe('--exit-code', () => {
  test.each<[string, string[], number]>([
    ['0 where nothing would change', ['-f', ODD_NODE, '--exit-code'], 0],
    ['1 where something would', ['-f', THREE_ZONES, '--exit-code'], 1],
    ['0 without the flag', ['-f', THREE_ZONES], 0],
    ['1 where an imagined change changes the plan', ['-f', ODD_NODE, '--exit-code', '--without-node=node-odd'], 1],
    ['2 for a file that is not there', ['-f', '/nowhere', '--exit-code'], 2],
    ['2 for an unknown flag', ['--exit-code', '--nonsense'], 2],
    ['1 for an error without the flag', ['-f', '/nowhere'], 1],
    ['1 for an error where it is switched off', ['-f', '/nowhere', '--exit-code=false'], 1],
  ])('%s', async (_, args, code) => {
    expect((await runPlan(args)).code).toBe(code);
  });
});

describe('measured traffic', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'traffic-'));
    await writeFile(join(folder, 'bytes.csv'), 'namespace,service,bytes\ndefault,web,3000000\ndefault,gone,5\n');
    await writeFile(join(folder, 'requests.json'), '[{"namespace":"default","service":"web","requests":3}]');
  });

  test('weighs Services and gives a price', async () => {
    const { stdout, stderr } = await runPlan([
      ...['-f', THREE_ZONES, '--traffic', join(folder, 'bytes.csv'), '--price-per-gb=0.02'],
    ]);
    expect(stdout).toContain('Cluster: 33.3% → 83.3% in zone over 4 Services that hints can steer;');
    expect(stdout).toContain(
      '1 Service counts by measured bytes, 3 without a measurement count for nothing; demand: cpu; what crosses zones costs 105.12 → 26.28 a month at 0.02 per GB.\n',
    );
    expect(stderr).toBe('slicehints plan: --traffic has 1 Service that is not planned (default/gone)\n');
  });

  test.each<[string, string[], string]>([
    ['a price without traffic', ['--price-per-gb=1'], '--price-per-gb: needs measured bytes; give them with --traffic'],
    [
      'a price of requests',
      ['--price-per-gb=1', '--traffic=FOLDER/requests.json'],
      '--price-per-gb: needs measured bytes, and FOLDER/requests.json has requests',
    ],
    ['no file', ['--traffic=FOLDER/none.csv'], '--traffic: FOLDER/none.csv: no such file or directory'],
  ])('%s is refused', async (_, flags, message) => {
    const args = flags.map((flag) => flag.replace('FOLDER', folder));
    expect(await runPlan(['-f', THREE_ZONES, ...args])).toEqual({
      stdout: '',
      stderr: `slicehints plan: ${message.replace('FOLDER', folder)}\n`,
      code: 1,
    });
  });
});

describe('view', () => {
  test('today’s table stands before that of the imagined cluster', async () => {
    const { stdout } = await runViewCommand(['-f', FIVE, '--service=shop/balanced', '--without-zone=c', '--planned']);
    const [today = '', whatIf = ''] = stdout.split('\nWhat if without zone c:\n');
    expect(today.replace('Today:\n', '')).toBe(
      (await runViewCommand(['-f', FIVE, '--service=shop/balanced', '--planned'])).stdout,
    );
    expect(today).toContain('node-c1');
    expect(whatIf).not.toContain('node-c1');
    expect(whatIf).toContain('node-a1');
  });

  test('other formats show the imagined cluster alone', async () => {
    const { stdout } = await runViewCommand(['-f', FIVE, '-o', 'json', '--without-zone=c']);
    const { nodes } = JSON.parse(stdout) as { nodes: { zone: string }[] };
    expect(new Set(nodes.map(({ zone }) => zone))).toEqual(new Set(['a', 'b']));
  });

  test('a new pod has no hints until it is planned, which turns hints off for all', async () => {
    const { stdout } = await runViewCommand(['-f', THREE_ZONES, '--service=default/api', '--scale=default/api=4']);
    expect(stdout).toContain('198.18.0.1');
    const [today = '', whatIf = ''] = stdout.split('\nWhat if ');
    expect(today).not.toContain('10.1.1.21, 10.2.1.21, 10.3.1.21, 198.18.0.1');
    expect(whatIf).toMatch(/25(\.0)?%/);
  });
});
