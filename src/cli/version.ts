import { readFileSync } from 'node:fs';

/** The version of the package that runs, from its package.json two folders up (dist/cli or build/src/cli). */
export function packageVersion(): string {
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
