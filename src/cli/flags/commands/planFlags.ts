import type { FlagValues } from '../flag.js';
import { outputFlag, PAGER_FLAGS, REQUEST_VERBOSITY_FLAGS, SERVICE_FLAGS } from '../clusterFlags.js';
import { SORTS } from '../../plan/chooseServices.js';
import { flag } from '../flag.js';
import { BOOLEAN, number, oneOf, path } from '../kinds.js';
import { PLANNING_FLAGS, SOURCE_FLAGS } from '../sourceFlags.js';
import { WHAT_IF_FLAGS } from '../whatIfFlags.js';

const OUTPUTS = ['table', 'json', 'yaml', 'patch'] as const;
export type Output = (typeof OUTPUTS)[number];

/** What weighs Services against each other. */
export const TRAFFIC_FLAGS = {
  traffic: flag(path('a file'), {
    describe:
      'Weigh Services by measured traffic: CSV with the header namespace,service,bytes (or requests), or a JSON list of objects with these fields; per second',
    group: 'Traffic:',
  }),
  'price-per-gb': flag(number({ low: 0 }), {
    describe: 'With --traffic in bytes: the price of 10⁹ bytes that cross zones, to show what a month costs',
    group: 'Traffic:',
  }),
} as const;

/** The flags of `slicehints plan`. */
export const PLAN_FLAGS = {
  ...SOURCE_FLAGS,
  ...SERVICE_FLAGS,
  'only-changes': flag(BOOLEAN, {
    default: 'false',
    describe: 'List only Services whose hints would change; the summary is still over all',
    group: 'Services:',
  }),
  sort: flag(oneOf(SORTS), {
    default: 'name',
    describe:
      'Order of the Services: by name, by the traffic that crosses zones, or by the busiest endpoint, once planned',
    group: 'Services:',
  }),
  output: outputFlag(
    OUTPUTS,
    'json and yaml: { summary, services } as docs/reference/plan.schema.json has it; patch: a kubectl patch command for each EndpointSlice that would change, to be read or piped into sh',
  ),
  'exit-code': flag(BOOLEAN, {
    default: 'false',
    describe:
      'Exit with 0 where nothing would change, 1 where something would, and more than 1 on errors, as kubectl diff',
  }),
  ...PAGER_FLAGS,
  ...WHAT_IF_FLAGS,
  ...TRAFFIC_FLAGS,
  ...PLANNING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type PlanArguments = FlagValues<typeof PLAN_FLAGS>;
