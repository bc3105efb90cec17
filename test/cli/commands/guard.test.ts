import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guardCommand } from '../../../src/cli/commands/guard.js';
import { freePort } from '../../support/freePort.js';
import { runCommand, type Ran } from '../runPlan.js';

const run = (...args: string[]): Promise<Ran> => runCommand('guard', guardCommand, args, {});

test('the webhook needs an address', async () => {
  expect(await run('--bind-address=0')).toMatchObject({
    code: 1,
    stderr: 'slicehints guard: --bind-address: the webhook needs an address, got "0"\n',
  });
});

test('a folder without a certificate ends it, with its servers', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const port = await freePort();
  const { code, stderr } = await run('--bind-address=127.0.0.1:0', `--health-probe-bind-address=127.0.0.1:${port}`, `--cert-dir=${folder}`); // prettier-ignore
  expect(code).toBe(1);
  expect(stderr).toContain(folder);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});
