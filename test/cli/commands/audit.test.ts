import { describe, expect, test } from 'vitest';
import { Ajv } from 'ajv';
import { join } from 'node:path';
import { auditCommand } from '../../../src/cli/commands/audit.js';
import { readText } from '../../observability/repository.js';
import { EXAMPLES, runCommand, type Ran, type World } from '../runPlan.js';

const FIVE_PODS = join(EXAMPLES, 'five-pods.yaml');
const runAudit = (args: readonly string[], world: World = {}): Promise<Ran> =>
  runCommand('audit', auditCommand, args, world);

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readText('docs/reference/audit.schema.json')) as object,
);
interface Output {
  readonly summary: { readonly services: number };
  readonly services: { namespace: string; name: string; endpoints: number; zones: { lost: number; left: number }[] }[];
  readonly today?: Output;
}
const json = async (args: readonly string[]): Promise<Output> => {
  const { stdout, code } = await runAudit([...args, '-o', 'json']);
  const value = JSON.parse(stdout) as Output;
  validate(value);
  expect(validate.errors).toBeNull();
  expect(code).toBe(0);
  return value;
};

describe('audit -o json', () => {
  test.each([[[]], [['--planned']], [['--mode', 'balanced', '--guard=true']]])(
    'of all samples has the shape of the schema, with %j',
    async (flags) => {
      const { services, summary } = await json(['-f', EXAMPLES, ...flags]);
      expect(summary.services).toBe(services.length);
      expect(services.find(({ name }) => name === 'orders')).toMatchObject({ unsteered: 'HeadlessService' });
    },
  );

  test('what is imagined stands beside today', async () => {
    const { services, today } = await json([
      '-f',
      FIVE_PODS,
      '--service',
      'shop/balanced',
      '--scale',
      'shop/balanced=9',
    ]);
    expect(today?.services[0]?.endpoints).toBe(5);
    expect(services[0]?.endpoints).toBe(9);
    expect(services[0]?.zones.map(({ lost, left }) => [lost, left])).toEqual([
      [3, 6],
      [3, 6],
      [3, 6],
    ]);
  });

  test('a zone that is imagined away is lost already', async () => {
    const { services } = await json(['-f', FIVE_PODS, '--service', 'shop/balanced', '--without-zone', 'c']);
    expect(services[0]?.zones).toMatchObject([
      { zone: 'a', lost: 2, left: 2 },
      { zone: 'b', lost: 2, left: 2 },
    ]);
  });
});

describe('--fail-above', () => {
  test.each<[string, number, string]>([
    ['1.9', 0, ''],
    [
      '1.5',
      1,
      "slicehints audit: shop/auto without zone a: the busiest endpoint gets 1.67 times today's mean at once, above 1.5; 1 more Service is above it\n",
    ],
  ])('%s ends with %i', async (limit, code, message) => {
    const ran = await runAudit(['-f', FIVE_PODS, '--fail-above', limit]);
    expect(ran.code).toBe(code);
    expect(
      ran.stderr
        .split('\n')
        .filter((line) => line.includes('without zone'))
        .join('\n'),
    ).toBe(message.trim());
    expect(ran.stdout).toContain('shop/balanced');
  });

  test('a Service without an endpoint left is above any limit', async () => {
    const ran = await runAudit(['-f', FIVE_PODS, '--scale', 'shop/auto=a:2', '--fail-above', '100']);
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toContain('shop/auto without zone a: no endpoint is left');
  });

  test('a file that cannot be read is no loss', async () => {
    expect((await runAudit(['-f', '/nowhere', '--fail-above', '2'])).code).toBe(2);
    expect((await runAudit(['-f', '/nowhere'])).code).toBe(1);
  });

  test.each([
    ['0.5', ['--fail-above', '0.5']],
    ['0', ['--fail-above=0']],
  ])('below 1 nothing can be, as %s', async (value, flag) => {
    const ran = await runAudit(['-f', FIVE_PODS, ...flag]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`--fail-above: expected a number of at least 1, got "${value}"`);
  });
});

test('a zone that is not there is named with its flag', async () => {
  const ran = await runAudit(['-f', FIVE_PODS, '--without-zone', 'z']);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('--without-zone: no Node is in zone "z"');
});
