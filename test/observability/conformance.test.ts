import { describe, expect, test } from 'vitest';
import { CONSUMERS } from '../../src/kubeproxy/consumers.js';
import { readText } from './repository.js';

const page = readText('docs/conformance.md');

/** The cells of the rows below a heading, without the head of the table. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('docs/conformance.md', () => {
  const consumers = rowsBelow('Consumers');

  test('has a row for each consumer of the code, in its order, and no other', () => {
    expect(consumers.map(([name]) => name)).toEqual(CONSUMERS.map(({ name }) => name));
  });

  test.each(CONSUMERS)('tells of $name what the code has', ({ name, forZones, forNodes, needs, source }) => {
    const [, zones = '', nodes = '', needed = '', , established = '', repeat = ''] =
      consumers.find(([first]) => first === name) ?? [];
    expect(zones).toBe(forZones ? 'yes' : 'no');
    expect(nodes).toMatch(forNodes ? /^yes/ : /^no$/);
    // Flags, settings and gates that the code names.
    for (const [setting] of (needs ?? '').matchAll(/[\w-]+[.=][\w.=]+|--[\w-]+|\b[A-Z]\w+[A-Z]\w+/g)) {
      expect(needed).toContain(setting);
    }
    const [path] = /[\w/]+\/[\w/]+(\.go)?/.exec(source) ?? [];
    if (!name.startsWith('kube-proxy on Linux') && !name.startsWith('kube-proxy ('))
      expect(established).toContain(path);
    expect(repeat).not.toBe('');
  });

  test('tells of every row how it was established, or that nothing is known', () => {
    const columns = { Consumers: 5, 'kube-proxy': 3, Others: 2 };
    for (const [heading, column] of Object.entries(columns)) {
      const cells = rowsBelow(heading).map((cells) => cells[column] ?? '');
      expect(cells.length).toBeGreaterThan(7);
      for (const cell of cells) expect(cell).toMatch(/\b(run|read|reported)\b|by version|the same/);
    }
    for (const [where = '', known = ''] of rowsBelow('Managed clusters')) {
      expect([where, known]).toEqual([where, expect.stringMatching(/\]\(https:|nothing else known/)]);
    }
  });

  test('names every version of kube-proxy from the first that the chart installs on to the newest that was run', () => {
    const minors = rowsBelow('kube-proxy').flatMap(([cell = '']) => {
      const [first = NaN, last = first] = [...cell.matchAll(/1\.(\d+)/g)].map(([, minor]) => Number(minor));
      return Array.from({ length: last - first + 1 }, (_, index) => last - index);
    });
    expect(minors).toEqual(Array.from({ length: 16 }, (_, index) => 36 - index));
    expect(readText('charts/slicehints/Chart.yaml')).toContain('>=1.21.0-0');
  });
});
