import type { HintSettings } from '../../controller/coexistence/coexistence.js';
import { judgeInTree, type InTreePresence } from '../../controller/coexistence/inTreePresence.js';
import { nodeHintsOf } from '../../controller/coexistence/nodeHints.js';
import { probeGuard } from '../../guard/probe.js';
import { drainsInForce, readZoneDrain, zonesOf, type ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';
import { applyPolicies } from '../../hints/policy/applyPolicies.js';
import type { HintsPolicyManifest } from '../../hints/policy/policy.js';
import { indexPolicies, type NamespaceManifest } from '../../hints/policy/policyReader.js';
import { Reason } from '../../hints/reasons.js';
import { DEFAULT_SETTINGS, settingsOf, type Settings } from '../../hints/settings.js';
import { getMeasured } from '../../controller/demand/measuredConfigMap.js';
import type { MeasuredFigures } from '../../measured/figures.js';
import { MeasuredIndex } from '../../measured/measuredIndex.js';
import type { Clock } from '../../kube/clock.js';
import { asRecord } from '../../kube/json.js';
import { listObjects, sendForItems, sendForObject } from '../../kube/rest/objects.js';
import {
  clusterPoliciesPath,
  eventsPath,
  namespacesPath,
  nodesPath,
  policiesPath,
  zoneDrainsPath,
  servicesPath,
  slicesPath,
} from '../../kube/rest/paths.js';
import { parseServerVersion } from '../../kube/rest/serverVersion.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { summariseCluster } from '../../model/cluster.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../model/manifest.js';
import { readNode } from '../../model/node.js';
import { objectKey } from '../../model/objectKey.js';
import { readService } from '../../model/service.js';
import { readSlice } from '../../model/slice.js';
import { slicesByService } from '../../model/slicesByService.js';
import { aboutConsumers, aboutGuard, aboutInTree, aboutNodes, aboutServer, aboutSlices } from './clusterFindings.js';
import { about, SUBJECTS, type Finding, type Subject } from './finding.js';
import { listed } from '../../model/text/listed.js';
import { inspectInstallation, notVisible } from './installation.js';
import { aboutMeasured } from './measuredFindings.js';
import { aboutDrains } from './drainFindings.js';
import { aboutPolicies } from './policyFindings.js';
import { Reading } from './reading.js';
import { aboutServices } from './serviceFindings.js';

export interface DiagnosisOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Only this namespace's Services and slices; by default all. */
  readonly namespace?: string | undefined;
  readonly policyVersion?: 'v1' | 'v1beta1';
  /** The controller's settings; by default its defaults. */
  readonly settings?: Partial<HintSettings>;
  /** `auto`: as it is in the cluster. */
  readonly guard?: boolean | 'auto';
  /** `namespace/name` of the ConfigMap with measured demand. */
  readonly measuredConfigMap?: string | undefined;
  readonly leaseName?: string;
  /** The namespace of the pod that this runs in; undefined outside of a cluster. */
  readonly ownNamespace?: string | undefined;
  /** Whether a Service is part of the question; by default all are. */
  readonly selects?: (labels: Readonly<Record<string, string>>) => boolean;
}

/** What was read of a cluster; undefined: it may not be seen, or its reading failed. */
export interface SeenCluster {
  readonly nodes: readonly NodeManifest[] | undefined;
  readonly services: readonly ServiceManifest[] | undefined;
  readonly slices: readonly EndpointSliceManifest[] | undefined;
  readonly policies: readonly HintsPolicyManifest[] | undefined;
  /** For the labels by which policies select; read only where there are policies. */
  readonly namespaces: readonly NamespaceManifest[] | undefined;
  /** Measured demand, as of now. */
  readonly measured?: MeasuredFigures | undefined;
  readonly drains?: readonly ZoneDrainManifest[] | undefined;
}

/**
 * Looks at a cluster, read-only, and finds what stands in the way of hints. What may not be read is a finding too, and
 * does not stop the rest.
 * @returns findings in the order of their subjects
 * @throws {ApiError} when the server cannot be reached at all
 */
export async function diagnose(options: DiagnosisOptions): Promise<Finding[]> {
  const { transport, clock, signal, namespace, policyVersion } = options;
  const version = await sendForObject(transport, { method: 'GET', path: '/version', signal });
  const nodeHints = nodeHintsOf(parseServerVersion(version));
  const reading = new Reading();
  const probe = await reading.attempt('guard', 'The parts of the guard', () =>
    probeGuard({ transport, signal, ...(policyVersion === undefined ? {} : { policyVersion }) }),
  );
  const { measuredConfigMap: key } = options;
  const read =
    key === undefined
      ? undefined
      : await reading.attempt('services', 'The measured demand', () =>
          getMeasured(transport, { key, nowMs: clock.wallMs(), signal }),
        );
  const list = <T>(subject: Subject, what: string, path: string): Promise<T[] | undefined> =>
    reading.attempt(subject, what, () => readAll<T>(path, options));
  const policies = await reading.attempt('policies', 'Policies', () => readPolicies(options));
  const drains = (await reading.attempt('drains', 'ZoneDrains', () => readDrains(options))) ?? [];
  const drainedZones = zonesOf(drainsInForce(drains.map(readZoneDrain), clock.wallMs()));
  const drained = drainedZones.length === 0 ? {} : { drainedZones };
  const seen = {
    measured: read?.measured,
    drains,
    policies,
    namespaces:
      policies === undefined || policies.length === 0
        ? []
        : await list<NamespaceManifest>('policies', 'Namespaces', namespacesPath()),
    nodes: await list<NodeManifest>('nodes', 'Nodes', nodesPath()),
    services: await list<ServiceManifest>('services', 'Services', servicesPath(namespace)),
    slices: await list<EndpointSliceManifest>('slices', 'EndpointSlices', slicesPath(namespace)),
  };
  const { guard = 'auto', settings, selects, leaseName = 'slicehints', ownNamespace } = options;
  const installation = await inspectInstallation({ transport, clock, signal, leaseName, ownNamespace, namespace });
  const { gitVersion } = version;
  const nowMs = clock.wallMs();
  const contended = (await reading.attempt('services', 'Events', () => readContended(options))) ?? [];
  return inOrder([
    ...aboutServer(typeof gitVersion === 'string' ? gitVersion : undefined, nodeHints),
    ...reading.findings,
    ...installation,
    ...(probe === undefined ? [] : [aboutGuard(probe)]),
    ...diagnoseObjects(seen, {
      reading,
      settings: {
        ...settings,
        ...drained,
        guard: guard === 'auto' ? probe?.inForce === true : guard,
        nodeHints,
        nowMs,
      },
      nowMs,
      selects,
      stopped: installation.some(({ code }) => code === 'WritesStopped' || code === 'FuseBlown'),
    }),
    ...aboutContended(contended),
    ...(read === undefined ? [] : aboutMeasured(read)),
  ]);
}

export interface ObjectsOptions {
  readonly settings: Partial<HintSettings> & {
    readonly guard: boolean;
    /** By default stored. */
    readonly nodeHints?: Settings['nodeHints'];
    /** By default when the last of the kubelets reported. */
    readonly nowMs?: Settings['nowMs'];
  };
  /** Wall clock, milliseconds; for `inTree: 'auto'`. */
  readonly nowMs: number;
  readonly selects?: DiagnosisOptions['selects'];
  /** All writes are stopped, so that hints which are not written are no fault of their own. */
  readonly stopped?: boolean;
  /** By which the objects were read. */
  readonly reading?: Pick<Reading, 'hidden'>;
}

/** The findings that objects alone give, as a file has them. Pure. */
export function diagnoseObjects(seen: SeenCluster, options: ObjectsOptions): Finding[] {
  const { nodes, services, slices, policies, namespaces, drains = [], measured: figures } = seen;
  const { settings, nowMs, selects, stopped = false, reading = new Reading() } = options;
  const hidden = reading.hidden({ Nodes: nodes, Services: services, EndpointSlices: slices });
  const slicesOf = slicesByService(slices?.map(readSlice) ?? []);
  const findings: Finding[] = [
    ...(hidden.length === 0 ? [] : [{ ...notVisible('services', hidden), level: 'problem' as const }]),
    ...(nodes === undefined
      ? []
      : [...aboutNodes(nodes, settings), ...aboutConsumers(nodes.map(readNode), settings.consumer)]),
    ...(slices === undefined ? [] : [aboutSlices([...slicesOf.values()].flat())]),
    ...aboutDrains(drains, nowMs),
  ];
  const unseen = reading.hidden({ Policies: policies, Namespaces: namespaces });
  if (unseen.length > 0) findings.push(notVisible('policies', unseen));
  if (services === undefined) return inOrder(findings);
  const index = indexPolicies({ policies, namespaces });
  const records = services.map((manifest) => {
    const own = readService(manifest);
    return applyPolicies(own, index.matching(own));
  });
  const byKey = new Map(records.map((record) => [objectKey(record), record]));
  findings.push(...aboutPolicies({ index, services: byKey, slicesOf: (key) => slicesOf.get(key) ?? [] }));
  const presence: InTreePresence =
    settings.inTree !== 'auto'
      ? { inTree: settings.inTree ?? DEFAULT_SETTINGS.inTree, how: 'set by --in-tree' }
      : slices === undefined
        ? { inTree: 'present', how: 'its slices could not be read' }
        : judgeInTree(records, (key) => slicesOf.get(key) ?? [], nowMs);
  if (settings.inTree === 'auto') findings.push(aboutInTree(presence));
  // Without slices or nodes every plan would be about what could not be seen.
  if (slices === undefined || nodes === undefined) return inOrder(findings);
  const full = settingsOf({ ...settings, inTree: presence.inTree });
  const chosen = records.filter((_, i) => selects?.(services[i]?.metadata?.labels ?? {}) !== false);
  const cluster = summariseCluster(nodes.map(readNode), full);
  const measured = figures && new MeasuredIndex(figures);
  return inOrder([
    ...findings,
    ...aboutServices({ services: chosen, slicesOf, cluster, settings: full, measured, stopped }),
  ]);
}

function inOrder(findings: readonly Finding[]): Finding[] {
  return SUBJECTS.flatMap((subject) => findings.filter((finding) => finding.subject === subject));
}

/** Policies of the cluster and of the namespace; none where their definitions are not installed. */
async function readPolicies(options: DiagnosisOptions): Promise<HintsPolicyManifest[] | undefined> {
  const all: HintsPolicyManifest[] = [];
  for (const [kind, path] of [
    ['ClusterHintsPolicy', clusterPoliciesPath()],
    ['HintsPolicy', policiesPath(options.namespace)],
  ] as const) {
    try {
      const found = await readAll<HintsPolicyManifest>(path, options);
      if (found === undefined) return undefined;
      // Items of a list do not repeat their kind.
      all.push(...found.map((policy) => ({ ...policy, kind })));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  return all;
}

/** Empty where the cluster has no such resource, or they may not be read. */
async function readDrains(options: DiagnosisOptions): Promise<readonly ZoneDrainManifest[]> {
  try {
    return (await readAll<ZoneDrainManifest>(zoneDrainsPath(), options)) ?? [];
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    return [];
  }
}

/** undefined where this user may not list them. */
async function readAll<T>(path: string, { transport, signal }: DiagnosisOptions): Promise<T[] | undefined> {
  let all: T[] = [];
  try {
    await listObjects({
      transport,
      path,
      labelSelector: undefined,
      pageSize: 500,
      deadlineMs: 60_000,
      signal,
      onPage: (items, restart) => {
        if (restart) all = [];
        for (const item of items) all.push(item as T);
      },
    });
    return all;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}

function aboutContended(contended: readonly string[]): Finding[] {
  if (contended.length === 0) return [];
  return [
    {
      level: 'warning',
      subject: 'services',
      code: 'HintsContended',
      message: `Another writer took hints away again and again from ${listed(contended)}.`,
      advice: 'Read the Event HintsContended of the Service: it names the writer.',
      ...about(contended),
    },
  ];
}

/** Services with a recent Event HintsContended; empty where Events may not be read. */
async function readContended({ transport, signal, namespace }: DiagnosisOptions): Promise<string[]> {
  try {
    const events = await sendForItems(transport, {
      method: 'GET',
      path: eventsPath(namespace),
      query: { fieldSelector: `reason=${Reason.HintsContended}`, limit: 500 },
      signal,
    });
    const keys = events.map(({ involvedObject }) => {
      const { namespace: own, name } = asRecord(involvedObject);
      return objectKey({
        namespace: typeof own === 'string' ? own : '',
        name: typeof name === 'string' ? name : '',
      });
    });
    return [...new Set(keys)].sort();
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'http') return [];
    throw error;
  }
}
