import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/measured/answer.js';
import { PRESET_NAMES, PRESETS, type Preset } from '../../src/measured/presets.js';
import { scrapedFamilies } from '../observability/exporterSamples.js';
import { analyse } from '../observability/promql.js';
import { readText } from '../observability/repository.js';

/** Whether series name the zone of the destination. */
const WITH_DESTINATION: Readonly<Record<Preset, boolean>> = {
  obi: false,
  'obi-workload': true,
  'istio-ambient': true,
  istio: false,
  linkerd: true,
  hubble: true,
};

describe.each(PRESET_NAMES)('the query for %s', (name) => {
  const { query, labels } = PRESETS[name];
  const exporter = name.startsWith('obi') ? 'obi' : name;

  test('finds its series and labels in what is scraped of the exporter', () => {
    const analysis = analyse(query, scrapedFamilies([exporter, 'kube-state']));
    expect(analysis.problems).toEqual([]);
    const [source, destination] = labels.zones;
    const expected = [...labels.service, source, ...(name === 'istio' ? [] : [destination])];
    expect([...analysis.labels].sort()).toEqual(expected.sort());
  });

  test('gives an answer of which traffic is read', () => {
    const [from, to] = ['eu-west-1a', WITH_DESTINATION[name] ? 'eu-west-1b' : ''];
    const metric = {
      [labels.service[0]]: 'shop',
      [labels.service[1]]: 'web',
      [labels.zones[0]]: from,
      ...(to === '' ? {} : { [labels.zones[1]]: to }),
    };
    const body = { status: 'success', data: { resultType: 'vector', result: [{ metric, value: [1, '20'] }] } };
    const { traffic, problem } = readAnswer(body, labels);
    expect(problem).toBeUndefined();
    expect([...(traffic.get('shop/web')?.flows ?? [])]).toEqual([[from, new Map([[to, 20]])]]);
  });

  test('has its section in docs/measured.md, with the query', () => {
    const page = readText('docs/measured.md');
    expect(page).toContain(`\n### ${name}\n`);
    expect(page.replaceAll(/\s+/g, '')).toContain(query.replaceAll(/\s+/g, ''));
  });
});
