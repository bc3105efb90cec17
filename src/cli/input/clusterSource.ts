import { probeGuard } from '../../guard/probe.js';
import { systemClock, type Clock } from '../../kube/clock.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { InputError } from '../flags/inputError.js';
import { listManifests } from './liveManifests.js';
import { loadManifests, type ClusterManifests } from './manifests.js';
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
      const [{ loadClusterAccess }, { HttpTransport }] = await Promise.all([
        import('../../kube/auth/credentials.js'),
        import('../../kube/rest/httpTransport.js'),
      ]);
      return new HttpTransport({
        access: loadClusterAccess(choice),
        userAgent: `slicehints/${packageVersion()} (${command})`,
        clock: systemClock,
      });
    },
  };
}

/** Where a command reads Nodes, Services and EndpointSlices. */
export interface ClusterSource {
  /** Paths to read; empty: the live cluster of `kubeconfig` and `context`. */
  readonly files: readonly string[];
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** `namespace/name`: of a live cluster only this Service and its slices are read. */
  readonly service: string | undefined;
}

export interface GatheredCluster extends ClusterManifests {
  /** Whether the guard is in force in the live cluster; false for files, which do not tell. */
  readonly guard: boolean;
}

/** @throws {InputError} one line that says what could not be read */
export async function gatherManifests(
  { files, kubeconfig, context, service }: ClusterSource,
  io: Io,
  { connect }: ClusterSurroundings,
  progress: Progress,
): Promise<GatheredCluster> {
  if (files.length > 0) {
    const manifests = await loadManifests(files, {
      stdin: io.stdin,
      onRead: (file, byteCount) => progress.report(() => `Reading ${file}`, byteCount > MANY_BYTES),
    });
    return { ...manifests, guard: false };
  }
  let transport: Transport;
  try {
    transport = await connect({ kubeconfig, context, env: io.env });
  } catch (error) {
    throw new InputError(error instanceof Error ? error.message : String(error), error);
  }
  const { signal } = new AbortController();
  try {
    const manifests = await listManifests(transport, {
      service,
      signal,
      onPage: (path, count) => progress.report(() => `Listing ${path}: ${count}`),
    });
    return { ...manifests, guard: (await probeGuard({ transport, signal })).inForce };
  } catch (error) {
    if (error instanceof ApiError) throw new InputError(`cannot look for the guard: ${error.message}`, error);
    throw error;
  } finally {
    transport.close();
  }
}
