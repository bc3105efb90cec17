import type { NamespaceManifest } from '../../hints/policy/policyReader.js';
import { unreadBy } from '../../kubeproxy/reading.js';
import type { NodeConsumer } from '../../model/node.js';

import { quoted } from '../../model/text/quoted.js';
import { isReady } from '../../model/readiness.js';
import { FIELD_MANAGER, type EndpointRecord } from '../../model/slice.js';
import type { ServiceRecords } from '../clusterRecords.js';
import { counted, percent } from '../figures.js';
import { meshOf } from '../recommend/mesh.js';
import type { ZoneFlow } from '../traffic.js';

/** Why traffic goes another way than hints ask for. The values are stable; docs/measured.md has a row for each. */
export const CAUSES = [
  'demand',
  'headless',
  'direct-pods',
  'mesh',
  'local-policy',
  'session-affinity',
  'few-connections',
  'consumers',
  'outside',
  'hints-changed',
] as const;

export interface Cause {
  readonly cause: (typeof CAUSES)[number];
  /** What was found, one sentence without its end. */
  readonly evidence: string;
}

/** What the rules look at. */
export interface CauseInput extends Pick<ServiceRecords, 'service' | 'manifest' | 'slices' | 'sliceManifests'> {
  readonly namespace: NamespaceManifest | undefined;
  /** Each pod once, with its zone or that of its node. */
  readonly endpoints: readonly EndpointRecord[];
  /** What reads hints on the nodes. */
  readonly consumers: readonly NodeConsumer[];
  /** Other Services without a cluster IP that have endpoints of this one: `namespace/name`. */
  readonly headlessSiblings: readonly string[];
  /** Pods of the Services that are named as clients; undefined where none is named. */
  readonly clientPods: number | undefined;
  /** Shares of all traffic. */
  readonly measured: readonly ZoneFlow[];
  readonly asked: readonly ZoneFlow[];
  readonly nowMs: number;
  /** Rates are taken over so long. */
  readonly windowMs: number;
}

/** A share that a rule takes for more than noise. */
const NOTABLE = 0.1;

type Rule = (input: CauseInput) => Cause | undefined;

/** Each rule by itself, with its evidence; more than one may apply. In the order of how much traffic they mostly take. */
const RULES: readonly Rule[] = [
  ({ service }) =>
    service.isHeadless === true
      ? { cause: 'headless', evidence: 'spec.clusterIP is None: DNS answers with all endpoints, and clients choose' }
      : undefined,
  directPods,
  mesh,
  localPolicy,
  ({ manifest }) =>
    manifest.spec?.sessionAffinity === 'ClientIP'
      ? {
          cause: 'session-affinity',
          evidence: 'spec.sessionAffinity is ClientIP: a client stays with its endpoint, whatever hints say later',
        }
      : undefined,
  fewConnections,
  ({ service, consumers, slices }) => {
    const has = (kind: 'forZones' | 'forNodes'): boolean =>
      slices.some(({ endpoints }) => endpoints.some(({ hints }) => (hints?.[kind]?.length ?? 0) > 0));
    const clauses = unreadBy(service, consumers, { forZones: has('forZones'), forNodes: has('forNodes') });
    return clauses.length === 0 ? undefined : { cause: 'consumers', evidence: clauses.join('; ') };
  },
  ({ manifest }) => {
    const { type = '', externalIPs } = manifest.spec ?? {};
    const isOutside = type === 'LoadBalancer' || type === 'NodePort' || (externalIPs ?? []).length > 0;
    if (!isOutside) return undefined;
    const what = type === 'LoadBalancer' || type === 'NodePort' ? `spec.type is ${type}` : 'spec.externalIPs is set';
    return {
      cause: 'outside',
      evidence: `${what}: clients outside the cluster count in the zone of the node that they enter by`,
    };
  },
  hintsChanged,
];

/** The causes that have evidence, of traffic that goes another way than hints ask for. */
export function causesOf(input: CauseInput): readonly Cause[] {
  return RULES.flatMap((rule) => rule(input) ?? []);
}

function directPods({ endpoints, measured, headlessSiblings }: CauseInput): Cause | undefined {
  const [sibling] = headlessSiblings;
  if (sibling !== undefined) {
    return {
      cause: 'direct-pods',
      evidence: `the headless Service ${sibling} has the same endpoints, and its clients reach them without a proxy`,
    };
  }
  // Connections to a pod that terminates go on, and where no endpoint is left its last ones are still measured.
  const served = endpoints.filter((endpoint) => isReady(endpoint) || endpoint.terminating === true);
  if (served.length === 0 || served.some(({ zone }) => zone === '')) return undefined;
  const zones = new Set(served.map(({ zone }) => zone));
  for (const { to, share } of measured) {
    if (share <= NOTABLE || zones.has(to)) continue;
    return {
      cause: 'direct-pods',
      evidence: `${percent(share)} of the traffic reaches zone ${to}, where the Service has no ready endpoint: pods are called by their addresses`,
    };
  }
  return undefined;
}

function mesh({ manifest, namespace }: CauseInput): Cause | undefined {
  const name = meshOf(manifest, namespace);
  if (name === undefined) return undefined;
  return { cause: 'mesh', evidence: `it is in a mesh of ${name}, whose proxies choose endpoints themselves` };
}

function localPolicy({ service }: CauseInput): Cause | undefined {
  const { internalTrafficPolicy = '', externalTrafficPolicy = '', type = '' } = service;
  if (internalTrafficPolicy === 'Local') {
    return { cause: 'local-policy', evidence: 'spec.internalTrafficPolicy is Local: connections stay on the node' };
  }
  const entersOutside = type === 'LoadBalancer' || type === 'NodePort';
  if (externalTrafficPolicy !== 'Local' || !entersOutside) return undefined;
  return {
    cause: 'local-policy',
    evidence: 'spec.externalTrafficPolicy is Local: what enters from outside stays on the node that it enters by',
  };
}

/** Protocols that keep a connection open and send everything over it. */
const LONG_LIVED = /^(kubernetes\.io\/h2c|kubernetes\.io\/wss?|grpc|http2|mongo|mysql|postgresql|redis|amqp)$/i;

function fewConnections({ manifest, endpoints, clientPods }: CauseInput): Cause | undefined {
  for (const port of manifest.spec?.ports ?? []) {
    // Files that people wrote may have an empty entry.
    const { appProtocol, name, port: number } = (port ?? {}) as Partial<typeof port>;
    const protocol = appProtocol ?? '';
    if (!LONG_LIVED.test(protocol)) continue;
    return {
      cause: 'few-connections',
      evidence: `port ${quoted(name ?? String(number ?? ''))} has appProtocol ${protocol}: a connection that was opened earlier stays where it is`,
    };
  }
  const ready = endpoints.filter(isReady).length;
  if (clientPods === undefined || clientPods === 0 || clientPods >= ready) return undefined;
  return {
    cause: 'few-connections',
    evidence: `${counted(clientPods, 'client pod calls', 'client pods call')} ${counted(ready, 'endpoint', 'endpoints')}: too few connections to spread`,
  };
}

function hintsChanged({ sliceManifests, nowMs, windowMs }: CauseInput): Cause | undefined {
  for (const { metadata } of sliceManifests) {
    for (const entry of metadata?.managedFields ?? []) {
      const { manager, time, fieldsV1 } = (entry ?? {}) as Partial<typeof entry>;
      if (manager !== FIELD_MANAGER || !fieldsV1 || !Object.hasOwn(fieldsV1, 'f:endpoints')) continue;
      const timeMs = typeof time === 'string' ? Date.parse(time) : (time?.getTime() ?? NaN);
      const age = nowMs - timeMs;
      if (!(age >= 0 && age < windowMs)) continue;
      const ago = counted(Math.max(1, Math.round(age / 60_000)), 'minute', 'minutes');
      return {
        cause: 'hints-changed',
        evidence: `hints of EndpointSlice ${metadata?.name ?? ''} were written ${ago} ago, within the window of the measurement`,
      };
    }
  }
  return undefined;
}

/** The sources of traffic differ from those that the forecast takes. @param words of the demand */
export function demandCause(
  measured: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
  words: string,
): Cause | undefined {
  let worst: { zone: string; difference: number } | undefined;
  for (const zone of [...new Set([...measured.keys(), ...expected.keys()])].sort()) {
    const difference = Math.abs((measured.get(zone) ?? 0) - (expected.get(zone) ?? 0));
    if (difference > NOTABLE && difference > (worst?.difference ?? 0) + 1e-9) worst = { zone, difference };
  }
  if (worst === undefined) return undefined;
  const { zone } = worst;
  return {
    cause: 'demand',
    evidence: `zone ${zone} sends ${percent(measured.get(zone) ?? 0)} of the traffic, and the forecast takes ${percent(expected.get(zone) ?? 0)} (demand: ${words})`,
  };
}
