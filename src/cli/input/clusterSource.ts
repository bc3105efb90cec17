import { nodeHintsOf, type NodeHints } from '../../controller/coexistence/nodeHints.js';
import { probeGuard } from '../../guard/probe.js';
import { systemClock, type Clock } from '../../kube/clock.js';
import { readServerVersion } from '../../kube/rest/serverVersion.js';
import type { Transport } from '../../kube/rest/transport.js';
import type { HintSettings } from '../../controller/coexistence/coexistence.js';
import { judgeInTree, type InTreePresence } from '../../controller/coexistence/inTreePresence.js';
import type { Settings } from '../../hints/settings.js';
import { readService } from '../../model/service.js';
import { readSlice, SERVICE_NAME_LABEL } from '../../model/slice.js';
import { slicesByService } from '../../model/slicesByService.js';
import type { Selector } from '../flags/selector.js';
import { explainErrors } from '../output/connectionError.js';
import { drainedZones } from './drainedZones.js';
import { logRequests } from './requestLog.js';
import { listManifests } from './liveManifests.js';
import { loadManifests, type ClusterManifests, type Loaded } from './manifests.js';
import type { EndpointSliceManifest } from '../../model/manifest.js';
import type { Progress } from '../output/progress.js';
import type { Io } from '../output/terminal.js';
import { packageVersion } from '../version.js';

/** Parsing so much YAML takes about a second. */
const MANY_BYTES = 2_000_000;

export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** What a command that reads clusters takes from the world beside its streams. */
export interface ClusterSurroundings {
  readonly clock: Clock;
  /** @throws {Error} one sentence when there is no such cluster */
  readonly connect: (choice: ClusterChoice) => Transport | Promise<Transport>;
}

/** @param command named to the API server */
export function clusterSurroundings(command: string): ClusterSurroundings {
  return {
    clock: systemClock,
    connect: async (choice) => {
      // Loaded only now: what reads credentials takes longer to load than most files take to plan.
      const [{ openClusterAccess }, { HttpTransport }] = await Promise.all([
        import('./clusterAccess.js'),
        import('../../kube/rest/httpTransport.js'),
      ]);
      const access = openClusterAccess(choice);
      const userAgent = `slicehints/${packageVersion()} (${command})`;
      return explainErrors(new HttpTransport({ access, userAgent, clock: systemClock }), {
        ...access,
        context: access.context,
      });
    },
  };
}

/** Connects to the cluster that flags name; each request is shown where --v asks for that. */
export async function openCluster(
  { kubeconfig, context, v }: Omit<ClusterChoice, 'env'> & { readonly v: number },
  io: Pick<Io, 'env' | 'stderr'>,
  { connect, clock }: ClusterSurroundings,
): Promise<Transport> {
  return logRequests(await connect({ kubeconfig, context, env: io.env }), v, clock, io.stderr);
}

/** Where a command reads Nodes, Services and EndpointSlices, and what of them. */
export interface ClusterSource {
  /** Paths to read; empty: the live cluster of `kubeconfig` and `context`. */
  readonly files: readonly string[];
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Verbosity; from 6 on requests are shown. */
  readonly v: number;
  readonly namespace: string | undefined;
  readonly selector: Selector | undefined;
  /** `namespace/name`: of a live cluster only this Service and its slices are read. */
  readonly service: string | undefined;
  readonly hints: HintSettings;
  /** `auto`: as in the live cluster; false for files, which do not tell. */
  readonly guard: boolean | 'auto';
  readonly 'guard-policy-version': 'v1' | 'v1beta1';
  /** `namespace/name` of the ConfigMap with measured demand. */
  readonly 'measured-configmap': string | undefined;
}

export interface GatheredCluster extends ClusterManifests {
  /** What a controller with the same flags would plan with. */
  readonly settings: Settings;
}

/**
 * Reads the Nodes, and the Services in the source's scope with their slices.
 * @throws {UsageError} one line that says what could not be read
 */
export async function gatherManifests(
  source: ClusterSource,
  io: Io,
  surroundings: ClusterSurroundings,
  progress: Progress,
): Promise<GatheredCluster> {
  const isLive = source.files.length === 0;
  const { manifests, guard, nodeHints } = isLive
    ? await readLiveCluster(source, io, surroundings, progress)
    : await readManifestFiles(source, io, progress);
  const nowMs = surroundings.clock.wallMs();
  const inTree = source.hints.inTree === 'auto' ? detectInTree(manifests, nowMs).inTree : source.hints.inTree;
  const { zones, notes } = drainedZones(
    manifests.drains.map(({ object }) => object),
    nowMs,
    !isLive,
  );
  const given = inScope(manifests, source);
  return {
    ...given,
    notes: [...given.notes, ...notes],
    settings: {
      ...source.hints,
      guard: source.guard === 'auto' ? guard : source.guard,
      inTree,
      nodeHints,
      // Files are as old as they are: the same objects give the same plan at any time.
      ...(isLive ? { nowMs } : {}),
      ...(zones.length === 0 ? {} : { drainedZones: zones }),
    },
  };
}

interface Read {
  readonly manifests: ClusterManifests;
  /** Whether the guard is in force, as far as this source tells. */
  readonly guard: boolean;
  /** Whether the API server stores node hints; files do not tell, and count as from one that does. */
  readonly nodeHints: NodeHints;
}

async function readManifestFiles(source: ClusterSource, io: Io, progress: Progress): Promise<Read> {
  const manifests = await loadManifests(source.files, {
    stdin: io.stdin,
    onRead: (file, byteCount, parsedShare) =>
      progress.report(() => `Reading ${file}: ${Math.floor(parsedShare * 100)} %`, byteCount > MANY_BYTES),
  });
  const { hints, 'measured-configmap': configMap } = source;
  const isMissing = manifests.measured === undefined && (configMap !== undefined || hints.demand === 'measured');
  const note = 'Nothing is measured: no ConfigMap of slicehints observe is among the manifests';
  const notes = isMissing ? [...manifests.notes, note] : manifests.notes;
  return { manifests: { ...manifests, notes }, guard: false, nodeHints: 'stored' };
}

async function readLiveCluster(
  source: ClusterSource,
  io: Io,
  surroundings: ClusterSurroundings,
  progress: Progress,
): Promise<Read> {
  const { service, namespace, guard } = source;
  const { clock } = surroundings;
  const transport = await openCluster(source, io, surroundings);
  const { signal } = new AbortController();
  try {
    const manifests = await listManifests(transport, {
      service,
      namespace,
      demand: source.hints.demand,
      measuredConfigMap: source['measured-configmap'],
      nowMs: clock.wallMs(),
      signal,
      onPage: (path, count) => progress.report(() => `Listing ${path}: ${count}`),
    });
    const nodeHints = nodeHintsOf(await readServerVersion(transport, signal));
    if (guard !== 'auto') return { manifests, guard, nodeHints };
    const probe = await probeGuard({ transport, signal, policyVersion: source['guard-policy-version'] });
    return { manifests, guard: probe.inForce, nodeHints };
  } finally {
    transport.close();
  }
}

/** Only the Services that are asked for; slices of others show where clients run, and nothing else. */
function inScope(manifests: ClusterManifests, { namespace, selector }: ClusterSource): ClusterManifests {
  if (namespace === undefined && selector === undefined) return manifests;
  const services = manifests.services.filter(
    ({ object: { metadata } }) =>
      (namespace === undefined || metadata?.namespace === namespace) &&
      selector?.matches(metadata?.labels ?? {}) !== false,
  );
  const keys = new Set(services.map(({ object }) => `${object.metadata?.namespace}/${object.metadata?.name}`));
  const isAsked = ({ object: { metadata } }: Loaded<EndpointSliceManifest>): boolean =>
    keys.has(`${metadata?.namespace}/${metadata?.labels?.[SERVICE_NAME_LABEL]}`);
  const endpointSlices = manifests.endpointSlices.filter(isAsked);
  const others = manifests.endpointSlices.filter((slice) => !isAsked(slice));
  return { ...manifests, services, endpointSlices, clientSlices: [...others, ...(manifests.clientSlices ?? [])] };
}

function detectInTree({ services, endpointSlices }: ClusterManifests, nowMs: number): InTreePresence {
  const slicesOf = slicesByService(endpointSlices.map(({ object }) => readSlice(object)));
  return judgeInTree(
    services.map(({ object }) => readService(object)),
    (key) => slicesOf.get(key) ?? [],
    nowMs,
  );
}
