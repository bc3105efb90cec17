import { REQUEST_VERBOSITY_FLAGS } from '../clusterFlags.js';
import { flag, type FlagValues } from '../flag.js';
import { BOOLEAN, path, text } from '../kinds.js';
import { PLANNING_FLAGS, SOURCE_FLAGS } from '../sourceFlags.js';
import { WHAT_IF_FLAGS } from '../whatIfFlags.js';

/** The flags of `slicehints report`. */
export const REPORT_FLAGS = {
  ...SOURCE_FLAGS,
  output: flag(path('a file, or - for standard output'), {
    short: 'o',
    default: 'report.html',
    describe: 'File to write the report to; - for standard output. A file that is there is replaced',
  }),
  title: flag(text('a text'), { describe: 'What the report is about, under its heading; by default the --context' }),
  anonymise: flag(BOOLEAN, {
    default: 'false',
    describe:
      'Write pseudonyms for namespaces, Services, nodes, zones, addresses and all other names; the figures stay the same',
  }),
  ...WHAT_IF_FLAGS,
  ...PLANNING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type ReportArguments = FlagValues<typeof REPORT_FLAGS>;
