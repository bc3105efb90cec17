import type { ReconcilerOptions } from '../../src/controller/reconciler.js';

/** Rails that hold nothing back. */
export const openRails: ReconcilerOptions['rails'] = {
  isHeldByPolicy: () => false,
  holds: () => false,
  admit: () => undefined,
  mayGoOn: () => true,
  settle: () => undefined,
  forget: () => undefined,
};
