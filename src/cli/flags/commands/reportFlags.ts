import { ACCESS_FLAGS, FILENAME_FLAGS, REQUEST_VERBOSITY_FLAGS, SCOPE_FLAGS } from '../clusterFlags.js';
import { flag, type FlagValues } from '../flag.js';
import { GUARD_FLAGS, HINT_FLAGS } from '../hintFlags.js';
import { BOOLEAN, path, text } from '../kinds.js';
import { WHAT_IF_FLAGS } from '../whatIfFlags.js';

/** The flags of `slicehints report`. */
export const REPORT_FLAGS = {
  ...FILENAME_FLAGS,
  ...ACCESS_FLAGS,
  ...SCOPE_FLAGS,
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
  ...HINT_FLAGS,
  ...GUARD_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type ReportArguments = FlagValues<typeof REPORT_FLAGS>;
