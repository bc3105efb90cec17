import { describe, expect, test } from 'vitest';
import { recommendCommand } from '../../../src/cli/commands/recommend.js';
import { EXAMPLES, runCommand, type Ran } from '../runPlan.js';

const runRecommend = (...args: string[]): Promise<Ran> => runCommand('recommend', recommendCommand, args, {});

describe('the table of recommend', () => {
  test('the table has a line for each Service with endpoints, and what spreading pods would bring', async () => {
    const { stdout } = await runRecommend('-f', EXAMPLES);
    expect(stdout).toMatch(
      /^shop\/auto +auto +- +35% → 100% +1\.00 → 1\.15 +What it asks for is the best: 35 % → 100 % in zone/m,
    );
    expect(stdout).toMatch(/^default\/cart +auto +same-zone +38% → 77% +1\.00 → 1\.00 +38 % → 77 % in zone/m);
    expect(stdout).toMatch(/^default\/orders +auto +no hints +- +- +Hints do not steer a headless Service/m);
    expect(stdout).toMatch(
      /^default\/legacy: 3 replicas with topologySpreadConstraints over zones and maxSkew 1 \(a:1 b:1 c:1\), asking for Auto: 77% → 100% in zone\.$/m,
    );
    expect(stdout).toContain('3 of 11 Services should ask for something else');
  });

  test('one Service shows every choice that was judged', async () => {
    const { stdout } = await runRecommend('-f', EXAMPLES, '--service', 'default/web');
    expect(stdout).toMatch(/^balanced at 0\.2 +88% +1\.15 +1\.25 without zone b +within +7$/m);
    expect(stdout).toMatch(/^same-zone +100% +1\.38 +1\.92 while an endpoint is missing in zone b +above 1\.25 +7$/m);
    expect(stdout).toMatch(/^as it is +88% +1\.15 +1\.25 if traffic comes from where pods run +within +7$/m);
    expect(stdout).toMatch(/^off +36% /m);
  });
});
