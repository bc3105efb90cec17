import { isIP, isIPv4, isIPv6 } from 'node:net';
import { listAt, textAt, valueAt } from './kubeObject.js';
import type { KubeObject } from './kubeObject.js';
import { dnsLabelProblems, labelKeyProblems, labelValueProblems, subdomainProblems } from './nameRules.js';
import { duplicateValue, invalidValue, notSupported, requiredValue, tooMany } from './status.js';
import type { FieldError } from './status.js';

/** The limits of discovery.k8s.io/v1 (pkg/apis/discovery/validation). */
const most = { endpoints: 1000, addresses: 100, ports: 20000, hints: 8 };
const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const protocols = ['SCTP', 'TCP', 'UDP'];

export function validateSlice(slice: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const addressType = textAt(slice, 'addressType');
  if (addressType === '') errors.push(requiredValue('addressType'));
  else if (!addressTypes.includes(addressType)) errors.push(notSupported('addressType', addressType, addressTypes));
  const endpoints = listAt(slice, 'endpoints');
  if (endpoints.length > most.endpoints) errors.push(tooMany('endpoints', endpoints.length, most.endpoints));
  else
    endpoints.forEach((endpoint, index) =>
      errors.push(...validateEndpoint(endpoint, `endpoints[${index}]`, addressType)),
    );
  errors.push(...validatePorts(listAt(slice, 'ports')));
  return errors;
}

export function validateSliceUpdate(slice: KubeObject, live: KubeObject): FieldError[] {
  const addressType = slice['addressType'];
  return addressType === live['addressType'] ? [] : [invalidValue('addressType', addressType, 'field is immutable')];
}

function validateEndpoint(endpoint: unknown, field: string, addressType: string): FieldError[] {
  const errors: FieldError[] = [];
  const addresses = listAt(endpoint, 'addresses');
  if (addresses.length === 0) errors.push(requiredValue(`${field}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > most.addresses) errors.push(tooMany(`${field}.addresses`, addresses.length, most.addresses));
  addresses.forEach((address, index) => {
    errors.push(
      ...addressProblems(String(address), addressType).map((why) =>
        invalidValue(`${field}.addresses[${index}]`, address, why),
      ),
    );
  });
  const nodeName = valueAt(endpoint, 'nodeName');
  if (typeof nodeName === 'string') {
    errors.push(...subdomainProblems(nodeName).map((why) => invalidValue(`${field}.nodeName`, nodeName, why)));
  }
  const hostname = valueAt(endpoint, 'hostname');
  if (typeof hostname === 'string') {
    errors.push(...dnsLabelProblems(hostname).map((why) => invalidValue(`${field}.hostname`, hostname, why)));
  }
  errors.push(...validateHints(listAt(endpoint, 'hints', 'forZones'), `${field}.hints.forZones`, labelValueProblems));
  errors.push(...validateHints(listAt(endpoint, 'hints', 'forNodes'), `${field}.hints.forNodes`, subdomainProblems));
  return errors;
}

/** Zones are label values, so that an empty one is allowed; nodes are names of nodes. */
function validateHints(hints: readonly unknown[], field: string, problems: (name: string) => string[]): FieldError[] {
  if (hints.length > most.hints) return [tooMany(field, hints.length, most.hints)];
  const seen = new Set<string>();
  return hints.flatMap((hint, index) => {
    const name = textAt(hint, 'name');
    const errors = problems(name).map((why) => invalidValue(`${field}[${index}].name`, name, why));
    if (seen.has(name)) errors.push(duplicateValue(`${field}[${index}].name`, name));
    seen.add(name);
    return errors;
  });
}

function addressProblems(address: string, addressType: string): string[] {
  switch (addressType) {
    case 'IPv4':
    case 'IPv6': {
      if (isIP(address) === 0) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
      if (addressType === 'IPv4' && !isIPv4(address)) return ['must be an IPv4 address'];
      if (addressType === 'IPv6' && !isIPv6(address)) return ['must be an IPv6 address'];
      return reachProblems(address);
    }
    case 'FQDN':
      return subdomainProblems(address);
    default:
      return [];
  }
}

/** Addresses that no other node can reach. */
function reachProblems(address: string): string[] {
  if (address === '0.0.0.0' || address === '::') return [`may not be unspecified (${address})`];
  if (address.startsWith('127.') || address === '::1')
    return ['may not be in the loopback range (127.0.0.0/8, ::1/128)'];
  if (address.startsWith('169.254.') || /^fe[89ab]/i.test(address)) {
    return ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'];
  }
  if (address.startsWith('224.0.0.') || /^ff02:/i.test(address)) {
    return ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'];
  }
  return [];
}

function validatePorts(ports: readonly unknown[]): FieldError[] {
  if (ports.length > most.ports) return [tooMany('ports', ports.length, most.ports)];
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const field = `ports[${index}]`;
    const errors: FieldError[] = [];
    const name = textAt(port, 'name');
    if (name !== '') errors.push(...dnsLabelProblems(name).map((why) => invalidValue(`${field}.name`, name, why)));
    if (names.has(name)) errors.push(duplicateValue(`${field}.name`, name));
    names.add(name);
    const protocol = textAt(port, 'protocol');
    if (!protocols.includes(protocol)) errors.push(notSupported(`${field}.protocol`, protocol, protocols));
    const number = valueAt(port, 'port');
    if (typeof number === 'number' && (number < 1 || number > 65535)) {
      errors.push(invalidValue(`${field}.port`, number, 'must be between 1 and 65535, inclusive'));
    }
    const appProtocol = valueAt(port, 'appProtocol');
    if (typeof appProtocol === 'string') {
      errors.push(
        ...labelKeyProblems(appProtocol).map((why) => invalidValue(`${field}.appProtocol`, appProtocol, why)),
      );
    }
    return errors;
  });
}
