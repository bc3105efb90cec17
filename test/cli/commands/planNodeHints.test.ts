import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXAMPLES, runPlan } from '../runPlan.js';

const FIVE = join(EXAMPLES, 'five-pods.yaml');
const PAGE = readFileSync(join(EXAMPLES, '..', 'docs', 'balanced.md'), 'utf8');

interface Figures {
  readonly inZoneShare: number;
  readonly worstLoad: number;
}
interface Printed {
  readonly services: readonly {
    readonly name: string;
    readonly after: readonly (Figures & { readonly withoutNodeHints?: Figures })[];
  }[];
}

describe('plan with node hints', () => {
  test('the worked example of docs/balanced.md is what the command prints', async () => {
    const { stdout } = await runPlan(['-f', FIVE, '--node-hints=true', '--service=shop/balanced']);
    const shown = /```\n(Balanced hints set: [\s\S]*?)```/.exec(PAGE)?.[1] ?? '';
    const lines = shown.split('\n').filter((line) => line !== '');
    expect(lines.length).toBe(7);
    for (const line of lines) expect(stdout.split('\n')).toContain(line);
  });

  test('the table shows both layers, and no placeholder as a node', async () => {
    const { stdout } = await runPlan(['-f', FIVE, '--node-hints=true']);
    expect(stdout).toMatch(
      /shop\/balanced .* a:2 b:2 c:5 \(2 nodes\) +33\.3% → 73\.3%, 88\.9% with node hints +1\.00 → 1\.11 /,
    );
  });

  test.each<[string, string[], boolean]>([
    ['without the flag', [], false],
    ['with the flag', ['--node-hints=true'], true],
    ['with auto', ['--node-hints=auto'], true],
    ['with auto in a cluster with too many nodes', ['--node-hints=auto', '--node-hints-max-nodes=5'], false],
    ['with auto where nodes ignore them', ['--node-hints=auto', '--consumer=cilium'], false],
    ['with the annotation', ['--set=shop/balanced:slicehints.io/node-hints=true'], true],
  ])('JSON has the figures without node hints beside those with them: %s', async (_, flags, both) => {
    const { stdout } = await runPlan(['-f', FIVE, '-o', 'json', ...flags]);
    const { services } = JSON.parse(stdout) as Printed;
    const after = services.find(({ name }) => name === 'balanced')?.after[0];
    expect(after?.inZoneShare).toBeCloseTo(both ? 0.889 : 0.733, 3);
    expect(after?.withoutNodeHints?.inZoneShare).toEqual(both ? expect.closeTo(0.733, 3) : undefined);
  });
});
