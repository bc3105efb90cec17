import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { renderDocument } from '../../../src/cli/report/document.js';
import { reportData } from '../../../src/cli/report/reportData.js';
import type { ReportData } from '../../../src/report/reportData.js';

const PAGE = { script: 'console.log("page")', style: 'body { margin: 0 }' };
const HOSTILE = '</script><script>alert(1)</script><!--\u2028"\'&<img src=x onerror=alert(1)>';

function dataOf(name: string, more: Partial<Parameters<typeof reportData>[0]> = {}): ReportData {
  return reportData({
    objects: {
      nodes: [{ metadata: { name, labels: { 'topology.kubernetes.io/zone': name } } }],
      services: [{ metadata: { namespace: name, name, annotations: { 'slicehints.io/mode': name } } }],
      endpointSlices: [],
    },
    settings: DEFAULT_SETTINGS,
    changes: {},
    title: name,
    anonymise: false,
    notes: [name],
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    ...more,
  });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
const policyOf = (html: string): string =>
  /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';

describe('the document of a report', () => {
  test('runs its own script and style sheet, and may load and send nothing', () => {
    const html = renderDocument(dataOf('web'), PAGE);
    const policy = policyOf(html);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${sha256(PAGE.script)}'`);
    expect(policy).toContain(`style-src 'sha256-${sha256(PAGE.style)}'`);
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|connect-src|https?:/);
    expect(html).not.toMatch(/(src|href)="(?!data:,)/);
  });

  test('of the sandbox may connect to its server, and to no other', () => {
    expect(policyOf(renderDocument(dataOf('web', { live: true }), PAGE))).toContain("connect-src 'self'");
  });

  test('has all data in one script element, whatever the names are', () => {
    const html = renderDocument(dataOf(HOSTILE), PAGE);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('alert(1)</');
    const [, json = ''] = /<script type="application\/json" id="report-data">([^<]*)<\/script>/.exec(html) ?? [];
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(dataOf(HOSTILE))));
  });

  test.each([
    ['a script', { ...PAGE, script: 'x = "</SCRIPT>"' }],
    ['a comment in a script', { ...PAGE, script: 'x = "<!--"' }],
    ['a style sheet', { ...PAGE, style: '/* </style> */' }],
  ])('is not written around %s that would end its element', (_, page) => {
    expect(() => renderDocument(dataOf('web'), page)).toThrow('it has an end tag in it');
  });
});

describe('the data of a report', () => {
  test('has notes on what was read, unless names must stay out', () => {
    expect(dataOf('web').notes).toEqual(['web']);
    expect(dataOf('web', { anonymise: true }).notes).toEqual([]);
  });

  test('under pseudonyms has no name from anywhere, not from the flags either', () => {
    const changes = {
      withoutZones: ['secret'],
      withoutNodes: ['secret'],
      scale: [{ service: 'secret/secret', replicas: new Map([['secret', 2]]) }],
      set: [{ service: 'secret/secret', annotation: 'slicehints.io/demand', value: 'secret=1' }],
    };
    const data = dataOf('secret', { anonymise: true, changes, title: '' });
    expect(JSON.stringify(data)).not.toContain('secret');
    expect(data.changes).toEqual({
      withoutZones: ['zone-1'],
      withoutNodes: ['node-1'],
      scale: [{ service: 'namespace-1/service-1', replicas: [['zone-1', 2]] }],
      set: [{ service: 'namespace-1/service-1', annotation: 'slicehints.io/demand', value: 'zone-1=1' }],
      mode: undefined,
    });
  });
});
