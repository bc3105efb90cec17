import { outputFlag, PAGER_FLAGS, REQUEST_VERBOSITY_FLAGS, SERVICE_FLAGS } from '../clusterFlags.js';
import type { FlagValues } from '../flag.js';
import { PLANNING_FLAGS, SOURCE_FLAGS } from '../sourceFlags.js';

const OUTPUTS = ['table', 'json', 'yaml', 'commands', 'kustomize'] as const;

/** The flags of `slicehints recommend`. */
export const RECOMMEND_FLAGS = {
  ...SOURCE_FLAGS,
  ...SERVICE_FLAGS,
  output: outputFlag(
    OUTPUTS,
    'json and yaml: { services }, where a Service has the value of recommendService; commands: a kubectl annotate command for each Service that should ask for something else; kustomize: the same as a Component',
  ),
  ...PAGER_FLAGS,
  ...PLANNING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type RecommendArguments = FlagValues<typeof RECOMMEND_FLAGS>;
