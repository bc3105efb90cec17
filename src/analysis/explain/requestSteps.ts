import { TRAFFIC_DISTRIBUTION } from '../../hints/mode.js';
import { isCounted } from '../../model/node.js';
import { notCountedNodes } from '../../model/nodeStanding.js';
import { ownValue } from '../../model/ownValue.js';
import { quoted } from '../../model/text/quoted.js';
import { listed } from '../../model/text/listed.js';
import { counted } from '../figures.js';
import type { ExplainContext } from './context.js';
import type { ExplainStep } from './explanation.js';

type Step<Id extends ExplainStep['id']> = Extract<ExplainStep, { id: Id }>;

/** What the Service asks for. */
export function requestStep({ planned: { service }, request }: ExplainContext): Step<'request'> {
  const { choice, unsteered, warnings } = request;
  const { policy, annotations, trafficDistribution } = service;
  const own = choice.source === TRAFFIC_DISTRIBUTION ? trafficDistribution : ownValue(annotations, choice.source);
  const value = policy?.mode?.value ?? own ?? '';
  const asks =
    choice.source === ''
      ? 'No annotation and no trafficDistribution asks for hints: mode off'
      : `${choice.source}: ${quoted(value)} asks for mode ${choice.mode}`;
  const kept =
    choice.keepsHints === true ? ['The value is not understood, so hints stay as they are until it is corrected'] : [];
  return {
    id: 'request',
    title: 'What the Service asks for',
    addressType: '',
    lines: [
      asks,
      ...kept,
      ...(unsteered === undefined ? [] : [unsteered.sentence]),
      ...warnings.map(({ message }) => message),
    ],
    source: 'docs/modes.md; k8s.io/endpointslice utils.go hintsEnabled',
    facts: {
      mode: choice.mode,
      source: choice.source,
      value,
      ...(unsteered === undefined ? {} : { unsteered: unsteered.reason }),
    },
  };
}

/** Nodes that count for the demand by CPU, those that do not, and those whose endpoints go soon. */
export function nodesStep({ cluster: { cluster } }: ExplainContext): Step<'nodes'> {
  const { nodes, shares, passedOver } = cluster;
  const rest = notCountedNodes(nodes);
  const odd = new Set(passedOver);
  const zones = shares.map(({ zone, cpuMilli }) => ({
    zone,
    nodes: nodes.filter((node) => isCounted(node) && node.zone === zone && !odd.has(node.name)).length,
    cpuMilli,
  }));
  const text = zones.map(({ zone, nodes: n, cpuMilli }) => `${zone} ${n} with ${cpuMilli / 1000} CPU`).join(', ');
  const count = nodes.filter(isCounted).length;
  const leaving = [...cluster.leaving];
  const notReady = nodes.filter((node) => isCounted(node) && !node.ready).map(({ name }) => name);
  return {
    id: 'nodes',
    title: 'Nodes that count',
    addressType: '',
    lines: [
      `${count} of ${counted(nodes.length, 'node counts', 'nodes count')}${text === '' ? '' : `: ${text}`}`,
      ...rest.map(({ why, nodes: names }) => `Not counted, ${why}: ${listed(names)}`),
      ...(passedOver.length === 0 ? [] : [`Passed over, without zone or CPU: ${listed(passedOver)}`]),
      ...(notReady.length === 0 ? [] : [`Counted for five minutes after they ceased to be ready: ${listed(notReady)}`]),
      ...(leaving.length === 0
        ? []
        : [`Being deleted, so balanced does not rely on the endpoints there: ${listed(leaving)}`]),
    ],
    source: 'docs/nodes.md; KEP-2433',
    facts: {
      total: nodes.length,
      counted: count,
      zones,
      notCounted: rest.map(({ why, nodes: names }) => ({ why, nodes: names })),
      odd: passedOver,
      leaving,
    },
  };
}
