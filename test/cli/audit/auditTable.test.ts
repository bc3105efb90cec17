import { describe, expect, test } from 'vitest';
import { join } from 'node:path';
import type { ServiceAudit, ZoneLoss } from '../../../src/analysis/audit/serviceAudit.js';
import { worstZone } from '../../../src/cli/audit/auditTable.js';
import { auditCommand } from '../../../src/cli/commands/audit.js';
import { EXAMPLES, runCommand, type Ran } from '../runPlan.js';

const FIVE_PODS = join(EXAMPLES, 'five-pods.yaml');
const runAudit = (args: readonly string[]): Promise<Ran> => runCommand('audit', auditCommand, args, {});

describe('the table', () => {
  test('has a line for each zone, and one for each Service with what is worst for it', async () => {
    const { stdout } = await runAudit(['-f', FIVE_PODS]);
    expect(stdout).toContain('LOST ZONE   ENDPOINTS   NONE LEFT   BUSIEST AT ONCE');
    expect(stdout).toMatch(/^shop\/balanced +balanced +5 +1\.00 +a +2 +1\.67 +1\.67 +node-a1 +1\.25 +1\.50$/m);
    expect(stdout).toContain('Endpoints count as equal');
  });

  test('of one Service has every zone, and today beside what is imagined', async () => {
    const args = ['-f', FIVE_PODS, '--service', 'shop/balanced', '--scale', 'shop/balanced=9'];
    const { stdout } = await runAudit(args);
    expect(stdout).toContain('shop/balanced: balanced, 9 endpoints');
    expect(stdout).toMatch(/^zone c +1 → 3 +4 → 6 +1\.25 → 1\.50/m);
    expect(stdout).toContain('a → b is today → what if');
  });

  test('names what hints do not steer', async () => {
    const { stdout } = await runAudit(['-f', EXAMPLES, '--service', 'default/orders']);
    expect(stdout).toContain('not steered by hints: HeadlessService, so that no load is known');
  });
});

describe('the zone whose loss is worst', () => {
  const loss = (zone: string, parts: Partial<ZoneLoss> = {}): ZoneLoss => ({ zone, lost: 1, left: 3, busiestAtOnce: 1, busiestReplanned: 1, ...parts }); // prettier-ignore
  const worst = (...zones: ZoneLoss[]): string | undefined => worstZone({ zones } as unknown as ServiceAudit)?.zone;

  test.each<[string, ZoneLoss[], string | undefined]>([
    ['leaves none', [loss('a', { busiestAtOnce: 9 }), loss('b', { left: 0, busiestAtOnce: null })], 'b'],
    [
      'is not one that had none',
      [loss('a'), loss('b', { lost: 0, left: 0, busiestAtOnce: null, busiestReplanned: null })],
      'a',
    ],
    ['loads an endpoint most, at once', [loss('a', { busiestAtOnce: 2 }), loss('b', { busiestAtOnce: 3 })], 'b'],
    ['or once planned again', [loss('a', { busiestAtOnce: 2 }), loss('b', { busiestReplanned: 3 })], 'b'],
    ['takes more endpoints, where loads are alike', [loss('a'), loss('b', { lost: 2 })], 'b'],
    ['is the first of equals', [loss('a'), loss('b')], 'a'],
    ['is none where there are no zones', [], undefined],
  ])('%s', (_, zones, expected) => {
    expect(worst(...zones)).toBe(expected);
  });
});
