import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { sameNode, sameZone } from '../../../../src/hints/strategies/nearest/strategy.js';
import type { Decision, Strategy } from '../../../../src/hints/strategy.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import { readsOf, readingOf } from '../../../../src/kubeproxy/reading.js';
import { usableByRule } from '../../../../src/kubeproxy/rule.js';
import type { NodeConsumer, NodeRecord } from '../../../../src/model/node.js';
import { readService } from '../../../../src/model/service.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import { strategyInput } from '../../../support/strategyInput.js';
import { endpoint, node } from '../../../support/topologyKeysVectors.js';

const ZONE = 'topology.kubernetes.io/zone';

function decide(strategy: Strategy, endpoints: readonly EndpointRecord[], nodes: readonly NodeRecord[] = []): Decision {
  return strategy.decide(
    strategyInput({
      service: readService({ metadata: { name: 'svc' } }),
      addressType: 'IPv6',
      endpoints,
      cluster: summariseCluster(nodes),
    }),
  );
}

describe('the results of upstream', () => {
  test.each([
    ['zone and node', endpoint('1', 'n1', true, 'a'), { forZones: ['a'] }, { forZones: ['a'], forNodes: ['n1'] }],
    ['no node', endpoint('1', '', true, 'a'), { forZones: ['a'] }, { forZones: ['a'] }],
    ['no zone', endpoint('1', 'n1', true, ''), undefined, { forNodes: ['n1'] }],
    ['neither', endpoint('1', '', true, ''), undefined, undefined],
    [
      'not ready, where upstream writes nothing',
      endpoint('1', 'n1', false, 'a'),
      { forZones: ['a'] },
      { forZones: ['a'], forNodes: ['n1'] },
    ],
  ])('an endpoint with %s', (_, record, zoneHints, nodeHints) => {
    expect(decide(sameZone, [record]).hints).toEqual([zoneHints]);
    expect(decide(sameNode, [record]).hints).toEqual([nodeHints]);
  });

  test('stale names go, right ones stay the very same object', () => {
    const right = { ...endpoint('1', 'n1', true, 'a'), hints: { forZones: ['a'] } };
    const stale = { ...endpoint('2', 'n1', true, 'a'), hints: { forZones: ['a', 'b'], forNodes: ['n1'] } };
    const { hints } = decide(sameZone, [right, stale]);
    expect(hints[0]).toBe(right.hints);
    expect(hints[1]).toEqual({ forZones: ['a'] });
  });

  test('planning its own result changes nothing', () => {
    const records = fc.array(fc.record({ on: fc.constantFrom('', 'n1', 'n2'), zone: fc.constantFrom('', 'a', 'b'), ready: fc.boolean() })); // prettier-ignore
    fc.assert(
      fc.property(records, fc.constantFrom(sameZone, sameNode), (list, strategy) => {
        const endpoints = list.map(({ on, zone, ready }, i) => endpoint(`${i}`, on, ready, zone));
        const { hints } = decide(strategy, endpoints);
        const again = decide(strategy, endpoints.map((record, i) => ({ ...record, hints: hints[i] }))); // prettier-ignore
        expect(again.hints.every((hint, i) => hint === hints[i])).toBe(true);
      }),
    );
  });
});

describe('the verdict', () => {
  const nodes = [node('n1', { [ZONE]: 'a' }), node('n2', { [ZONE]: 'a' }), node('n3', { [ZONE]: 'b' }), node('n4')];
  const ready = [endpoint('1', 'n1', true, 'a'), endpoint('2', 'n2', true, 'a')];

  test('says who stays and who leaves its zone', () => {
    expect(decide(sameZone, ready, nodes).verdict).toEqual({
      addressType: 'IPv6',
      hinted: true,
      type: 'Normal',
      reason: 'SameZoneHintsSet',
      message:
        '2 ready endpoints: 2 nodes use only what is in the same zone, 2 nodes use endpoints elsewhere (nodes of zone b, no zone), addressType: IPv6',
    });
  });

  test('counts the nodes that are served by themselves', () => {
    const { verdict } = decide(sameNode, ready.slice(0, 1), nodes.slice(0, 2));
    expect(verdict).toMatchObject({
      reason: 'SameNodeHintsSet',
      message:
        '1 ready endpoint: 1 node uses only what runs on the node itself, 1 node uses only what is in the same zone, addressType: IPv6',
    });
  });

  test('an endpoint without a zone makes kube-proxy ignore all, and that is said', () => {
    const { verdict } = decide(sameZone, [...ready, endpoint('3', '', true)], nodes);
    expect(verdict).toMatchObject({ type: 'Warning', reason: 'SameZoneHintsIgnored', hinted: true });
    expect(verdict.message).toBe(
      'endpoint 3 has no zone, so that kube-proxy ignores the zone hints of the whole Service; every node uses all 3 endpoints, addressType: IPv6',
    );
  });

  test('under same-node an endpoint without a node leaves the zones', () => {
    const { verdict } = decide(sameNode, [...ready, endpoint('3', '', true, 'b')], nodes);
    expect(verdict).toMatchObject({ type: 'Warning', reason: 'SameNodeHintsSet' });
    expect(verdict.message).toContain('ignores the node hints of the whole Service; 3 ready');
  });

  test('an endpoint without a zone that is not ready does no harm', () => {
    expect(decide(sameZone, [...ready, endpoint('3', '', false)], nodes).verdict.type).toBe('Normal');
  });

  test('counts each node by the rule of kube-proxy, whatever reads hints on it', () => {
    const places = ['', 'n1', 'n2', 'n3', 'gone'];
    const some = fc.record({
      nodes: fc.array(fc.record({ zone: fc.constantFrom('', 'a', 'b'), consumer: fc.constantFrom<NodeConsumer | undefined>(undefined, 'kube-proxy-1.33', 'kube-proxy-windows') }), { maxLength: 8 }), // prettier-ignore
      endpoints: fc.array(fc.record({ on: fc.constantFrom(...places), zone: fc.constantFrom('', 'a', 'b'), ready: fc.boolean() }), { minLength: 1, maxLength: 6 }), // prettier-ignore
      strategy: fc.constantFrom(sameZone, sameNode),
    });
    fc.assert(
      fc.property(some, (given) => {
        const nodes = given.nodes.map((one, i) => ({ ...node(`n${i}`), ...one }));
        const endpoints = given.endpoints.map(({ on, zone, ready }, i) => endpoint(`${i}`, on, ready, zone));
        const cluster = summariseCluster(nodes);
        const service = readService({ metadata: { name: 'svc' } });
        const reading = readingOf(service, cluster.consumers);
        const { hints, badness, verdict } = given.strategy.decide(strategyInput({ service, endpoints, cluster, reading })); // prettier-ignore
        if (badness < 0 || verdict.message.includes('every node uses all')) return;
        const counts = { onNode: 0, inZone: 0, elsewhere: 0 };
        for (const one of nodes) {
          const used = usableByRule(endpoints, hints, one, readsOf(reading, one)).map((i) => endpoints[i]!);
          const isOnNode = given.strategy === sameNode && used.every(({ nodeName }) => nodeName === one.name);
          const isInZone = one.zone !== '' && used.every(({ zone }) => zone === one.zone);
          counts[isOnNode ? 'onNode' : isInZone ? 'inZone' : 'elsewhere']++;
        }
        const told = (what: string): number => Number(new RegExp(`(\\d+) nodes? uses? ${what}`).exec(verdict.message)?.[1] ?? 0); // prettier-ignore
        expect({ onNode: told('only what runs'), inZone: told('only what is in'), elsewhere: told('endpoints') }).toEqual(counts); // prettier-ignore
        expect(badness).toBe(counts.elsewhere);
      }),
      { numRuns: 500 },
    );
  });

  test('nothing is ready', () => {
    expect(decide(sameZone, [endpoint('1', 'n1', false, 'a')], nodes).verdict.message).toBe(
      'The one endpoint is not ready, so that no node has one to use, addressType: IPv6',
    );
  });
});
