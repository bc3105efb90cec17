import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writePaged } from '../../../src/cli/output/pager.js';

describe('the pager', () => {
  let folder = '';
  let stdout: PassThrough;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
    stdout = new PassThrough();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const io = (isTTY: boolean, pager?: string): Parameters<typeof writePaged>[0] => ({
    stdout,
    isTTY,
    env: { ...process.env, PAGER: pager },
  });
  const written = (): string => (stdout.read() as Buffer | null)?.toString() ?? '';

  test('gets the whole output on a terminal when asked for', async () => {
    const target = join(folder, 'seen');
    await writePaged(io(true, `cat > ${target}`), ['a\n', 'b\n'], true);
    expect({ seen: await readFile(target, 'utf8'), stdout: written() }).toEqual({ seen: 'a\nb\n', stdout: '' });
  });

  test.each([
    ['when not asked for', true, false],
    ['where standard output is no terminal', false, true],
  ])('is not run %s', async (_, isTTY, paged) => {
    await writePaged(io(isTTY, 'false'), ['a\n'], paged);
    expect(written()).toBe('a\n');
  });

  test('that is left early ends the output', async () => {
    const many = Array.from({ length: 8 }, () => 'x'.repeat(1 << 20));
    await expect(writePaged(io(true, 'head -c 1 > /dev/null'), many, true)).resolves.toBeUndefined();
  });

  test('that is not there is one sentence', async () => {
    await expect(writePaged(io(true, 'no-such-pager 2> /dev/null'), ['a'], true)).rejects.toThrow(
      'cannot run the pager "no-such-pager 2> /dev/null"; set the variable PAGER to another program',
    );
  });
});
