import { DEFAULT_DRAIN_LIMIT } from '../../hints/drain/judgeDrain.js';
import { flag } from './flag.js';
import { number } from './kinds.js';

/** For all who judge drains. */
export const DRAIN_LIMIT_FLAGS = {
  'drain-limit': flag(number({ low: 1 }), {
    default: String(DEFAULT_DRAIN_LIMIT),
    describe: "Refuse drains of a zone that give an endpoint more than this many times its Service's mean of today",
    group: 'Hints:',
  }),
} as const;
