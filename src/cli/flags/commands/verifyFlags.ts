import { outputFlag, PAGER_FLAGS, REQUEST_VERBOSITY_FLAGS, SERVICE_FLAGS } from '../clusterFlags.js';
import { flag, type FlagValues } from '../flag.js';
import { BOOLEAN, path, POSITIVE_DURATION } from '../kinds.js';
import { PROMETHEUS_FLAGS } from '../prometheusFlags.js';
import { PLANNING_FLAGS, SOURCE_FLAGS } from '../sourceFlags.js';

const OUTPUTS = ['table', 'json', 'yaml'] as const;

/** The flags of `slicehints verify`. */
export const VERIFY_FLAGS = {
  ...PROMETHEUS_FLAGS,
  answer: flag(path('a file'), {
    describe: 'A saved answer of /api/v1/query in JSON, instead of --prometheus-url',
    group: 'Prometheus:',
  }),
  ...SOURCE_FLAGS,
  ...SERVICE_FLAGS,
  output: outputFlag(OUTPUTS, 'json and yaml: { services, unmeasured }, shares as fractions of 1'),
  'changed-within': flag(POSITIVE_DURATION, {
    default: '15m',
    describe: 'Hints that were written within this time explain a difference',
  }),
  'exit-code': flag(BOOLEAN, {
    default: 'false',
    describe: 'Exit with 1 where a Service differs by more than 10 points, and more than 1 on errors',
  }),
  ...PAGER_FLAGS,
  ...PLANNING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type VerifyArguments = FlagValues<typeof VERIFY_FLAGS>;
