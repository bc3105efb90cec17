import { DEFAULT_DRAIN_LIMIT } from '../../../hints/drain/judgeDrain.js';
import { LONGEST_DRAIN_MS } from '../../../hints/drain/zoneDrain.js';
import { ACCESS_FLAGS, FILENAME_FLAGS, outputFlag, REQUEST_VERBOSITY_FLAGS } from '../clusterFlags.js';
import { defaultsOf, flag, type FlagValues } from '../flag.js';
import { GUARD_FLAGS, HINT_FLAGS } from '../hintFlags.js';
import { BOOLEAN, DRY_RUN, DURATION, number, POSITIVE_DURATION, type Kind } from '../kinds.js';

/** For all who judge drains. */
export const DRAIN_LIMIT_FLAGS = {
  'drain-limit': flag(number({ low: 1 }), {
    default: String(DEFAULT_DRAIN_LIMIT),
    describe: "Refuse drains of a zone that give an endpoint more than this many times its Service's mean of today",
    group: 'Hints:',
  }),
} as const;

/** In milliseconds. */
const DRAIN_TIME: Kind<number> = {
  expected: POSITIVE_DURATION.expected,
  read: (text) => {
    const ms = POSITIVE_DURATION.read(text);
    if (ms !== undefined && ms > LONGEST_DRAIN_MS) throw new RangeError('expected at most 24h');
    return ms;
  },
};

/** By which a drain is judged: without --dry-run, a controller has its own. */
const JUDGING_FLAGS = { ...HINT_FLAGS, ...DRAIN_LIMIT_FLAGS, ...GUARD_FLAGS } as const;

/** The flags of `slicehints drain`. */
export const DRAIN_FLAGS = {
  for: flag(DRAIN_TIME, { describe: 'How long the drain lasts, at most 24h; required to begin one, or to extend it' }),
  force: flag(BOOLEAN, {
    default: 'false',
    describe:
      'Drain even where a Service has no other endpoint for a port, or an endpoint gets more than --drain-limit',
  }),
  'dry-run': flag(DRY_RUN, {
    default: 'false',
    describe: 'Show what the drain would do, write nothing; none, client and server as in kubectl',
  }),
  timeout: flag(DURATION, {
    default: '30s',
    describe: 'How long to wait until a controller has judged the drain; 0 does not wait',
  }),
  output: outputFlag(['text', 'json'], 'json: the object, the list of objects, or with --dry-run the figures'),
  ...FILENAME_FLAGS,
  ...ACCESS_FLAGS,
  ...JUDGING_FLAGS,
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

export type DrainArguments = FlagValues<typeof DRAIN_FLAGS>;

/** The first flag by which a drain is judged and that says something else than its default. */
export function judgingFlagOf(args: DrainArguments): string | undefined {
  const defaults = new Map<string, unknown>(Object.entries(defaultsOf(JUDGING_FLAGS)));
  const given = new Map<string, unknown>(Object.entries(args));
  return [...defaults].find(([name, value]) => given.get(name) !== value)?.[0];
}
