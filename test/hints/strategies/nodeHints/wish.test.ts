import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../../src/hints/settings.js';
import { nodeHintsWish } from '../../../../src/hints/strategies/nodeHints/wish.js';
import { readingOf } from '../../../../src/kubeproxy/reading.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import type { NodeConsumer } from '../../../../src/model/node.js';
import { readService } from '../../../../src/model/service.js';
import { strategyInput } from '../../../support/strategyInput.js';
import { endpoint } from './problems.js';

interface Shape {
  /** The value of the annotation. */
  readonly asked?: string;
  readonly settings?: Partial<Settings>;
  /** What reads hints on each node. */
  readonly consumers?: readonly NodeConsumer[];
  /** Endpoints name nodes already. */
  readonly named?: boolean;
}

const AUTO: Partial<Settings> = { useNodeHints: 'auto', nodeHintsMaxNodes: 4 };
const nodes = (count: number): readonly NodeConsumer[] => new Array<NodeConsumer>(count).fill('kube-proxy');

function wish({ asked, settings, consumers = nodes(2), named = false }: Shape): [boolean, string | undefined] {
  const cluster = summariseCluster(
    consumers.map((consumer, i) => {
      return { name: `n${i}`, zone: 'a', cpuNano: 4e9, ready: true, excluded: false, labels: {}, consumer };
    }),
  );
  const annotations = {
    'service.kubernetes.io/topology-mode': 'slicehints.io/balanced',
    ...(asked === undefined ? {} : { 'slicehints.io/node-hints': asked }),
  };
  const service = readService({ metadata: { namespace: 'shop', name: 'web', annotations } });
  const { wanted, warning } = nodeHintsWish(
    strategyInput({
      endpoints: [endpoint('1', 'a', named ? ['n0'] : undefined)],
      service,
      cluster,
      reading: readingOf(service, cluster.consumers),
      settings: { ...DEFAULT_SETTINGS, ...settings },
    }),
  );
  return [wanted, warning?.reason];
}

test.each<[string, Shape, boolean, string | undefined]>([
  ['by default: no', {}, false, undefined],
  ['the annotation asks for it', { asked: 'true' }, true, undefined],
  ['the setting asks for it', { settings: { useNodeHints: true } }, true, undefined],
  ['the annotation goes before the setting', { asked: 'false', settings: { useNodeHints: true } }, false, undefined],
  [
    'the API server drops node hints, and the annotation asks for them',
    { asked: 'true', settings: { nodeHints: 'dropped' } },
    false,
    'NodeHintsNotStored',
  ],
  [
    'the API server drops node hints, and the setting asks for them',
    { settings: { useNodeHints: true, nodeHints: 'dropped' } },
    false,
    undefined,
  ],
  ['no node heeds them', { asked: 'true', consumers: ['kube-proxy-1.33'] }, false, undefined],
  ['some node heeds them', { asked: 'true', consumers: ['kube-proxy-1.33', 'kube-proxy'] }, true, undefined],
  ['auto: every node heeds them, and there are not too many', { settings: AUTO, consumers: nodes(4) }, true, undefined],
  ['auto: one node more', { settings: AUTO, consumers: nodes(5) }, false, undefined],
  ['auto: one node more, and names stand', { settings: AUTO, consumers: nodes(5), named: true }, true, undefined],
  ['auto: a quarter more is too many for them, too', { settings: AUTO, consumers: nodes(6), named: true }, false, undefined], // prettier-ignore
  ['auto: one node heeds none', { settings: AUTO, consumers: ['kube-proxy', 'cilium'] }, false, undefined],
  ['auto: one node heeds none, and names stand', { settings: AUTO, consumers: ['kube-proxy', 'cilium'], named: true }, true, undefined], // prettier-ignore
  ['auto: the API server drops node hints', { settings: { ...AUTO, nodeHints: 'dropped' }, named: true }, false, undefined], // prettier-ignore
  ['the annotation is not understood: the setting', { asked: 'yes', settings: { useNodeHints: true } }, true, 'InvalidNodeHints'], // prettier-ignore
  ['the annotation is not understood: names stay', { asked: 'yes', named: true }, true, 'InvalidNodeHints'],
  ['the annotation is not understood, and nothing stands', { asked: 'yes' }, false, 'InvalidNodeHints'],
])('whether nodes are to be named: %s', (_, shape, wanted, reason) => {
  expect(wish(shape)).toEqual([wanted, reason]);
});
