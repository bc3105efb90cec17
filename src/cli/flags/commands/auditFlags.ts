import { outputFlag, PAGER_FLAGS, REQUEST_VERBOSITY_FLAGS, SERVICE_FLAGS } from '../clusterFlags.js';
import { flag, type FlagValues } from '../flag.js';
import { BOOLEAN, number } from '../kinds.js';
import { PLANNING_FLAGS, SOURCE_FLAGS } from '../sourceFlags.js';
import { WHAT_IF_FLAGS } from '../whatIfFlags.js';

const OUTPUTS = ['table', 'json', 'yaml'] as const;

/** The flags of `slicehints audit`. */
export const AUDIT_FLAGS = {
  ...SOURCE_FLAGS,
  ...SERVICE_FLAGS,
  output: outputFlag(
    OUTPUTS,
    'json and yaml: { summary, services }, where a Service has the value of auditService; with what-if flags also today, of the same shape',
  ),
  planned: flag(BOOLEAN, {
    default: 'false',
    describe:
      'Audit the hints that the controller would write, not those that are there; what-if flags do that by themselves',
  }),
  'fail-above': flag(number({ low: 1 }), {
    describe:
      'Exit with 1 where the loss of a zone loads an endpoint above this multiple of today’s mean, or leaves a Service without endpoints, and more than 1 on errors',
  }),
  ...PAGER_FLAGS,
  ...WHAT_IF_FLAGS,
  ...PLANNING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type AuditArguments = FlagValues<typeof AUDIT_FLAGS>;
