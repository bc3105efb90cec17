/** What Services were measured to receive. */
export interface MeasuredTraffic {
  readonly unit: 'bytes' | 'requests';
  /** By `namespace/name`, of at least 0. */
  readonly perSecond: ReadonlyMap<string, number>;
}

/** 10⁹ bytes, as clouds bill. */
export const BYTES_PER_GB = 1e9;
/** 730 hours, as clouds bill. */
export const SECONDS_PER_MONTH = 730 * 3600;

/** @returns what it costs in a month when so much crosses zones */
export function costPerMonth(bytesPerSecond: number, pricePerGb: number): number {
  return (bytesPerSecond * SECONDS_PER_MONTH * pricePerGb) / BYTES_PER_GB;
}
