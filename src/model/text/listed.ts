/** How many names a sentence lists before it counts. */
const NAMED = 3;

/** Up to three names, and how many more there are. */
export function listed(all: readonly string[]): string {
  const shown = all.slice(0, NAMED).join(', ');
  return all.length > NAMED ? `${shown} and ${all.length - NAMED} more` : shown;
}
