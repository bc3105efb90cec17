import { ApiError, type Transport } from '../kube/rest/transport.js';
import { GUARD_NAME, guardPaths, judgeGuard, readGuardPart, type GuardPart, type GuardPartName } from './status.js';

export interface GuardLookOptions {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** By default v1. */
  readonly policyVersion?: 'v1' | 'v1beta1';
}

export interface GuardProbe {
  readonly inForce: boolean;
  /** By what it is in force, or why not; for people. */
  readonly how: string;
  /** The cluster has the API of the policy. */
  readonly served: boolean;
}

/**
 * Looks once whether the guard is in force; the controller, which must know it all the time, has a GuardWatch.
 * @throws {ApiError} when the server cannot be asked; a part that we may not read counts as absent
 */
export async function probeGuard(options: GuardLookOptions): Promise<GuardProbe> {
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
  { transport, signal }: GuardLookOptions,
): Promise<GuardPart> {
  try {
    const raw = await transport.send({ method: 'GET', path: `${path}/${GUARD_NAME}`, signal });
    return readGuardPart(part, raw) ?? { state: 'missing' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 403) return { state: 'forbidden' };
    if (error.status !== 404) throw error;
  }
  // Not there: is it the object or the whole API? The group's own list of resources needs no permission on them.
  const group = path.slice(0, path.lastIndexOf('/'));
  try {
    const list = (await transport.send({ method: 'GET', path: group, signal })) as {
      resources?: readonly { name?: string }[];
    };
    const served = list.resources?.some(({ name }) => name === path.slice(group.length + 1)) ?? false;
    return { state: served ? 'missing' : 'unserved' };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { state: 'unserved' };
    throw error;
  }
}
