/** What a Service is told: one per address type, at any moment. `reason` is stable and CamelCase, as Event reasons are. */
export interface Verdict {
  /** IPv4, IPv6 or FQDN. */
  readonly addressType: string;
  /** Whether the endpoints of this address type carry hints after this plan. */
  readonly hinted: boolean;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** One sentence that ends in `, addressType: <type>`. */
  readonly message: string;
}
