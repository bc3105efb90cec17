import type { BindAddress } from '../../server/bindAddress.js';
import { LOG_LEVELS, levelOfVerbosity, type LogLevel } from '../output/logging.js';
import { VERBOSITY } from './clusterFlags.js';
import { flag, type FlagValues } from './flag.js';
import { ADDRESS, oneOf } from './kinds.js';
import { UsageError } from './usageError.js';

/** Flags of the commands that run until they are stopped. */

export const SERVER_FLAGS = {
  'metrics-bind-address': flag(ADDRESS, {
    default: ':8080',
    describe: 'Address that serves /metrics; 0 disables it',
    group: 'Servers:',
  }),
  'health-probe-bind-address': flag(ADDRESS, {
    default: ':8081',
    describe: 'Address that serves /healthz and /readyz; 0 disables it',
    group: 'Servers:',
  }),
} as const;

export const LOG_FLAGS = {
  'log-level': flag(oneOf(LOG_LEVELS), { describe: 'Least level that is logged (default info)', group: 'Logs:' }),
  'log-format': flag(oneOf(['json', 'text']), {
    default: 'json',
    describe: 'JSON for machines or text for people',
    group: 'Logs:',
  }),
  v: flag(VERBOSITY, {
    short: 'v',
    describe: 'Verbosity as in Kubernetes: 0-2 info, 3-4 debug, 5 and more trace',
    group: 'Logs:',
  }),
} as const;

/** @throws {UsageError} where both flags for it are given */
export function readLogLevel(flags: Pick<FlagValues<typeof LOG_FLAGS>, 'log-level' | 'v'>): LogLevel {
  if (flags['log-level'] !== undefined && flags.v !== undefined) {
    throw new UsageError('--log-level and --v say the same thing; give one of them');
  }
  return flags['log-level'] ?? levelOfVerbosity(flags.v ?? 0);
}

/** undefined: no server. */
export function addressOf(address: BindAddress | 'off'): BindAddress | undefined {
  return address === 'off' ? undefined : address;
}
