import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CORPUS } from './parse.js';
import { TARGETS } from './targets.js';

test('each target has its folder of inputs, and each folder its target', () => {
  expect(readdirSync(CORPUS).sort()).toEqual([...TARGETS.keys()].sort());
});

describe.each([...TARGETS])('what reads %s', (name, { fuzz }) => {
  const folder = join(CORPUS, name);
  test.each(readdirSync(folder))('reads %s, or refuses it in one short line', async (file) => {
    await fuzz(readFileSync(join(folder, file)));
  });
});
