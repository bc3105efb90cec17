import { sendForItems, sendForObject } from '../kube/rest/objects.js';
import { ApiError, type Transport } from '../kube/rest/transport.js';
import { GUARD_NAME, guardPaths, judgeGuard, readGuardPart, type GuardPart, type GuardPartName } from './status.js';

export interface GuardProbeOptions {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** By default v1. */
  readonly policyVersion?: 'v1' | 'v1beta1';
}

export interface GuardProbe {
  readonly inForce: boolean;
  /** The object by which it is in force, or why it is not; for messages. */
  readonly how: string;
  /** The cluster has the API of the policy. */
  readonly served: boolean;
}

/**
 * Checks once whether the guard is in force; the controller, which needs this at all times, has a GuardWatch.
 * @throws {ApiError} when the server cannot be reached; a part that is forbidden to read counts as absent
 */
export async function probeGuard(options: GuardProbeOptions): Promise<GuardProbe> {
  const { policyVersion = 'v1' } = options;
  const paths = guardPaths(policyVersion);
  const parts = new Map<GuardPartName, GuardPart>();
  for (const part of ['policy', 'binding', 'webhook'] as const) {
    parts.set(part, await readPart(part, paths[part], options));
  }
  return { ...judgeGuard(parts, policyVersion), served: parts.get('policy')?.state !== 'unserved' };
}

async function readPart(
  part: GuardPartName,
  path: string,
  { transport, signal }: GuardProbeOptions,
): Promise<GuardPart> {
  try {
    const raw = await sendForObject(transport, { method: 'GET', path: `${path}/${GUARD_NAME}`, signal });
    return readGuardPart(part, raw) ?? { state: 'missing' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 403) return { state: 'forbidden' };
    if (error.status !== 404) throw error;
  }
  // Not found: either the object or the whole API is absent. The group's own list of resources needs no permission on them.
  const group = path.slice(0, path.lastIndexOf('/'));
  try {
    const resources = await sendForItems(transport, { method: 'GET', path: group, signal }, 'resources');
    const served = resources.some(({ name }) => name === path.slice(group.length + 1));
    return { state: served ? 'missing' : 'unserved' };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { state: 'unserved' };
    throw error;
  }
}
