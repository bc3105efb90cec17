/** What an operator may set for all Services; annotations of a Service go before it. */
export interface Settings {
  /** How far above the mean the busiest endpoint may be loaded in `balanced`: 0.2 is 20 %. Between 0 and 10. */
  readonly overloadThreshold: number;
  /** `balanced` moves a valid assignment only when the share of traffic in zone rises by at least this much. */
  readonly rebalanceGain: number;
  /** What serves Services that say `Auto`. */
  readonly autoStrategy: 'proportional' | 'balanced';
}

export const DEFAULT_SETTINGS: Settings = Object.freeze({
  overloadThreshold: 0.2,
  rebalanceGain: 0.05,
  autoStrategy: 'proportional',
});
