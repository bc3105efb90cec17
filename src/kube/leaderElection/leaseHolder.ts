import { readLease, shownHolder } from './leaseRecord.js';
import { leasePath } from '../rest/paths.js';
import { ApiError, type Transport } from '../rest/transport.js';

/**
 * Reads who holds a Lease without taking part in the election, e.g. for a dry run.
 * @returns the identity, at most 256 characters; empty when the Lease does not exist or is free
 * @throws {ApiError} when the Lease cannot be read
 */
export async function readLeaseHolder(
  transport: Transport,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const answer = await transport.send({ method: 'GET', path: leasePath(namespace, name), signal });
    return shownHolder(readLease(answer)?.record.holder ?? '');
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return '';
    throw error;
  }
}
