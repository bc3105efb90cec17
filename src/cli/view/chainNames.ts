import { createHash } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first characters of the base32 (RFC 4648) of the SHA-256 of a text: how kube-proxy makes short names unique. */
export function shortHash(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest();
  let encoded = '';
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && encoded.length < length) {
      encoded += ALPHABET[(value >>> (bits - 5)) & 31] ?? '';
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return encoded;
}

/** A Service port as kube-proxy prints it: `namespace/name:port`, without the colon for a port without a name. */
export function servicePortName(port: {
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
}): string {
  return `${port.namespace}/${port.service}${port.portName === '' ? '' : `:${port.portName}`}`;
}

type ChainKind = 'SVC' | 'SVL' | 'EXT' | 'SEP';

/**
 * A chain of the iptables mode: KUBE-SVC- (all endpoints that the node may use), KUBE-SVL- (those on the node),
 * KUBE-EXT- (traffic from outside), KUBE-SEP- (one endpoint), each with 16 characters (pkg/proxy/iptables/proxier.go).
 * @param target `address:port` of the endpoint, for SEP
 */
export function iptablesChain(kind: ChainKind, portName: string, protocol: string, target = ''): string {
  return `KUBE-${kind}-${shortHash(portName + protocol.toLowerCase() + target, 16)}`;
}

/** Longest name of an nft object that kube-proxy makes. */
const MAX_NFT_NAME = 240;

/** The last part of chain names of the nftables mode: eight characters and what they stand for (nftables/proxier.go). */
export function nftName(
  port: { readonly namespace: string; readonly service: string; readonly portName: string; readonly protocol: string },
  target: { readonly address: string; readonly port: number } | undefined = undefined,
): string {
  const base = `${port.namespace}/${port.service}/${port.protocol.toLowerCase()}/${port.portName}`;
  // Colons cannot stand in nft names: IPv6 addresses are written with dots.
  const text = target === undefined ? base : `${base}__${target.address.replaceAll(':', '.')}/${target.port}`;
  const name = `${shortHash(text, 8)}-${text}`;
  return name.length > MAX_NFT_NAME ? `${name.slice(0, MAX_NFT_NAME - 3)}...` : name;
}
