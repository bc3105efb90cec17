import { editDistance } from '../../model/text/closestWord.js';

/** The candidate that a mistyped word most likely means; undefined when none is near. Case, `-` and `_` count little. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // Longer words are no slip of a finger, and the distance takes time by the product of the lengths.
  if (word.length > 60) return undefined;
  const plain = fold(word);
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(plain, fold(candidate));
    if (distance <= Math.min(2, Math.floor(plain.length / 3)) && (best === undefined || distance < best.distance)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}
