import type { ControllerOptions } from '../../src/controller/options.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { LEASE_TIMES } from './leaseStore.js';

export const LEASE = {
  shards: 1,
  namespace: 'default',
  name: 'slicehints',
  identity: 'me',
  ...LEASE_TIMES,
};

/** What a controller is started with that elects, writes and finds no in-tree hints; without what it is connected to. */
export const CONTROLLER_OPTIONS = {
  settings: { ...DEFAULT_SETTINGS, inTree: 'absent' },
  lease: LEASE,
  namespace: '',
  concurrency: 1,
  coalesceMs: 50,
  maxWritesPerMinute: 0,
  dryRun: false,
  random: () => 0.5,
  observer: {},
  reflectorObserver: {},
} satisfies Partial<ControllerOptions>;
