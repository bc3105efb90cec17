import type { FlagValues } from './flag.js';
import {
  ACCESS_FLAGS,
  FILENAME_FLAGS,
  outputFlag,
  PAGER_FLAGS,
  REQUEST_VERBOSITY_FLAGS,
  SCOPE_FLAGS,
  SERVICE_FLAGS,
} from './clusterFlags.js';
import { GUARD_FLAGS, HINT_FLAGS } from './hintFlags.js';

const OUTPUTS = ['table', 'json', 'yaml', 'patch'] as const;
export type Output = (typeof OUTPUTS)[number];

/** The flags of `slicehints plan`. */
export const PLAN_FLAGS = {
  ...FILENAME_FLAGS,
  ...ACCESS_FLAGS,
  ...SCOPE_FLAGS,
  ...SERVICE_FLAGS,
  output: outputFlag(
    OUTPUTS,
    'json and yaml: { summary, services }, where a Service has the value of planService and the forecasts before and after; patch: a kubectl patch command for each EndpointSlice that would change, to be read or piped into sh',
  ),
  ...PAGER_FLAGS,
  ...HINT_FLAGS,
  ...GUARD_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type PlanArguments = FlagValues<typeof PLAN_FLAGS>;
