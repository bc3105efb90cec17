import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/flags/usageError.js';
import { parseDocuments, readDocuments } from '../../../src/cli/input/manifestText.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const values = (text: string): unknown[] => parseDocuments('F', bytes(text)).map(({ value }) => value);

describe('the documents of a file', () => {
  test.each<[string, string, unknown[]]>([
    ['YAML', 'a: 1\n', [{ a: 1 }]],
    ['JSON, which keeps its own rules', ' {"a": "\\u00e9"}', [{ a: 'é' }]],
    ['JSON values one after another, as of several runs of kubectl', '{"a": "}\\"{"}\n{"b": [{}]}\n[1] {}\n', [{ a: '}"{' }, { b: [{}] }, [1], {}]], // prettier-ignore
    ['JSON that is broken and good YAML', '{a: 1}', [{ a: 1 }]],
    ['several documents, empty ones left out', 'a: 1\n---\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['merge keys, as kubectl reads them', 'x: &x {a: 1}\ny:\n  <<: *x\n  b: 2\n', [{ x: { a: 1 }, y: { a: 1, b: 2 } }]],
    ['times are texts', 't: 2026-01-01T00:00:00Z\n', [{ t: '2026-01-01T00:00:00Z' }]],
    ['a list as kubectl prints it', 'apiVersion: v1\nitems:\n- a: 1\n- b: 2\nkind: List\n', [{ apiVersion: 'v1', kind: 'List', items: [{ a: 1 }, { b: 2 }] }]], // prettier-ignore
    ['such a list with anchors', 'apiVersion: v1\nitems:\n- a: &x 1\n- b: *x\nkind: List\n', [{ apiVersion: 'v1', items: [{ a: 1 }, { b: 1 }], kind: 'List' }]], // prettier-ignore
    ['such a list with another document', 'apiVersion: v1\nitems:\n- a: 1\nkind: List\n---\nb: 2\n', [{ apiVersion: 'v1', items: [{ a: 1 }], kind: 'List' }, { b: 2 }]], // prettier-ignore
  ])('%s', (_, text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test('may be nested as deeply as any manifest is', () => {
    expect(JSON.stringify(values(`${'- '.repeat(150)}a`))).toBe(`[${'['.repeat(150)}"a"${']'.repeat(150)}]`);
  });

  test('have their place, counted with the empty ones', () => {
    expect(parseDocuments('F', bytes('a: 1\n---\n---\nb: 2\n')).map(({ origin }) => origin)).toEqual(['F: document 1', 'F: document 3']); // prettier-ignore
  });

  test('are read from UTF-16 too, as PowerShell writes it', () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('a: é\n', 'utf16le')]);
    expect(parseDocuments('F', utf16).map(({ value }) => value)).toEqual([{ a: 'é' }]);
  });

  test.each<[string, string, string]>([
    ['nothing', '', 'F: there is nothing in it'],
    ['only comments', '# a\n---\n# b\n', 'F: there is nothing in it'],
    ['no YAML', 'a: 1\n b: 2\n', 'F: document 1: line 1, column 4: '],
    ['lists in lists without end', '['.repeat(50_000), 'F: document 1: line 1, column 201: nested more than 200 levels deep'], // prettier-ignore
    ['mappings in mappings without end', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'nested more than 200 levels deep'], // prettier-ignore
    ['an item without end in a list of kubectl', `apiVersion: v1\nitems:\n- a: ${'['.repeat(5000)}\nkind: List\n`, 'F: document 1: line 3, column '], // prettier-ignore
    ['JSON that ends too soon behind another', '{"a": 1}\n{"b": ', 'F: document 1: line 2, column 1: '],
    ['text behind JSON', '{"a": 1}\n{"b": 1}\n==== logs\n', 'F: document 1: line 2, column 1: '],
    ['no YAML in the second document', 'a: 1\n---\na: [1\n', 'F: document 2: line 4, column 1: '],
    ['a list of kubectl that is broken in the middle', 'apiVersion: v1\nitems:\n- a: 1\n- b: [\nkind: List\n', 'F: document 1: line '], // prettier-ignore
    ['aliases that unfold to more than a file holds', `a: &a [${Array(99).fill(1).join()}]\n${[...'bcdef'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[i]}`).join()}]`).join('\n')}\ng: [${Array(99).fill('*f').join()}]\n`, 'F: document 1: Excessive alias count'], // prettier-ignore
  ])('with %s are refused in one line', (_, text, message) => {
    let error: unknown;
    try {
      values(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('\n');
  });

  test('tell how far they are while a long file is parsed', () => {
    const shares: number[] = [];
    parseDocuments('F', bytes('a: 1\n---\n'.repeat(500)), (share) => shares.push(share));
    expect(shares.length).toBeGreaterThan(50);
    expect(shares.length).toBeLessThan(300);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });
});

describe('where documents are read', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
    await writeFile(join(folder, 'b.yaml'), 'b: 1\n');
    await writeFile(join(folder, 'a.json'), '{"a":1}');
    await writeFile(join(folder, 'readme.md'), 'no manifest: [');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (path: string, stdin = ''): Promise<unknown[]> => (await readDocuments(path, Readable.from([stdin]))).map(({ value }) => value); // prettier-ignore

  test('in a folder the manifests, sorted by name', async () => {
    expect(await read(folder)).toEqual([{ a: 1 }, { b: 1 }]);
  });

  test('on standard input', async () => {
    expect(await readDocuments('-', Readable.from(['a: ', '1']))).toEqual([{ origin: 'stdin: document 1', value: { a: 1 } }]); // prettier-ignore
  });

  test('a path that is not there is named with what is wrong', async () => {
    await expect(read(join(folder, 'c.yaml'))).rejects.toThrow(`${folder}/c.yaml: cannot be read: no such file or directory`); // prettier-ignore
  });

  test('each file is told of with its size', async () => {
    const told: unknown[] = [];
    await readDocuments(folder, Readable.from([]), (...report) => told.push(report));
    expect(told).toContainEqual([join(folder, 'a.json'), 7, 0]);
  });
});
