import { readFileSync } from 'node:fs';

/** Set in the bundle, which has no package.json beside it. */
declare const SLICEHINTS_VERSION: string | undefined;

/** The version of the package that runs, from its package.json two folders up (dist/cli or build/src/cli). */
export function packageVersion(): string {
  if (typeof SLICEHINTS_VERSION === 'string') return SLICEHINTS_VERSION;
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
      if (
        typeof parsed === 'object' &&
        parsed !== null &&
        'name' in parsed &&
        parsed.name === 'slicehints' &&
        'version' in parsed
      ) {
        return String(parsed.version);
      }
    } catch {
      // Not here: the build folder lies one deeper than the shipped one.
    }
  }
  return '0.0.0';
}
