import { isRecord } from '../json.js';
import { ApiError, type Transport } from './transport.js';

/** The version whose API a server serves. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/**
 * Reads GET /version. A server that emulates an older version serves the API of that one; vendors add a `+` to the minor
 * version.
 * @returns undefined when the answer names no version
 */
export function parseServerVersion(answer: unknown): ServerVersion | undefined {
  if (!isRecord(answer)) return undefined;
  // Builds of one's own may have nothing but the tag.
  const { gitVersion } = answer;
  const tag = typeof gitVersion === 'string' ? /^v?(\d{1,4})\.(\d{1,4})/.exec(gitVersion) : null;
  const major = numberOf(answer['emulationMajor']) ?? numberOf(answer['major']) ?? numberOf(tag?.[1]);
  const minor = numberOf(answer['emulationMinor']) ?? numberOf(answer['minor']) ?? numberOf(tag?.[2]);
  return major === undefined || minor === undefined ? undefined : { major, minor };
}

function numberOf(text: unknown): number | undefined {
  const digits = typeof text === 'string' ? /^\d{1,4}/.exec(text)?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/** @returns undefined when the server does not answer, or names no version */
export async function readServerVersion(transport: Transport, signal: AbortSignal): Promise<ServerVersion | undefined> {
  try {
    return parseServerVersion(await transport.send({ method: 'GET', path: '/version', signal }));
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
