import { gatherEndpoints, locateEndpoints } from '../../hints/endpoints.js';
import { zoneCidrsOf } from '../../hints/places.js';
import { sentenceOf } from '../../hints/verdict.js';
import { consumersThatDiffer } from '../../kubeproxy/consumers.js';
import { unreadBy } from '../../kubeproxy/reading.js';
import { listed } from '../../model/text/listed.js';
import { costText, counted, flowText, percent } from '../figures.js';
import { plannedSlices } from '../planCluster.js';
import { leavingFlows, trafficOf } from '../traffic.js';
import { causeOf } from '../waysOut.js';
import { figuresOf, type ExplainContext } from './context.js';
import type { ExplainStep, Figures, LiveFacts } from './explanation.js';
import { groupNodes } from './nodeGroups.js';

type Step<Id extends ExplainStep['id']> = Extract<ExplainStep, { id: Id }>;

export function figuresText({ inZoneShare, busiest }: Figures): string {
  return busiest === 0
    ? 'nothing can be used'
    : `${percent(inZoneShare)} in zone, busiest endpoint ${busiest.toFixed(2)}x`;
}

/** What was decided, and what it changes. */
export function choiceStep({ planned, cluster }: ExplainContext, addressType: string): Step<'choice'> {
  const verdict = planned.plan.verdicts.find((one) => one.addressType === addressType);
  const before = figuresOf(planned.before, addressType);
  const after = figuresOf(planned.after, addressType);
  const steered = planned.after.find((one) => one.addressType === addressType)?.steered !== false;
  const { oddNodes } = cluster.cluster;
  const cause = verdict === undefined ? undefined : causeOf(verdict.reason, sentenceOf(verdict), { oddNodes });
  const none =
    planned.plan.mode === 'off'
      ? 'Nothing: the Service does not ask for hints'
      : 'Nothing: Kubernetes itself writes these hints';
  return {
    id: 'choice',
    title: 'What was chosen',
    addressType,
    lines: [
      verdict === undefined
        ? none
        : `${verdict.hinted ? 'Hints' : 'No hints'}, ${verdict.reason}: ${sentenceOf(verdict)}`,
      ...(steered ? [`Now ${figuresText(before)}; planned ${figuresText(after)}`] : []),
      ...(cause?.wayOut === undefined ? [] : [`Way out: ${cause.wayOut.replace(/\.$/, '')}`]),
    ],
    source: SOURCES[planned.plan.mode],
    facts: {
      ...(verdict === undefined
        ? {}
        : {
            verdict: {
              hinted: verdict.hinted,
              type: verdict.type,
              reason: verdict.reason,
              message: verdict.message,
            },
          }),
      ...(cause === undefined
        ? {}
        : { cause: { cause: cause.id, ...(cause.wayOut === undefined ? {} : { wayOut: cause.wayOut }) } }),
      before,
      after,
    },
  };
}

const SOURCES = {
  auto: 'KEP-2433; k8s.io/endpointslice topologycache.go',
  balanced: 'docs/balanced.md',
  'same-zone': 'KEP-4444; k8s.io/endpointslice trafficdist',
  'same-node': 'KEP-3015; k8s.io/endpointslice trafficdist',
  'topology-keys': 'docs/topology-keys.md',
  off: 'docs/modes.md',
} as const;

/** What the nodes do with the planned hints, those of a zone together where they do the same. */
export function useStep(
  { planned, cluster: { cluster, clients, settings } }: ExplainContext,
  addressType: string,
): Step<'use'> {
  const { service } = planned;
  const slices = plannedSlices(planned.plan).filter((slice) => slice.addressType === addressType);
  const [traffic] = trafficOf({ service, slices, cluster, clients, settings });
  const leaving = traffic === undefined ? [] : leavingFlows(traffic);
  const meanCost = traffic?.meanCost;
  const { endpoints: gathered } = gatherEndpoints(slices);
  const endpoints = locateEndpoints(gathered, cluster.nodeIndex, zoneCidrsOf({ service, settings }));
  const groups = groupNodes(endpoints, cluster, planned.reading).map(({ zone, nodes, usable }) => ({
    zone,
    nodes: nodes.map(({ name }) => name),
    usable: usable.length,
    local: usable.filter((i) => zone !== '' && zoneOf(endpoints[i], cluster.nodeIndex) === zone).length,
  }));
  return {
    id: 'use',
    title: 'What each node does',
    addressType,
    lines: [
      ...groups.map(({ zone, nodes, usable, local }) => {
        const place = zone === '' ? 'without a zone' : `in zone ${zone}`;
        const who = `${counted(nodes.length, 'node', 'nodes')} ${place} (${listed(nodes)})`;
        return `${who}: ${counted(usable, 'endpoint', 'endpoints')}, ${local} in the same zone`;
      }),
      ...(leaving.length === 0 ? [] : [`What leaves its zone: ${listed(leaving.map(flowText))}`]),
      ...(meanCost === undefined ? [] : [`By the zone costs a unit of traffic costs ${costText(meanCost)} on average`]),
    ],
    source: 'kubernetes pkg/proxy/topology.go of 1.36, replayed',
    facts: {
      groups,
      leaving: leaving.map(({ from, to, share }) => ({ from, to, share })),
      ...(meanCost === undefined ? {} : { meanCost }),
    },
  };
}

function zoneOf(
  endpoint: { readonly zone: string; readonly nodeName: string } | undefined,
  nodes: { zoneOf: (name: string) => string },
): string {
  return endpoint === undefined ? '' : endpoint.zone || nodes.zoneOf(endpoint.nodeName);
}

/** What reads these hints differently, of the nodes there and of other programs. */
export function consumersStep(
  { planned, cluster: { cluster } }: ExplainContext,
  addressType: string,
): Step<'consumers'> {
  const hints = plannedSlices(planned.plan)
    .filter((slice) => slice.addressType === addressType)
    .flatMap((slice) => slice.endpoints.map((endpoint) => endpoint.hints));
  const kinds = {
    forZones: hints.some((hint) => (hint?.forZones?.length ?? 0) > 0),
    forNodes: hints.some((hint) => (hint?.forNodes?.length ?? 0) > 0),
  };
  const consumers = consumersThatDiffer(kinds).map(({ name, differs, source }) => ({ name, differs, source }));
  const unread = unreadBy(planned.service, cluster.consumers, kinds);
  const nobody =
    kinds.forZones || kinds.forNodes
      ? 'Nothing is known to read these hints differently'
      : 'There are no hints to read';
  const lines = [
    ...unread.map((clause) => `In this cluster ${clause}`),
    ...consumers.map(({ name, differs, source }) => `${name} ${differs} (${source})`),
  ];
  return {
    id: 'consumers',
    title: 'What reads these hints differently',
    addressType,
    lines: lines.length === 0 ? [nobody] : lines,
    source: 'docs/topology-keys.md, each with its own source',
    facts: { consumers, unread },
  };
}

/** What is known of writes and of other writers. */
export function writesStep({ planned }: ExplainContext, live: LiveFacts | undefined): Step<'writes'> {
  const slices = planned.plan.slices.map(({ slice }) => ({
    name: slice.name,
    annotated: slice.owned,
    ...(slice.endpointsManager === undefined ? {} : { otherWriter: slice.endpointsManager }),
    ...(slice.endpointsOurs === undefined ? {} : { ours: slice.endpointsOurs }),
  }));
  return {
    id: 'writes',
    title: 'Writes and other writers',
    addressType: '',
    lines: [
      ...slices.map(({ name, annotated, otherWriter, ours }) => {
        const mark = annotated ? 'has' : 'does not have';
        const hand =
          ours === true
            ? 'slicehints wrote the endpoints as they are'
            : 'slicehints did not write the endpoints as they are';
        const other = otherWriter === '' ? 'nobody else did' : `the last other writer is ${otherWriter}`;
        const writers = otherWriter === undefined ? 'managedFields are not known' : `${hand}, ${other}`;
        return `${name} ${mark} the annotation of slicehints; ${writers}`;
      }),
      ...liveLines(live),
    ],
    source: 'metadata.managedFields (structured merge diff); docs/coexistence.md',
    facts: { slices, ...(live === undefined ? {} : { live }) },
  };
}

function liveLines(live: LiveFacts | undefined): readonly string[] {
  if (live === undefined) return ['The Lease of a controller and the Events are not known without a live cluster'];
  const { leases, events } = live;
  const holders = (leases ?? []).filter(({ isLive }) => isLive);
  const lease =
    leases === undefined
      ? 'Leases could not be read, so that it is not known whether a controller leads'
      : holders.length === 0
        ? 'No controller leads'
        : holders.map(({ holder, namespace, name }) => `${holder} leads (Lease ${namespace}/${name})`).join('; ');
  const last =
    events === undefined
      ? ['Events could not be read']
      : events.length === 0
        ? ['There is no Event of slicehints on this Service']
        : events.map(
            ({ type, reason, message, count, lastSeen }) =>
              `Event ${lastSeen === '' ? '' : `${lastSeen} `}${type} ${reason}${count > 1 ? ` (${count} times)` : ''}: ${message}`,
          );
  return [lease, ...last];
}
