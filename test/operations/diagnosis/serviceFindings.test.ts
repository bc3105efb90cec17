import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import type { Finding } from '../../../src/operations/diagnosis/finding.js';
import { aboutServices } from '../../../src/operations/diagnosis/serviceFindings.js';

const BALANCED = { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' };
const cluster = summariseCluster(
  ['a', 'b'].map((zone) =>
    readNode({
      metadata: { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    }),
  ),
);

const service = (name: string, annotations: Record<string, string> = BALANCED, spec: object = {}): ServiceRecord =>
  readService({ metadata: { namespace: 'shop', name, annotations }, spec: { selector: { app: name }, ...spec } });

/** A slice with one ready endpoint in each of these zones; `hint` has its own zone as hint. */
function slice(name: string, zones: readonly string[], hint = false, managedBy = 'mine'): SliceRecord {
  return readSlice({
    metadata: {
      namespace: 'shop',
      name: `${name}-1`,
      labels: { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': managedBy },
      annotations: hint ? { 'slicehints.io/hints': 'v1' } : {},
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80 }],
    endpoints: zones.map((zone, i) => ({
      addresses: [`10.0.0.${i + 1}`],
      zone,
      nodeName: `node-${zone}`,
      conditions: { ready: true },
      ...(hint ? { hints: { forZones: [{ name: zone }] } } : {}),
    })),
  });
}

function findings(
  services: readonly ServiceRecord[],
  slices: readonly SliceRecord[],
  settings: Partial<Settings> = {},
) {
  const slicesOf = new Map(
    services.map(({ name }) => [`shop/${name}`, slices.filter((one) => one.serviceName === name)]),
  );
  return aboutServices({ services, slicesOf, cluster, settings: { ...DEFAULT_SETTINGS, ...settings } });
}
const codes = (found: readonly Finding[]): string[] =>
  found.map(({ level, code, names }) => `${level} ${code}${names === undefined ? '' : ` ${names.join(' ')}`}`);

describe('a Service', () => {
  const NO_HINTS: readonly string[] = [];
  test.each<[string, ServiceRecord, readonly SliceRecord[], readonly string[]]>([
    ['that asks for nothing is not reported', service('web', {}), [slice('web', ['a', 'b'])], NO_HINTS],
    ['with the hints of its plan is fine', service('web'), [slice('web', ['a', 'b'], true)], ['ok HintsInPlace shop/web']], // prettier-ignore
    ['without hints that a controller would write is a problem', service('web'), [slice('web', ['a', 'b'])], ['problem HintsNotWritten shop/web']], // prettier-ignore
    ['with other hints than a controller would write is a warning', service('web', { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-node' }), [slice('web', ['a', 'b'], true)], ['warning HintsNotWritten shop/web']], // prettier-ignore
    [
      'without endpoints has nothing to hint',
      service('web'),
      [slice('web', [])],
      ['info ServiceWithoutHints shop/web'],
    ],
    ['that is headless is not steered by hints', service('web', BALANCED, { clusterIP: 'None' }), [slice('web', ['a', 'b'])], ['info TrafficNotSteered shop/web']], // prettier-ignore
    ['whose in-tree slices are not guarded is a problem', service('web'), [slice('web', ['a', 'b'], false, 'endpointslice-controller.k8s.io')], ['problem ServiceWithoutHints shop/web']], // prettier-ignore
    ['with a mode that does not exist is a warning', service('web', { 'service.kubernetes.io/topology-mode': 'slicehints.io/balancd' }), [slice('web', ['a', 'b'])], ['warning ServiceWarning shop/web']], // prettier-ignore
  ])('%s', (_, one, slices, expected) => {
    expect(codes(findings([one], slices).slice(1))).toEqual(expected);
  });

  test('whose hints are not written while all writes are stopped is held back, and no problem of its own', () => {
    const slices = new Map([['shop/web', [slice('web', ['a', 'b'])]]]);
    const settings = DEFAULT_SETTINGS;
    const found = aboutServices({ services: [service('web')], slicesOf: slices, cluster, settings, stopped: true });
    expect(codes(found.slice(1))).toEqual(['warning HintsHeldBack shop/web']);
  });

  test('that is blocked gets the advice that helps: the guard, or one writer where it is in force', () => {
    const blocked = slice('web', ['a', 'b'], false, 'endpointslice-controller.k8s.io');
    expect(findings([service('web')], [blocked])[1]?.advice).toContain('guard.enabled');
  });
});

describe('findings', () => {
  test('begin with how many Services ask for which mode', () => {
    expect(findings([], [])[0]?.message).toBe('No Service requests hints.');
    const services = [service('a'), service('b'), service('c', { 'service.kubernetes.io/topology-mode': 'Auto' })];
    expect(findings(services, [])[0]?.message).toBe('Services request hints: auto 1, balanced 2.');
  });

  test('with equal causes are one, with a count and names in order', () => {
    const names = ['d', 'c', 'b', 'a'];
    const found = findings(names.map((name) => service(name)), names.map((name) => slice(name, ['a', 'b']))); // prettier-ignore
    expect(codes(found.slice(1))).toEqual(['problem HintsNotWritten shop/a shop/b shop/c shop/d']);
    expect(found[1]).toMatchObject({ count: 4, message: expect.stringContaining('4 Services (shop/a, shop/b, shop/c and 1 more): ') }); // prettier-ignore
  });

  test('are sorted: problems first, then warnings, then the rest', () => {
    const services = [service('idle'), service('bare'), service('odd', { 'service.kubernetes.io/topology-mode': 'slicehints.io/balancd' })]; // prettier-ignore
    const slices = [slice('idle', []), slice('bare', ['a', 'b']), slice('odd', ['a', 'b'])];
    expect(
      findings(services, slices)
        .slice(1)
        .map(({ level }) => level),
    ).toEqual(['problem', 'warning', 'info']);
  });
});
