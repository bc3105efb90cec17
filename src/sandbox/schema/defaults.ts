import { isIPv6 } from 'node:net';
import { ownValue } from '../../model/ownValue.js';
import type { ServiceAllocator } from './identifiers.js';
import { isJsonObject, listAt, omit, textAt, valueAt } from './kubeObject.js';
import type { JsonObject, KubeObject } from './kubeObject.js';
import type { BuiltInResource, ResourceDefinition, ResourceName } from './resources.js';

/** Defaults of the API server: of decoding (owned by the writer) and of creation (without an owner). */

function objectAt(object: unknown, field: string): JsonObject {
  const value = valueAt(object, field);
  return isJsonObject(value) ? value : {};
}

function mapList(value: unknown, change: (item: JsonObject) => JsonObject): unknown {
  return Array.isArray(value) ? value.map((item: unknown) => (isJsonObject(item) ? change(item) : item)) : value;
}

type Defaults = Readonly<Partial<Record<BuiltInResource, (object: KubeObject) => KubeObject>>>;

/** Defaults of decoding; the object is already in the shape of its schema. */
export function withDecodeDefaults(definition: ResourceDefinition, object: KubeObject): KubeObject {
  if (definition.custom !== undefined) return definition.custom.withDefaults(object);
  return ownValue(decodeDefaults, definition.resource)?.(object) ?? object;
}

const decodeDefaults: Defaults = {
  services: (service) => ({ ...service, spec: serviceSpecDefaults(objectAt(service, 'spec')) }),
  endpointslices: sliceDefaults,
  namespaces: (namespace) => {
    const { name, labels } = namespace.metadata;
    if (name === undefined) return namespace;
    return {
      ...namespace,
      metadata: { ...namespace.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
    };
  },
  pods: (pod) => ({ ...pod, spec: podSpecDefaults(objectAt(pod, 'spec')) }),
  nodes: nodeDefaults,
  mutatingadmissionpolicies: (policy) => ({ ...policy, spec: policySpecDefaults(objectAt(policy, 'spec')) }),
  customresourcedefinitions: definitionDefaults,
};

function definitionDefaults(definition: KubeObject): KubeObject {
  const spec = objectAt(definition, 'spec');
  const names = objectAt(spec, 'names');
  const kind = textAt(names, 'kind');
  const defaults = { singular: kind.toLowerCase(), listKind: `${kind}List` };
  return { ...definition, spec: { conversion: { strategy: 'None' }, ...spec, names: { ...defaults, ...names } } };
}

function sliceDefaults(slice: KubeObject): KubeObject {
  const complete = listAt(slice, 'ports').every(
    (port) => isJsonObject(port) && port['name'] !== undefined && port['protocol'] !== undefined,
  );
  if (complete) return slice;
  return { ...slice, ports: mapList(slice['ports'], (port) => ({ name: '', protocol: 'TCP', ...port })) };
}

function serviceSpecDefaults(spec: JsonObject): JsonObject {
  const type = textAt(spec, 'type') || 'ClusterIP';
  const external = type === 'NodePort' || type === 'LoadBalancer';
  return {
    ...(external ? { externalTrafficPolicy: 'Cluster' } : {}),
    ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}),
    ...(type === 'ExternalName' ? {} : { internalTrafficPolicy: 'Cluster' }),
    sessionAffinity: 'None',
    type,
    ...(spec['sessionAffinity'] === 'ClientIP'
      ? { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }
      : {}),
    ...spec,
    ...(Array.isArray(spec['ports'])
      ? { ports: mapList(spec['ports'], (port) => ({ protocol: 'TCP', targetPort: port['port'], ...port })) }
      : {}),
  };
}

function podSpecDefaults(spec: JsonObject): JsonObject {
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    ...spec,
    containers: mapList(spec['containers'], (container) => ({
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: isFloating(textAt(container, 'image')) ? 'Always' : 'IfNotPresent',
      ...container,
      ...(Array.isArray(container['ports'])
        ? { ports: mapList(container['ports'], (port) => ({ protocol: 'TCP', ...port })) }
        : {}),
    })),
  };
}

/** An image whose tag is missing or `latest` is pulled every time. */
function isFloating(image: string): boolean {
  const tag = image.split('/').at(-1)?.split(':')[1];
  return !image.includes('@') && (tag === undefined || tag === 'latest');
}

function nodeDefaults(object: KubeObject): KubeObject {
  const status = objectAt(object, 'status');
  if (status['capacity'] === undefined || status['allocatable'] !== undefined) return object;
  return { ...object, status: { ...status, allocatable: status['capacity'] } };
}

function policySpecDefaults(spec: JsonObject): JsonObject {
  const constraints = spec['matchConstraints'];
  return {
    failurePolicy: 'Fail',
    ...spec,
    ...(isJsonObject(constraints)
      ? {
          matchConstraints: {
            namespaceSelector: {},
            objectSelector: {},
            matchPolicy: 'Equivalent',
            ...constraints,
            resourceRules: mapList(constraints['resourceRules'], (rule) => ({ scope: '*', ...rule })),
          },
        }
      : {}),
  };
}

/** What creation fills in besides addresses: phases, taints. A status that the client sent is replaced. */
export function withCreateDefaults(resource: ResourceName, object: KubeObject): KubeObject {
  return ownValue(createDefaults, resource)?.(object) ?? object;
}

const createDefaults: Defaults = {
  services: (service) => ({ ...service, status: { loadBalancer: {} } }),
  namespaces: (namespace) => ({ ...namespace, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
  pods: (pod) => ({
    ...pod,
    spec: admittedPodSpec(objectAt(pod, 'spec')),
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  }),
  customresourcedefinitions: (definition) => ({
    ...definition,
    status: {
      conditions: null,
      acceptedNames: { plural: '', kind: '' },
      storedVersions: listAt(definition, 'spec', 'versions')
        .filter((version) => valueAt(version, 'storage') === true)
        .map((version) => textAt(version, 'name')),
    },
  }),
  nodes: (node) => {
    const spec = objectAt(node, 'spec');
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const taints = listAt(spec, 'taints');
    const tainted = taints.some((one) => valueAt(one, 'key') === taint.key && valueAt(one, 'effect') === taint.effect);
    return tainted ? node : { ...node, spec: { ...spec, taints: [...taints, taint] } };
  },
};

/** What the default admission plugins add: priority, and tolerations of nodes that are not ready for five minutes. */
function admittedPodSpec(spec: JsonObject): JsonObject {
  const tolerations = listAt(spec, 'tolerations');
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (key) => !tolerations.some((one) => valueAt(one, 'key') === key),
  );
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return {
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
    ...spec,
    tolerations: [...tolerations, ...added],
  };
}

/** Cluster IPs, families and node ports for a Service that has none yet; those that it has stay. */
export function withAddresses(resource: ResourceName, object: KubeObject, allocator: ServiceAllocator): KubeObject {
  return resource === 'services' ? { ...object, spec: allocated(objectAt(object, 'spec'), allocator) } : object;
}

function allocated(spec: JsonObject, allocator: ServiceAllocator): JsonObject {
  if (spec['type'] === 'ExternalName') return omit(spec, 'clusterIP', 'clusterIPs');
  const wantsBoth = spec['ipFamilyPolicy'] === 'PreferDualStack' || spec['ipFamilyPolicy'] === 'RequireDualStack';
  const headless = spec['clusterIP'] === 'None';
  const selectorless = !isJsonObject(spec['selector']);
  const asked = listAt(spec, 'ipFamilies').filter((family) => typeof family === 'string');
  const given = [textAt(spec, 'clusterIP'), ...listAt(spec, 'clusterIPs')].filter(
    (address): address is string => typeof address === 'string' && address !== '' && address !== 'None',
  );
  const primary = asked[0] ?? (given[0] !== undefined && isIPv6(given[0]) ? 'IPv6' : 'IPv4');
  const both = wantsBoth || asked.length > 1 || (headless && selectorless && spec['ipFamilyPolicy'] === undefined);
  const families = both ? [primary, primary === 'IPv4' ? 'IPv6' : 'IPv4'] : [primary];
  const policy = textAt(spec, 'ipFamilyPolicy') || (both ? 'RequireDualStack' : 'SingleStack');
  const addresses = headless
    ? ['None']
    : families.map((family) => {
        const own = given.find((address) => isIPv6(address) === (family === 'IPv6'));
        if (own === undefined) return allocator.address(family);
        allocator.claim(own);
        return own;
      });
  const external = spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
  return {
    ...spec,
    ...(external
      ? {
          ports: mapList(spec['ports'], (port) =>
            port['nodePort'] === undefined ? { ...port, nodePort: allocator.nodePort() } : port,
          ),
        }
      : {}),
    clusterIP: addresses[0],
    clusterIPs: addresses,
    ipFamilies: families,
    ipFamilyPolicy: policy,
  };
}

/** Fields that an update keeps when the client leaves them out, because the server filled them in. */
export function withKeptFields(resource: ResourceName, object: KubeObject, live: KubeObject): KubeObject {
  if (resource !== 'services') return object;
  const spec = objectAt(object, 'spec');
  const old = objectAt(live, 'spec');
  if (spec['type'] === 'ExternalName') return object;
  const kept = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'] as const;
  const missing = kept.filter((field) => spec[field] === undefined && old[field] !== undefined);
  return missing.length === 0
    ? object
    : { ...object, spec: { ...spec, ...Object.fromEntries(missing.map((field) => [field, old[field]])) } };
}
