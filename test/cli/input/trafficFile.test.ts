import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTraffic, readTrafficFile } from '../../../src/cli/input/trafficFile.js';
import { UsageError } from '../../../src/cli/flags/usageError.js';

test.each<[string, string, 'bytes' | 'requests', [string, number][]]>([
  [
    'CSV in bytes',
    'namespace,service,bytes\nshop,web,1200.5\nshop,cart,0\n',
    'bytes',
    [
      ['shop/web', 1200.5],
      ['shop/cart', 0],
    ],
  ],
  ['columns in any order', 'requests,service,namespace\n7,web,shop\n', 'requests', [['shop/web', 7]]],
  [
    'quotes, spaces, a byte order mark and lines of Windows',
    '\uFEFF"namespace", "service","bytes"\r\n\r\n"shop","web","1e3"\r\n',
    'bytes',
    [['shop/web', 1000]],
  ],
  ['JSON', '[{"namespace":"shop","service":"web","bytes":12}]', 'bytes', [['shop/web', 12]]],
  [
    'JSON with a number in quotes',
    ' [{"service":"web","requests":"2.5","namespace":"shop"}]',
    'requests',
    [['shop/web', 2.5]],
  ],
])('%s', (_, text, unit, entries) => {
  expect(parseTraffic(text, 'x')).toEqual({ unit, perSecond: new Map(entries) });
});

describe('a mistake is one sentence that names line and field', () => {
  const HEADER = 'namespace,service,bytes';
  test.each([
    ['', 'there is no entry'],
    [HEADER, 'there is no entry'],
    ['[]', 'there is no entry'],
    [
      'shop,web,12',
      'line 1: expected the header namespace,service,bytes or namespace,service,requests, got "shop,web,12"',
    ],
    [`${HEADER}\nshop,web`, 'line 2: expected 3 fields, got 2'],
    [`${HEADER}\n\nshop,web,many`, 'line 3: bytes: expected a number of at least 0, got "many"'],
    [`${HEADER}\nshop,web,-1`, 'line 2: bytes: expected a number of at least 0, got "-1"'],
    [`${HEADER}\nshop,web,`, 'line 2: bytes: expected a number of at least 0, got ""'],
    [`${HEADER}\nshop,web,1e999`, 'line 2: bytes: expected a number of at least 0, got "1e999"'],
    [`${HEADER}\nShop,web,1`, 'line 2: namespace: expected the name of a namespace, got "Shop"'],
    [`${HEADER}\nshop,a/b,1`, 'line 2: service: expected the name of a Service, got "a/b"'],
    [`${HEADER}\nshop,web,1\nshop,web,2`, 'line 3: service: shop/web is given twice, first in line 2'],
    [
      'namespace,service,kb\nshop,web,1',
      'line 2: unknown field "kb"; fields are namespace, service, and bytes or requests per second',
    ],
    ['namespace,service\nshop,web', 'line 2: expected one of the fields bytes and requests'],
    ['namespace,service,bytes,requests\nshop,web,1,2', 'line 2: expected one of the fields bytes and requests'],
    ['{"a":1}', 'expected a list of objects with namespace, service, and bytes or requests'],
    ['[1]', 'entry 1: expected an object'],
    ['[{"namespace":"shop","service":"web","bytes":{}}]', 'entry 1: bytes: expected a number of at least 0, got {}'],
    ['[{"service":"web","bytes":1}]', 'entry 1: namespace: expected the name of a namespace, got nothing'],
    [
      '[{"namespace":"a","service":"b","bytes":1},{"namespace":"a","service":"c","requests":1}]',
      'entry 2: requests: expected bytes, as in the entries before',
    ],
  ])('%j', (text, message) => {
    expect(() => parseTraffic(text, '--traffic: t.csv')).toThrow(UsageError);
    expect(() => parseTraffic(text, '--traffic: t.csv')).toThrow(`--traffic: t.csv: ${message}`);
  });

  test('text that only begins like JSON', () => {
    expect(() => parseTraffic('[{"a"', 'x')).toThrow(/^x: not JSON: /);
  });

  test('a file that is not there', async () => {
    await expect(readTrafficFile('/nowhere/t.csv')).rejects.toThrow(
      '--traffic: /nowhere/t.csv: no such file or directory',
    );
  });
});

test('a file is read', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'traffic-')), 't.csv');
  await writeFile(path, 'namespace,service,bytes\nshop,web,5\n');
  expect(await readTrafficFile(path)).toEqual({ unit: 'bytes', perSecond: new Map([['shop/web', 5]]) });
});
