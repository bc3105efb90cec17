import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ZONE_CIDRS, ZONE_COSTS_FILE } from '../../../src/cli/flags/zoneFlags.js';

const folder = mkdtempSync(join(tmpdir(), 'slicehints-zones-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string): string => {
  const path = join(folder, 'costs');
  writeFileSync(path, text);
  return path;
};

describe('--zone-costs', () => {
  test.each([
    ['YAML', 'a: { b: 0.01 }\n'],
    ['JSON', '{"a":{"b":0.01}}'],
  ])('reads %s', (_, text) => {
    expect(ZONE_COSTS_FILE.read(file(text))).toEqual([{ zones: ['a', 'b'], cost: 0.01 }]);
  });

  test.each([
    ['a: { b: -1 }', ': the cost from "a" to "b" must be a number of at least 0'],
    ['', ': there is nothing in it'],
    ['- a', ': expected a map of zones, each with a map of other zones and their cost'],
    ['a: {', ': document 1: line 1, column 5: '],
    [`a: ${'{ a: '.repeat(5000)}`, ': document 1: line 1, column '],
    ['a: { b: 1 }\n---\nb: { c: 1 }\n', ': expected one document, got 2'],
  ])('%j is refused in one sentence that names the file', (text, message) => {
    const path = file(text);
    expect(() => ZONE_COSTS_FILE.read(path)).toThrow(`"${path}"${message}`);
  });

  test('a file that is not there is refused in words', () => {
    const path = join(folder, 'nowhere');
    expect(() => ZONE_COSTS_FILE.read(path)).toThrow(`"${path}": no such file or directory`);
  });
});

describe('--zone-cidrs', () => {
  test('reads several networks', () => {
    expect(ZONE_CIDRS.read('10.1.0.0/16=zone-a, fd00::/8=zone-b')).toEqual([
      { cidr: '10.1.0.0/16', zone: 'zone-a' },
      { cidr: 'fd00::/8', zone: 'zone-b' },
    ]);
  });

  test.each(['', '10.1.0.0/16', '10.1.0.0/16=a=b'])('"%s" has no meaning', (text) => {
    expect(ZONE_CIDRS.read(text)).toBeUndefined();
  });

  test.each([
    ['10.1.0.0/40=a', '"10.1.0.0/40" is no network such as 10.1.0.0/16 or fd00::/8'],
    ['10.1.0.0/16=', 'expected the name of a zone for 10.1.0.0/16, got ""'],
    ['10.1.0.0/16=a b', 'expected the name of a zone for 10.1.0.0/16, got "a b"'],
    ['10.1.0.0/16=a,10.1.0.0/16=b', 'the network 10.1.0.0/16 is listed twice'],
  ])('%s is refused in words', (text, message) => {
    expect(() => ZONE_CIDRS.read(text)).toThrow(message);
  });
});
