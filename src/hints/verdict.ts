import type { Reason } from './reasons.js';

/** The outcome for one address type of a Service; there is one at any moment. */
export interface Verdict {
  /** IPv4, IPv6 or FQDN; empty when the verdict is about the Service as a whole. */
  readonly addressType: string;
  /** Whether the endpoints of this address type carry hints after this plan. */
  readonly hinted: boolean;
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  /** One sentence; about an address type it ends in `, addressType: <type>`, as upstream's Events do. */
  readonly message: string;
  /** Kubernetes' own controller records the same as an Event of the Service, so that slicehints does not. */
  readonly recordedInTree?: true;
}

/** The only place where a verdict is made: it adds the address type to the sentence. */
export function verdict(parts: Omit<Verdict, 'message' | 'recordedInTree'> & { readonly sentence: string }): Verdict {
  const { addressType, hinted, type, reason, sentence } = parts;
  return { addressType, hinted, type, reason, message: `${bounded(sentence)}${suffixOf(addressType)}` };
}

/** The API server takes Events with messages of at most 1,024 bytes. */
const MOST_CHARACTERS = 900;

function bounded(sentence: string): string {
  return sentence.length <= MOST_CHARACTERS ? sentence : `${sentence.slice(0, MOST_CHARACTERS)}…`;
}

/** The message of a verdict without the address type. */
export function sentenceOf({ addressType, message }: Verdict): string {
  const suffix = suffixOf(addressType);
  return suffix !== '' && message.endsWith(suffix) ? message.slice(0, -suffix.length) : message;
}

function suffixOf(addressType: string): string {
  return addressType === '' ? '' : `, addressType: ${addressType}`;
}
