export const BALANCED = { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' };
export const KEYS = 'slicehints.io/topology-keys';
/** The annotations of a Service in each mode that drains are tried with. */
export const MODES = {
  auto: { 'service.kubernetes.io/topology-mode': 'Auto' },
  balanced: BALANCED,
  'balanced with node hints': { ...BALANCED, 'slicehints.io/node-hints': 'true' },
  'same-zone': { 'slicehints.io/mode': 'same-zone' },
  'same-node': { 'slicehints.io/mode': 'same-node' },
  'topology-keys by node and zone': { [KEYS]: 'kubernetes.io/hostname,topology.kubernetes.io/zone,*' },
  'topology-keys by node alone': { [KEYS]: 'kubernetes.io/hostname' },
};
