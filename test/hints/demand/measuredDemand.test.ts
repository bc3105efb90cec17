import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planService } from '../../../src/hints/planService.js';
import { readMeasured } from '../../../src/measured/text.js';
import type { EndpointSliceManifest } from '../../../src/model/manifest.js';
import { measuredFigures, measuredService } from '../../support/measured.js';
import {
  CLIENTS,
  DEMAND,
  inputOf,
  MODE,
  plan,
  sharesOf,
  slice,
  warningsOf,
  type Case,
} from '../../support/measuredPlan.js';
import { nodeManifest } from '../../support/vectors.js';

const THIRDS = 'a=0.333 b=0.333 c=0.333';
const cart = slice('cart', 'bbbc');

describe('demand as it is measured', () => {
  test.each<[string, Case, string, string, string]>([
    [
      'a Service plans with what is measured',
      { measured: measuredFigures(measuredService('a=0.6 b=0.3 c=0.1')) },
      'a=0.6 b=0.3 c=0.1',
      'measured',
      '',
    ],
    [
      'the setting is for Services that state nothing',
      { annotations: {}, settings: { demand: 'measured' }, measured: measuredFigures(measuredService('a=0.6 b=0.4')) },
      'a=0.55 b=0.367 c=0.083',
      'measured, within 4 times cpu',
      '',
    ],
    [
      'a Service that states its clients goes by them',
      {
        annotations: { [CLIENTS]: 'cart' },
        clientSlices: [cart],
        settings: { demand: 'measured' },
        measured: measuredFigures(measuredService('a=0.6 b=0.4')),
      },
      'a=0 b=0.75 c=0.25',
      '4 pods of cart',
      '',
    ],
    [
      'shares are kept within the factor around the clients',
      {
        annotations: { [DEMAND]: 'measured', [CLIENTS]: 'cart' },
        clientSlices: [cart],
        measured: measuredFigures(measuredService('a=0.9 c=0.1')),
      },
      'a=0.333 b=0.188 c=0.479',
      'measured, within 4 times clients',
      '',
    ],
    [
      'what is measured is not used where the setting is another',
      { annotations: {}, measured: measuredFigures(measuredService('a=0.6 b=0.3 c=0.1')) },
      'a=0.333 b=0.333 c=0.333',
      'cpu',
      '',
    ],
    [
      'another factor',
      { settings: { measuredFactor: 1 }, measured: measuredFigures(measuredService('a=1')) },
      THIRDS,
      'measured, within 1 times cpu',
      '',
    ],
    [
      'zones that the cluster does not have are dropped',
      { measured: measuredFigures(measuredService('a=0.15 b=0.15 c=0.2 x=0.5')) },
      'a=0.3 b=0.3 c=0.4',
      'measured',
      '',
    ],
    [
      'nothing is measured: the setting',
      {},
      THIRDS,
      'cpu',
      'DemandStale: Too little traffic of the Service was measured in the last 10 minutes; until then the demand is taken from cpu, addressType: IPv4',
    ],
    [
      'nothing is measured: the clients, where they are named',
      { annotations: { [DEMAND]: 'measured', [CLIENTS]: 'cart' }, clientSlices: [cart] },
      'a=0 b=0.75 c=0.25',
      '4 pods of cart',
      'DemandStale: Too little traffic of the Service was measured in the last 10 minutes; until then the demand is taken from clients, addressType: IPv4',
    ],
    [
      'nothing is measured, and clients run nowhere: the setting',
      { annotations: { [DEMAND]: 'measured', [CLIENTS]: 'gone' }, settings: { demand: 'measured' } },
      THIRDS,
      'cpu',
      'DemandStale: Too little traffic of the Service was measured in the last 10 minutes; until then the demand is taken from cpu, addressType: IPv4',
    ],
    [
      'measurements that are too old',
      { measured: measuredFigures(measuredService('a=1', { ageSeconds: 601 })) },
      THIRDS,
      'cpu',
      'DemandStale: Too little traffic of the Service was measured in the last 10 minutes; until then the demand is taken from cpu, addressType: IPv4',
    ],
    [
      'too few measurements',
      { measured: measuredFigures(measuredService('a=1', { samples: 4 })) },
      THIRDS,
      'cpu',
      'DemandStale: Too little traffic of the Service was measured in the last 10 minutes; until then the demand is taken from cpu, addressType: IPv4',
    ],
    [
      'only zones that the cluster does not have',
      { measured: measuredFigures(measuredService('x=1')) },
      THIRDS,
      'cpu',
      'DemandStale: Only zones without nodes are measured to call the Service; until then the demand is taken from cpu, addressType: IPv4',
    ],
    [
      'by the setting, a Service of which nothing is measured gets no Warning',
      { annotations: {}, settings: { demand: 'measured' } },
      THIRDS,
      'cpu',
      '',
    ],
    [
      'clients that are not understood',
      { annotations: { [DEMAND]: 'measured', [CLIENTS]: 'a b' } },
      THIRDS,
      'cpu',
      'InvalidDemand: Annotation slicehints.io/clients has "a b" at position 1: expected NAME or NAMESPACE/NAME, with =WEIGHT above 0 where it is not 1; the demand is taken from cpu, addressType: IPv4',
    ],
  ])('%s', (_, given, shares, words, warning) => {
    const planned = plan(given);
    expect(sharesOf(planned)).toBe(shares);
    expect(planned.demand[0]?.note ?? planned.demand[0]?.source).toBe(words);
    expect(warningsOf(planned).join('; ')).toBe(warning);
    expect(planned.verdicts[0]?.message).toContain(`demand: ${words},`);
  });
});

test('within a zone the nodes send in the proportions of the clients', () => {
  const node = (name: string, zone: string) =>
    nodeManifest({ name, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' });
  const on = (service: string, ...names: string[]): EndpointSliceManifest => ({
    ...slice(service, ''),
    endpoints: names.map((nodeName, i) => ({
      addresses: [`10.1.${service.length}.${i}`],
      conditions: { ready: true },
      nodeName,
      zone: nodeName.slice(0, 1),
    })),
  });
  const annotations = { [MODE]: 'same-node', [DEMAND]: 'measured', [CLIENTS]: 'cart' };
  const planned = planService({
    service: { metadata: { namespace: 'shop', name: 'web', annotations } },
    slices: [on('web', 'a1', 'a2', 'b1')],
    nodes: [node('a1', 'a'), node('a2', 'a'), node('b1', 'b')],
    clientSlices: [on('cart', 'a1', 'a2', 'a2', 'a2', 'b1', 'b1', 'b1', 'b1')],
    measured: measuredFigures(measuredService('a=0.75 b=0.25')),
  });
  expect(sharesOf(planned)).toBe('a=0.75 b=0.25');
  // Three of the four clients in zone a, which sends three quarters, are on a2.
  expect(planned.forecast).toMatchObject([{ worstLoad: expect.closeTo(3 * 0.75 * 0.75, 9) }]);
});

test('no text of the ConfigMap keeps a Service from being planned', () => {
  const word = fc.constantFrom('shop/web', '20', '0', '1', '-', '=', '500,500', '0,0', '1,2,3', 'NaN', '1e9');
  const line = fc.array(word, { minLength: 7, maxLength: 9 }).map((words) => words.join(' '));
  const header = 'slicehints-measured 1\nat 1800000000\nzones a b c\n';
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(line).map((lines) => header + lines.join('\n')),
      ),
      (any) => {
        const planned = plan({ measured: readMeasured(any).figures });
        expect(planned.verdicts[0]?.reason).toBe('BalancedHintsSet');
        expect(planned.demand[0]?.zones.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
      },
    ),
  );
});

test('a caller in JavaScript is told what the figures must be', () => {
  expect(() => planService({ ...inputOf({}), measured: 'text' as never })).toThrow(
    'planService: expected measured to be the figures that readMeasured returns, got string',
  );
});
