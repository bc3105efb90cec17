import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../../../src/cli/output/replaceFile.js';

describe('a file that is replaced', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slicehints-replace-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('has the new content, and nothing is left beside it', async () => {
    const path = join(folder, 'report.html');
    await writeFile(path, 'old and longer');
    await replaceFile(path, 'new', '--output');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['report.html']);
  });

  test('that cannot be is named with the flag, and nothing is left beside it', async () => {
    await expect(replaceFile(join(folder, 'no', 'such', 'file'), 'new', '--output')).rejects.toThrow(
      /^--output: cannot write .*file: /,
    );
    await expect(replaceFile(folder, 'new', '--output')).rejects.toThrow(/^--output: cannot write /);
    expect(await readdir(folder)).toEqual([]);
  });
});
