import type { PlannedService } from '../../analysis/planCluster.js';

/** Linux takes no argument of 128 KiB or more (MAX_ARG_STRLEN); a slice may hold 1,000 endpoints with long names. */
const LONGEST_ARGUMENT_BYTES = 100_000;

/**
 * A shell command for each slice that changes. Applied to a cluster whose slices have moved on since they were read, a
 * patch is refused with a conflict, because it carries the resourceVersion that it was planned from.
 * @param access flags that lead kubectl to the cluster that was read, e.g. `['--context', 'kind']`
 */
export function renderPatches(services: readonly PlannedService[], access: readonly string[]): string {
  const kubectl = ['kubectl', ...access].map(quote).join(' ');
  return services
    .flatMap(({ result }) => result.patches)
    .map(({ namespace, name, patch }) => {
      const json = JSON.stringify(patch);
      const command = `${kubectl} patch endpointslice -n ${quote(namespace)} ${quote(name)} --type=json`;
      return Buffer.byteLength(json) < LONGEST_ARGUMENT_BYTES
        ? `${command} -p ${quote(json)}\n`
        : `${command} --patch-file=/dev/stdin <<'SLICEHINTS'\n${json}\nSLICEHINTS\n`;
    })
    .join('');
}

/** As one word of a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
