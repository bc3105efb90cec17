/**
 * Why a Service is not written although its plan changes hints; where several apply, the first counts. The only list of these
 * words: metrics, health and logs use them.
 */
export const HOLD_REASONS = [
  /** A policy with enforcement DryRun. */
  'policy-dry-run',
  /** A policy with enforcement Off. */
  'policy-off',
  /** The annotation that stops all writes, or the Lease that carries it has not been read yet. */
  'stop',
  /** The fuse has blown. */
  'fuse',
  /** `--max-writes-per-minute` is used up. */
  'budget',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** The Services that are held back now, each with its reason, in the order in which they came to be held back by it. */
export class HeldServices {
  readonly #reasons = new Map<string, HoldReason>();

  /** @param reason undefined: the Service is not held back any more */
  note(key: string, reason: HoldReason | undefined): void {
    if (this.#reasons.get(key) === reason) return;
    this.#reasons.delete(key);
    if (reason !== undefined) this.#reasons.set(key, reason);
  }

  has(key: string): boolean {
    return this.#reasons.has(key);
  }

  /** Forgets Services that are no longer this process's to write. */
  drop(isDropped: (key: string) => boolean): void {
    for (const key of [...this.#reasons.keys()]) if (isDropped(key)) this.#reasons.delete(key);
  }

  keys(reason: HoldReason): string[] {
    return [...this.#reasons].flatMap(([key, own]) => (own === reason ? [key] : []));
  }

  /** How many Services each reason holds back. */
  count(): ReadonlyMap<HoldReason, number> {
    const counts = new Map<HoldReason, number>(HOLD_REASONS.map((reason) => [reason, 0]));
    for (const reason of this.#reasons.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return counts;
  }
}
