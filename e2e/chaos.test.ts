import { expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import type { ChaosReport } from '../chaos/run.js';
import { run } from './support/process.js';

const CHAOS = fileURLToPath(new URL('../chaos/main.js', import.meta.url));

test.each<[string, string[]]>([
  ['one that leads and one that stands by', []],
  ['three that share four shards', ['--shards=4', '--replicas=3']],
])(
  'a short chaos with %s: faults of every kind, kills and changes end without a difference',
  async (_name, more) => {
    const flags = [
      ...more,
      '--seed=7',
      '--seconds=10',
      '--fault-every-ms=400',
      '--kill-every-ms=3000',
      '--lease-seconds=5',
      '--impatient',
      '--json',
    ];
    const { code, stdout, stderr } = await run(process.execPath, [CHAOS, ...flags], { timeoutMs: 400_000 });
    expect(stderr).toContain('calm: waiting');
    const report = JSON.parse(stdout) as ChaosReport;
    expect(report.differences).toEqual([]);
    expect(code).toBe(0);
    expect(report.events).toBe(500);
    expect(report.faultCount).toBeGreaterThan(50);
    expect(Object.keys(report.faults).length).toBeGreaterThan(8);
    expect(report.controllers).toBeGreaterThan(2);
    expect(report.writes).toBeGreaterThan(200);
  },
  420_000,
);
