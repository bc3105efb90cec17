import { objectKey, serviceKeyOf } from '../model/objectKey.js';
import { judgeSlicePolicies } from '../hints/slicePolicy.js';
import { IN_TREE_MANAGER, MIRRORING_MANAGER } from '../hints/ownership.js';
import { Reason } from '../hints/reasons.js';
import { chooseMode, isInTreeAuto } from '../hints/mode.js';
import { listPages } from '../kube/rest/pagedList.js';
import { eventsPath, nodesPath, servicesPath, slicesPath } from '../kube/rest/paths.js';
import { ApiError, type Transport } from '../kube/rest/transport.js';
import { summariseCluster } from '../model/cluster.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode, type NodeRecord } from '../model/node.js';
import { readService, type ServiceRecord } from '../model/service.js';
import { readSlice, type SliceRecord } from '../model/slice.js';
import { probeGuard } from '../guard/probe.js';
import { judgeInTree, type InTreeChoice, type InTreePresence } from '../controller/coexistence/inTreePresence.js';

/** One thing that `doctor` has to say. */
export interface Finding {
  /** `ok` and `info` need nothing; `warning` costs hints somewhere; `problem` costs them everywhere. */
  readonly level: 'ok' | 'info' | 'warning' | 'problem';
  /** What it is about: server, guard, slices, nodes, services. */
  readonly subject: 'server' | 'guard' | 'slices' | 'nodes' | 'services';
  /** One plain sentence. */
  readonly message: string;
  /** What to do, where there is something to do. */
  readonly advice?: string;
}

export interface DiagnosisOptions {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** Only this namespace's Services and slices; by default all. */
  readonly namespace?: string;
  readonly policyVersion?: 'v1' | 'v1beta1';
  /** By default present. */
  readonly inTree?: InTreeChoice;
  /** Wall clock, milliseconds; for `inTree: 'auto'`. */
  readonly nowMs?: number;
}

/** How many names a sentence lists before it counts. */
const NAMED = 5;

/**
 * Looks at a cluster, read-only, and says what stands in the way of hints. What may not be read is a finding too, and
 * does not stop the rest.
 * @throws {ApiError} when the server cannot be reached at all
 */
export async function diagnose(options: DiagnosisOptions): Promise<Finding[]> {
  const findings: Finding[] = [await readVersion(options)];
  const guard = await readGuard(options, findings);
  const nodes = await readAll('nodes', nodesPath(), (raw) => readNode(raw as NodeManifest), options, findings);
  if (nodes !== undefined) findings.push(...aboutNodes(nodes));
  const slices = await readAll(
    'slices',
    slicesPath(options.namespace),
    (raw) => readSlice(raw as EndpointSliceManifest),
    options,
    findings,
  );
  if (slices !== undefined) findings.push(...aboutSlices(slices));
  const services = await readAll(
    'services',
    servicesPath(options.namespace),
    (raw) => readService(raw as ServiceManifest),
    options,
    findings,
  );
  if (services !== undefined) {
    const slicesOf = groupByService(slices ?? []);
    const presence = readPresence(options, services, slices === undefined ? undefined : slicesOf);
    findings.push(...aboutInTree(presence, options), ...aboutServices(services, slicesOf, guard, presence.inTree));
  }
  const contended = await readContended(options);
  if (contended.length > 0) {
    findings.push({
      level: 'warning',
      subject: 'services',
      message: `Another writer took hints away again and again from ${names(contended)}.`,
      advice: 'Read the Event HintsContended of the Service: it names the writer.',
    });
  }
  return findings;
}

async function readVersion({ transport, signal }: DiagnosisOptions): Promise<Finding> {
  const version = (await transport.send({ method: 'GET', path: '/version', signal })) as { gitVersion?: string };
  return {
    level: 'info',
    subject: 'server',
    message: `The API server is ${version.gitVersion ?? 'of unknown version'}.`,
  };
}

async function readGuard(options: DiagnosisOptions, findings: Finding[]): Promise<boolean> {
  const { inForce, how, served } = await probeGuard(options);
  if (inForce) {
    findings.push({ level: 'ok', subject: 'guard', message: `The guard is in force as ${how}.` });
  } else {
    findings.push({
      level: 'warning',
      subject: 'guard',
      message: `The guard is not in force: ${how}.`,
      advice: served
        ? 'Install the chart with guard.enabled, or apply files/guard-policy.yaml.'
        : 'Use the webhook form of the guard (Kubernetes 1.28 or later), or upgrade to 1.36.',
    });
  }
  return inForce;
}

async function readAll<T>(
  subject: Finding['subject'],
  path: string,
  transform: (raw: unknown) => T,
  { transport, signal }: DiagnosisOptions,
  findings: Finding[],
): Promise<T[] | undefined> {
  let all: T[] = [];
  try {
    await listPages({
      transport,
      path,
      labelSelector: undefined,
      pageSize: 500,
      deadlineMs: 60_000,
      signal,
      onPage: (items, restart) => {
        if (restart) all = [];
        for (const item of items) all.push(transform(item));
      },
    });
    return all;
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 401)) throw error;
    findings.push({
      level: 'problem',
      subject,
      message: `May not list ${path}.`,
      advice: 'Check the permissions of this user.',
    });
    return undefined;
  }
}

function aboutNodes(nodes: readonly NodeRecord[]): Finding[] {
  const { shares, oddNodes } = summariseCluster(nodes);
  const zones = shares.map(({ zone, share }) => `${zone} ${Math.round(share * 100)} %`).join(', ');
  const found: Finding[] =
    shares.length >= 2
      ? [{ level: 'ok', subject: 'nodes', message: `${nodes.length} nodes; CPU by zone: ${zones}.` }]
      : [
          {
            level: 'problem',
            subject: 'nodes',
            message:
              shares.length === 0
                ? `None of ${nodes.length} nodes is ready, counted and has a zone and CPU.`
                : `All counted nodes are in one zone, ${shares[0]?.zone ?? ''}.`,
            advice: 'Zone hints need nodes in two zones or more, by the label topology.kubernetes.io/zone.',
          },
        ];
  if (oddNodes.length > 0) {
    found.push({
      level: 'warning',
      subject: 'nodes',
      message: `Without zone or allocatable CPU: ${names(oddNodes)}; in-tree's Auto gives up for the whole cluster while there is one.`,
      advice: 'Label these nodes, or take them out of the cluster.',
    });
  }
  return found;
}

function aboutSlices(slices: readonly SliceRecord[]): Finding[] {
  const byManager = new Map<string, number>();
  for (const { managedBy } of slices) byManager.set(managedBy, (byManager.get(managedBy) ?? 0) + 1);
  const called = (manager: string): string => {
    if (manager === IN_TREE_MANAGER) return 'the in-tree controller';
    if (manager === MIRRORING_MANAGER) return 'mirroring';
    return manager === '' ? 'nobody' : manager;
  };
  const list = [...byManager].sort().map(([manager, count]) => `${count} by ${called(manager)}`);
  const owned = slices.filter((slice) => slice.owned).length;
  const managed = list.length === 0 ? 'There are no slices' : `Slices are managed: ${list.join(', ')}`;
  return [{ level: 'info', subject: 'slices', message: `${managed}; ${owned} carry our annotation.` }];
}

function aboutServices(
  services: readonly ServiceRecord[],
  slicesOf: ReadonlyMap<string, readonly SliceRecord[]>,
  guard: boolean,
  inTree: 'present' | 'absent',
): Finding[] {
  const byMode = new Map<string, number>();
  const blocked: string[] = [];
  const findings: Finding[] = [];
  let sentence = '';
  for (const service of [...services].sort((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1))) {
    const key = objectKey(service);
    const { mode, source, problem } = chooseMode(service);
    if (problem !== undefined) findings.push({ level: 'warning', subject: 'services', message: `${key}: ${problem}.` });
    if (mode === 'off') continue;
    byMode.set(mode, (byMode.get(mode) ?? 0) + 1);
    const own = slicesOf.get(key) ?? [];
    for (const addressType of [...new Set(own.map((slice) => slice.addressType))].sort()) {
      const judged = judgeSlicePolicies(
        own.filter((slice) => slice.addressType === addressType),
        {
          mode,
          guard,
          inTree,
          addressType,
          inTreeAgrees: source === 'spec.trafficDistribution',
          inTreeAuto: isInTreeAuto(service),
        },
      );
      if (judged.ok || blocked.includes(key)) continue;
      blocked.push(key);
      if (sentence === '') sentence = judged.verdict.message;
    }
  }
  const modes = [...byMode].sort().map(([mode, count]) => `${mode} ${count}`);
  findings.unshift({
    level: 'info',
    subject: 'services',
    message: modes.length === 0 ? 'No Service asks for hints.' : `Services ask for hints: ${modes.join(', ')}.`,
    ...(modes.length === 0 ? { advice: 'Annotate one, for example service.kubernetes.io/topology-mode: Auto.' } : {}),
  });
  if (blocked.length > 0) {
    findings.push({
      level: 'warning',
      subject: 'services',
      message: `Blocked: ${names(blocked)}. ${sentence}.`,
      advice: guard ? 'Let another controller be the only writer, or take the mode off.' : 'Put the guard in force.',
    });
  }
  return findings;
}

function groupByService(slices: readonly SliceRecord[]): ReadonlyMap<string, readonly SliceRecord[]> {
  const slicesOf = new Map<string, SliceRecord[]>();
  for (const slice of slices) {
    const key = serviceKeyOf(slice);
    const list = slicesOf.get(key);
    if (list === undefined) slicesOf.set(key, [slice]);
    else list.push(slice);
  }
  return slicesOf;
}

function readPresence(
  { inTree = 'present', nowMs }: DiagnosisOptions,
  services: readonly ServiceRecord[],
  slicesOf: ReadonlyMap<string, readonly SliceRecord[]> | undefined,
): InTreePresence {
  if (inTree !== 'auto') return { inTree, how: 'as --in-tree says' };
  if (slicesOf === undefined || nowMs === undefined) return { inTree: 'present', how: 'its slices could not be read' };
  return judgeInTree(services, (key) => slicesOf.get(key) ?? [], nowMs);
}

function aboutInTree({ inTree, how }: InTreePresence, options: DiagnosisOptions): Finding[] {
  if (options.inTree !== 'auto') return [];
  const message = `The in-tree EndpointSlice controller counts as ${inTree}: ${how}.`;
  if (inTree === 'present') return [{ level: 'info', subject: 'slices', message }];
  const advice =
    'If it is switched off on purpose, run the controller with --in-tree=absent or auto; else find out why it stands still.';
  return [{ level: 'warning', subject: 'slices', message, advice }];
}

/** Services with a recent Event HintsContended; empty where Events may not be read. */
async function readContended({ transport, signal, namespace }: DiagnosisOptions): Promise<string[]> {
  try {
    const list = (await transport.send({
      method: 'GET',
      path: eventsPath(namespace),
      query: { fieldSelector: `reason=${Reason.HintsContended}`, limit: 500 },
      signal,
    })) as { items?: readonly { involvedObject?: { namespace?: string; name?: string } }[] | null };
    const keys = (list.items ?? []).map(({ involvedObject }) =>
      objectKey({ namespace: involvedObject?.namespace ?? '', name: involvedObject?.name ?? '' }),
    );
    return [...new Set(keys)].sort();
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'http') return [];
    throw error;
  }
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMED).join(', ');
  return all.length > NAMED ? `${shown} and ${all.length - NAMED} more` : shown;
}
