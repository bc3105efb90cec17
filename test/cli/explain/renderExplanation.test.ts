import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainCommand } from '../../../src/cli/commands/explain.js';
import { EXAMPLES, runCommand, type Ran, type World } from '../runPlan.js';

const FIVE = join(EXAMPLES, 'five-pods.yaml');
const THREE_ZONES = join(EXAMPLES, 'three-zones.yaml');

const runExplain = (args: readonly string[], world: World = {}): Promise<Ran> =>
  runCommand('explain', explainCommand, args, world);

describe('an explanation as text', () => {
  test('numbered steps with their sources, then what would do better', async () => {
    const { stdout, stderr, code } = await runExplain(['shop/balanced', '-f', FIVE]);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toMatch(/^Service shop\/balanced\n\n1\. What the Service asks for \[docs\/modes\.md;/);
    expect(stdout).toContain(
      '\n5. Limit of load, and what it allows [docs/balanced.md]\n   The busiest endpoint may have 1.20 times the mean load',
    );
    expect(stdout).toContain(
      '\nWhat would improve it\n   one more endpoint in zone c: 73.3% → 100%, busiest endpoint 1.17x → 1.00x\n     --scale=shop/balanced=a:2,b:2,c:2\n',
    );
  });

  test('what if: today’s figures stand before the steps', async () => {
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE, '--scale', 'shop/balanced=6']);
    expect(stdout).toContain(
      'Today, IPv4: now 33.3% in zone, busiest endpoint 1.00x; planned 73.3% in zone, busiest endpoint 1.17x\nWhat if shop/balanced with 6 pods:\n',
    );
    expect(stdout).toContain('6 of 6 endpoints are ready: a 2, b 2, c 2');
  });

  test('two address types are told apart in the titles', async () => {
    const { stdout } = await runExplain(['default/api', '-f', THREE_ZONES]);
    expect(stdout).toContain('What was chosen, IPv4 [');
    expect(stdout).toContain('What was chosen, IPv6 [');
  });

  test('a narrow terminal breaks the lines', async () => {
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE], { columns: 90 });
    const long = stdout.split('\n').filter((line) => line.length > 90 && line.startsWith('   '));
    expect(long).toEqual([]);
  });
});
