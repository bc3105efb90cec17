import { TRAFFIC_DISTRIBUTION } from '../../hints/mode.js';
import { isCounted, type NodeRecord } from '../../model/node.js';
import { ownValue } from '../../model/ownValue.js';
import { quoted } from '../../model/quoted.js';
import { listed } from '../../model/listed.js';
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

/** Nodes that count for Auto's shares and the demand by CPU, and those that do not. */
export function nodesStep({ cluster: { cluster } }: ExplainContext): Step<'nodes'> {
  const { nodes, shares, oddNodes } = cluster;
  const rest = nodes.filter((node) => !isCounted(node));
  const because = (why: string, has: (node: NodeRecord) => boolean): { why: string; nodes: string[] } => ({
    why,
    nodes: rest.filter(has).map(({ name }) => name),
  });
  const notCounted = [
    because('control plane', ({ excluded }) => excluded),
    because('not ready', ({ excluded }) => !excluded),
  ].filter(({ nodes: names }) => names.length > 0);
  const odd = new Set(oddNodes);
  const zones = shares.map(({ zone, cpuMilli }) => ({
    zone,
    nodes: nodes.filter((node) => isCounted(node) && node.zone === zone && !odd.has(node.name)).length,
    cpuMilli,
  }));
  const text = zones.map(({ zone, nodes: n, cpuMilli }) => `${zone} ${n} with ${cpuMilli / 1000} CPU`).join(', ');
  const count = nodes.length - rest.length;
  return {
    id: 'nodes',
    title: 'Nodes that count',
    addressType: '',
    lines: [
      `${count} of ${counted(nodes.length, 'node counts', 'nodes count')}${text === '' ? '' : `: ${text}`}`,
      ...notCounted.map(({ why, nodes: names }) => `Not counted, ${why}: ${listed(names)}`),
      ...(oddNodes.length === 0 ? [] : [`Counted, but without zone or CPU: ${listed(oddNodes)}`]),
    ],
    source: 'KEP-2433; k8s.io/endpointslice topologycache.go SetNodes',
    facts: { total: nodes.length, counted: count, zones, notCounted, odd: oddNodes },
  };
}
