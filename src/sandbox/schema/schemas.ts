import {
  always,
  anything,
  flag,
  integer,
  intOrString,
  kept,
  listOf,
  mapOf,
  microTime,
  object,
  text,
  time,
} from './schema.js';
import type { ObjectSchema, Schema } from './schema.js';

/**
 * The kinds that the stand-in serves. Fields, presence and list kinds follow the Go types of Kubernetes 1.36; Pods and
 * Nodes name the fields that lists are keyed by or that are read here; other fields are stored as they are sent.
 */

export const metadataSchema = object({
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid: text,
  resourceVersion: text,
  generation: integer,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: kept(integer),
  labels: mapOf(text),
  annotations: mapOf(text),
  ownerReferences: listOf(
    object({
      apiVersion: always(text),
      kind: always(text),
      name: always(text),
      uid: always(text),
      controller: kept(flag),
      blockOwnerDeletion: kept(flag),
    }),
    { keys: ['uid'] },
  ),
  finalizers: listOf(text, { set: true }),
  managedFields: listOf(anything),
});

function kind(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return object({ kind: text, apiVersion: text, metadata: metadataSchema, ...fields });
}

const objectReference = {
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  apiVersion: text,
  resourceVersion: text,
  fieldPath: text,
};

const condition = object(
  {
    type: always(text),
    status: always(text),
    observedGeneration: integer,
    lastProbeTime: time,
    lastTransitionTime: always(time),
    reason: text,
    message: text,
  },
  { open: true },
);

export const namespaceSchema = kind({
  spec: always(object({ finalizers: listOf(text) })),
  status: always(object({ phase: text, conditions: listOf(condition, { keys: ['type'] }) })),
});

const nodeCondition = object({
  type: always(text),
  status: always(text),
  lastHeartbeatTime: always(time),
  lastTransitionTime: always(time),
  reason: text,
  message: text,
});

export const nodeSchema = kind({
  spec: always(
    object(
      {
        podCIDR: text,
        podCIDRs: listOf(text, { set: true }),
        providerID: text,
        unschedulable: flag,
        taints: listOf(object({ key: always(text), value: text, effect: always(text), timeAdded: kept(time) })),
      },
      { open: true },
    ),
  ),
  status: always(
    object(
      {
        capacity: mapOf(anything),
        allocatable: mapOf(anything),
        phase: text,
        conditions: listOf(nodeCondition, { keys: ['type'] }),
        addresses: listOf(object({ type: always(text), address: always(text) }), { keys: ['type'] }),
        daemonEndpoints: always(object({ kubeletEndpoint: always(object({ Port: always(integer) })) })),
        nodeInfo: always(
          object(
            {
              machineID: always(text),
              systemUUID: always(text),
              bootID: always(text),
              kernelVersion: always(text),
              osImage: always(text),
              containerRuntimeVersion: always(text),
              kubeletVersion: always(text),
              kubeProxyVersion: always(text),
              operatingSystem: always(text),
              architecture: always(text),
            },
            { open: true },
          ),
        ),
        images: listOf(anything),
        volumesInUse: listOf(text),
        volumesAttached: listOf(anything),
      },
      { open: true },
    ),
  ),
});

export const serviceSchema = kind({
  spec: always(
    object({
      ports: listOf(
        object({
          name: text,
          protocol: text,
          appProtocol: kept(text),
          port: always(integer),
          targetPort: intOrString,
          nodePort: integer,
        }),
        { keys: ['port', 'protocol'], keyDefaults: { protocol: 'TCP' }, mergeKey: 'port' },
      ),
      selector: mapOf(text, { atomic: true }),
      clusterIP: text,
      clusterIPs: listOf(text),
      type: text,
      externalIPs: listOf(text),
      sessionAffinity: text,
      loadBalancerIP: text,
      loadBalancerSourceRanges: listOf(text),
      externalName: text,
      externalTrafficPolicy: text,
      healthCheckNodePort: integer,
      publishNotReadyAddresses: flag,
      sessionAffinityConfig: object({ clientIP: object({ timeoutSeconds: kept(integer) }) }),
      ipFamilies: listOf(text),
      ipFamilyPolicy: kept(text),
      allocateLoadBalancerNodePorts: kept(flag),
      loadBalancerClass: kept(text),
      internalTrafficPolicy: kept(text),
      trafficDistribution: kept(text),
    }),
  ),
  status: always(
    object({
      loadBalancer: always(
        object({
          ingress: listOf(
            object({
              ip: text,
              hostname: text,
              ipMode: kept(text),
              ports: listOf(object({ port: always(integer), protocol: always(text), error: kept(text) })),
            }),
          ),
        }),
      ),
      conditions: listOf(condition, { keys: ['type'] }),
    }),
  ),
});

const hintName = object({ name: always(text) });

export const endpointSliceSchema = kind({
  addressType: always(text),
  endpoints: always(
    listOf(
      object({
        addresses: always(listOf(text)),
        conditions: always(object({ ready: kept(flag), serving: kept(flag), terminating: kept(flag) })),
        hostname: kept(text),
        targetRef: object(objectReference, { atomic: true }),
        deprecatedTopology: mapOf(text),
        nodeName: kept(text),
        zone: kept(text),
        hints: object({ forZones: listOf(hintName), forNodes: listOf(hintName) }),
      }),
    ),
  ),
  ports: always(
    listOf(object({ name: kept(text), protocol: kept(text), port: kept(integer), appProtocol: kept(text) })),
  ),
});

export const configMapSchema = kind({ immutable: kept(flag), data: mapOf(text), binaryData: mapOf(text) });

export const leaseSchema = kind({
  spec: always(
    object({
      holderIdentity: kept(text),
      leaseDurationSeconds: kept(integer),
      acquireTime: kept(microTime),
      renewTime: kept(microTime),
      leaseTransitions: kept(integer),
      strategy: kept(text),
      preferredHolder: kept(text),
    }),
  ),
});

const eventSource = object({ component: text, host: text });
const eventSeries = object({ count: integer, lastObservedTime: microTime });
const reference = object(objectReference, { atomic: true });

export const coreEventSchema = kind({
  involvedObject: always(reference),
  reason: text,
  message: text,
  source: always(eventSource),
  firstTimestamp: always(time),
  lastTimestamp: always(time),
  count: integer,
  type: text,
  eventTime: always(microTime),
  series: eventSeries,
  action: text,
  related: reference,
  reportingComponent: always(text),
  reportingInstance: always(text),
});

export const eventSchema = kind({
  eventTime: always(microTime),
  series: object({ count: always(integer), lastObservedTime: always(microTime) }),
  reportingController: text,
  reportingInstance: text,
  action: text,
  reason: text,
  regarding: always(reference),
  related: reference,
  note: text,
  type: text,
  deprecatedSource: always(eventSource),
  deprecatedFirstTimestamp: always(time),
  deprecatedLastTimestamp: always(time),
  deprecatedCount: integer,
});

const container = object(
  {
    name: always(text),
    image: text,
    ports: listOf(
      object({ name: text, hostPort: integer, containerPort: always(integer), protocol: text, hostIP: text }),
      { keys: ['containerPort', 'protocol'], keyDefaults: { protocol: 'TCP' }, mergeKey: 'containerPort' },
    ),
    env: listOf(object({ name: always(text) }, { open: true }), { keys: ['name'] }),
    volumeMounts: listOf(object({ mountPath: always(text) }, { open: true }), { keys: ['mountPath'] }),
    resources: always(object({ limits: mapOf(anything), requests: mapOf(anything) }, { open: true })),
  },
  { open: true },
);

export const podSchema = kind({
  spec: always(
    object(
      {
        volumes: listOf(object({ name: always(text) }, { open: true }), { keys: ['name'] }),
        initContainers: listOf(container, { keys: ['name'] }),
        containers: always(listOf(container, { keys: ['name'] })),
        nodeName: text,
        nodeSelector: mapOf(text, { atomic: true }),
        imagePullSecrets: listOf(object({ name: text }), { keys: ['name'] }),
        tolerations: listOf(anything),
        hostNetwork: flag,
        hostname: text,
        subdomain: text,
      },
      { open: true },
    ),
  ),
  status: always(
    object(
      {
        phase: text,
        conditions: listOf(condition, { keys: ['type'] }),
        podIP: text,
        podIPs: listOf(object({ ip: text }), { keys: ['ip'] }),
        hostIP: text,
        startTime: time,
      },
      { open: true },
    ),
  ),
});

const matchResources = object(
  {
    namespaceSelector: object({}, { open: true, atomic: true }),
    objectSelector: object({}, { open: true, atomic: true }),
    resourceRules: listOf(anything),
    excludeResourceRules: listOf(anything),
    matchPolicy: kept(text),
  },
  { open: true },
);

export const admissionPolicySchema = kind({
  spec: always(
    object({
      paramKind: object({ apiVersion: text, kind: text }, { atomic: true }),
      matchConstraints: matchResources,
      variables: listOf(object({ name: always(text), expression: always(text) })),
      mutations: listOf(anything),
      failurePolicy: kept(text),
      matchConditions: listOf(object({ name: always(text), expression: always(text) }), { keys: ['name'] }),
      reinvocationPolicy: text,
    }),
  ),
});

export const admissionPolicyBindingSchema = kind({
  spec: always(
    object({
      policyName: text,
      paramRef: object({}, { open: true, atomic: true }),
      matchResources,
    }),
  ),
});

/** `spec` of a CustomResourceDefinition; its versions are one value, which sandbox/customResources reads. */
const definitionNames = {
  plural: always(text),
  singular: text,
  shortNames: listOf(text),
  kind: always(text),
  listKind: text,
  categories: listOf(text),
};

export const customResourceDefinitionSchema = kind({
  spec: always(
    object({
      group: always(text),
      names: always(object(definitionNames)),
      scope: always(text),
      versions: listOf(anything),
      conversion: object({ strategy: always(text), webhook: anything }, { marked: true }),
      preserveUnknownFields: flag,
    }),
  ),
  status: always(
    object({
      conditions: always(listOf(condition, { keys: ['type'] })),
      acceptedNames: always(object(definitionNames)),
      storedVersions: always(listOf(text)),
      observedGeneration: integer,
    }),
  ),
});
