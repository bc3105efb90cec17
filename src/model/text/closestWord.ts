/**
 * The candidate that a misspelt word most likely means; undefined when none is near: at most one change (a letter added,
 * left out, replaced, or two swapped) for every three letters. Case does not count, nor does what stands before the last
 * slash; among equals the first candidate in the list is returned.
 */
export function closestWord(word: string, candidates: readonly string[]): string | undefined {
  const wanted = essence(word);
  let closest: string | undefined;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const name = essence(candidate);
    const most = Math.max(1, Math.floor(name.length / 3));
    if (Math.abs(name.length - wanted.length) > most) continue;
    const changes = editDistance(wanted, name);
    if (changes > most || changes >= fewest) continue;
    fewest = changes;
    closest = candidate;
  }
  return closest;
}

function essence(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1).toLowerCase();
}

/** Optimal string alignment: the number of insertions, deletions, replacements and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
