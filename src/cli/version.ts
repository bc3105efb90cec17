import { readFileSync } from 'node:fs';
import { asRecord } from '../kube/json.js';

/** Set in the bundle, which has no package.json beside it. */
declare const SLICEHINTS_VERSION: string | undefined;

/** The version of the package that runs, from its package.json two folders up (dist/cli or build/src/cli). */
export function packageVersion(): string {
  if (typeof SLICEHINTS_VERSION === 'string') return SLICEHINTS_VERSION;
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = asRecord(JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')));
      if (name === 'slicehints' && typeof version === 'string') return version;
    } catch {
      // Not here: the build folder lies one deeper than the shipped one.
    }
  }
  return '0.0.0';
}
