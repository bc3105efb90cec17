import { isIPv4, isIPv6 } from 'node:net';
import { asRecord } from '../../kube/json.js';
import { ownValue } from '../../model/ownValue.js';
import { validateDefinition } from './custom/definition.js';
import { isJsonObject, listAt, textAt, valueAt } from './kubeObject.js';
import type { KubeObject } from './kubeObject.js';
import {
  dnsLabelProblems,
  labelKeyProblems,
  labelValueProblems,
  nameProblems,
  subdomainProblems,
} from './nameRules.js';
import type { ResourceDefinition, ResourceName } from './resources.js';
import { duplicateValue, forbiddenValue, invalidValue, notSupported, requiredValue } from './status.js';
import type { FieldError } from './status.js';
import { validateSlice, validateSliceUpdate } from './validateSlice.js';

const annotationBytes = 256 * 1024;

/** What is wrong with an object that is to be created; empty when nothing is. */
export function validateCreate(definition: ResourceDefinition, object: KubeObject): FieldError[] {
  return [...validateMetadata(definition, object), ...validateKind(definition, object)];
}

/** What is wrong with an update: the new object by itself, and what may not change. */
export function validateUpdate(definition: ResourceDefinition, object: KubeObject, live: KubeObject): FieldError[] {
  return [
    ...validateMetadata(definition, object),
    ...validateImmutable(definition.resource, object, live),
    ...validateKind(definition, object, live),
  ];
}

function validateMetadata(definition: ResourceDefinition, object: KubeObject): FieldError[] {
  const { name, generateName, labels = {}, annotations = {}, finalizers = [], ownerReferences } = object.metadata;
  const errors: FieldError[] = [];
  if (generateName !== undefined) {
    // The suffix ends every generated name, so that a prefix may end in a dash.
    const problems = nameProblems(generateName.replace(/-$/, 'a'), definition.nameRule);
    errors.push(...problems.map((problem) => invalidValue('metadata.generateName', generateName, problem)));
  }
  if (name === undefined || name === '') {
    errors.push(requiredValue('metadata.name', 'name or generateName is required'));
  } else {
    errors.push(
      ...nameProblems(name, definition.nameRule).map((problem) => invalidValue('metadata.name', name, problem)),
    );
  }
  for (const [key, value] of Object.entries(labels)) {
    errors.push(...labelKeyProblems(key).map((problem) => invalidValue('metadata.labels', key, problem)));
    errors.push(...labelValueProblems(value).map((problem) => invalidValue('metadata.labels', value, problem)));
  }
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    errors.push(
      ...labelKeyProblems(key.toLowerCase()).map((problem) => invalidValue('metadata.annotations', key, problem)),
    );
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > annotationBytes) {
    const message = `Too long: may not be more than ${annotationBytes} bytes`;
    errors.push({ field: 'metadata.annotations', reason: 'FieldValueTooLong', message });
  }
  for (const finalizer of finalizers) {
    errors.push(
      ...labelKeyProblems(finalizer).map((problem) => invalidValue('metadata.finalizers', finalizer, problem)),
    );
  }
  if (Array.isArray(ownerReferences)) {
    ownerReferences.forEach((owner: unknown, index) => {
      for (const field of ['apiVersion', 'kind', 'name', 'uid']) {
        if (textAt(owner, field) === '') {
          errors.push(invalidValue(`metadata.ownerReferences[${index}].${field}`, '', 'must not be empty'));
        }
      }
    });
  }
  return errors;
}

function validateImmutable(resource: ResourceName, object: KubeObject, live: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if (object.metadata[field] !== live.metadata[field]) {
      errors.push(invalidValue(`metadata.${field}`, object.metadata[field], 'field is immutable'));
    }
  }
  errors.push(...(ownValue(immutableRules, resource)?.(object, live) ?? []));
  return errors;
}

const immutableRules: Readonly<Partial<Record<ResourceName, (object: KubeObject, live: KubeObject) => FieldError[]>>> =
  {
    endpointslices: validateSliceUpdate,
    services: (object, live) => {
      const old = textAt(live, 'spec', 'clusterIP');
      const wasExternal = [live, object].some((one) => textAt(one, 'spec', 'type') === 'ExternalName');
      if (old === '' || wasExternal || old === textAt(object, 'spec', 'clusterIP')) return [];
      return [invalidValue('spec.clusterIPs[0]', listAt(object, 'spec', 'clusterIPs'), 'may not change once set')];
    },
    pods: (object, live) => {
      const node = textAt(live, 'spec', 'nodeName');
      if (node === '' || node === textAt(object, 'spec', 'nodeName')) return [];
      return [forbiddenValue('spec', 'pod updates may not change the node of a scheduled pod')];
    },
  };

function validateKind({ resource, custom }: ResourceDefinition, object: KubeObject, live?: KubeObject): FieldError[] {
  return custom === undefined ? (ownValue(kindRules, resource)?.(object) ?? []) : custom.validate(object, live);
}

const kindRules: Readonly<Partial<Record<ResourceName, (object: KubeObject) => FieldError[]>>> = {
  endpointslices: validateSlice,
  services: validateService,
  configmaps: validateConfigMap,
  leases: validateLease,
  events: validateEvent,
  customresourcedefinitions: validateDefinition,
  pods: (pod) => (listAt(pod, 'spec', 'containers').length === 0 ? [requiredValue('spec.containers')] : []),
};

/** MaxSecretSize of pkg/apis/core/validation: keys do not count, and binary data counts as it is stored. */
const configMapBytes = 1024 * 1024;

function validateConfigMap({ data, binaryData }: KubeObject): FieldError[] {
  let size = 0;
  for (const value of Object.values(asRecord(data))) size += Buffer.byteLength(String(value));
  for (const value of Object.values(asRecord(binaryData))) size += Buffer.byteLength(String(value), 'base64');
  if (size <= configMapBytes) return [];
  return [
    { field: '', reason: 'FieldValueTooLong', message: `Too long: may not be more than ${configMapBytes} bytes` },
  ];
}

const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];

function validateService(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const type = textAt(object, 'spec', 'type');
  const ports = listAt(object, 'spec', 'ports');
  const headless = textAt(object, 'spec', 'clusterIP') === 'None';
  if (!serviceTypes.includes(type)) errors.push(notSupported('spec.type', type, serviceTypes));
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(requiredValue('spec.ports'));
  const names = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach((port, index) => {
    const field = `spec.ports[${index}]`;
    const name = textAt(port, 'name');
    const protocol = textAt(port, 'protocol');
    const number = valueAt(port, 'port');
    if (name === '') {
      if (ports.length > 1) errors.push(requiredValue(`${field}.name`));
    } else {
      errors.push(...dnsLabelProblems(name).map((problem) => invalidValue(`${field}.name`, name, problem)));
      if (names.has(name)) errors.push(duplicateValue(`${field}.name`, name));
      names.add(name);
    }
    errors.push(...portProblems(`${field}.port`, number));
    if (!protocols.includes(protocol)) errors.push(notSupported(`${field}.protocol`, protocol, protocols));
    const identity = `${String(number)}/${protocol}`;
    if (numbers.has(identity)) {
      errors.push(duplicateValue(field, { protocol, port: number }));
    }
    numbers.add(identity);
  });
  const address = textAt(object, 'spec', 'clusterIP');
  if (address !== '' && address !== 'None' && !isIPv4(address) && !isIPv6(address)) {
    errors.push(
      invalidValue('spec.clusterIPs[0]', address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    );
  }
  const affinity = textAt(object, 'spec', 'sessionAffinity');
  if (affinity !== 'None' && affinity !== 'ClientIP') {
    errors.push(notSupported('spec.sessionAffinity', affinity, ['ClientIP', 'None']));
  }
  const distribution = valueAt(object, 'spec', 'trafficDistribution');
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
  if (distribution !== undefined && !distributions.some((one) => one === distribution)) {
    errors.push(notSupported('spec.trafficDistribution', distribution, distributions));
  }
  const selector = valueAt(object, 'spec', 'selector');
  for (const [key, value] of Object.entries(isJsonObject(selector) ? selector : {})) {
    errors.push(...labelKeyProblems(key).map((problem) => invalidValue('spec.selector', key, problem)));
    errors.push(...labelValueProblems(String(value)).map((problem) => invalidValue('spec.selector', value, problem)));
  }
  if (type === 'ExternalName') {
    const name = textAt(object, 'spec', 'externalName');
    if (name === '') errors.push(requiredValue('spec.externalName'));
    else errors.push(...subdomainProblems(name).map((problem) => invalidValue('spec.externalName', name, problem)));
  }
  return errors;
}

function portProblems(field: string, port: unknown): FieldError[] {
  return typeof port === 'number' && port >= 1 && port <= 65535
    ? []
    : [invalidValue(field, port, 'must be between 1 and 65535, inclusive')];
}

function validateLease(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const duration = valueAt(object, 'spec', 'leaseDurationSeconds');
  if (typeof duration === 'number' && duration <= 0) {
    errors.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  const transitions = valueAt(object, 'spec', 'leaseTransitions');
  if (typeof transitions === 'number' && transitions < 0) {
    errors.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  return errors;
}

/** Events live in the namespace of their object; events of cluster-wide objects in default (or kube-system). */
function validateEvent(object: KubeObject): FieldError[] {
  const namespace = object.metadata.namespace ?? '';
  const involved = textAt(object, 'involvedObject', 'namespace');
  const field = 'involvedObject.namespace';
  const why = 'does not match event.namespace';
  const errors: FieldError[] = [];
  if (involved === '') {
    if (namespace !== 'default' && namespace !== 'kube-system') errors.push(invalidValue(field, involved, why));
  } else if (involved !== namespace) {
    errors.push(invalidValue(field, involved, why));
  }
  // The stricter rules of the new API hold once eventTime is set.
  if (textAt(object, 'eventTime') !== '') {
    for (const name of ['reportingInstance', 'action', 'reason']) {
      if (textAt(object, name) === '') errors.push(requiredValue(name));
    }
    const controller = textAt(object, 'reportingComponent');
    if (controller === '') errors.push(requiredValue('reportingController'));
    else
      errors.push(
        ...labelKeyProblems(controller).map((problem) => invalidValue('reportingController', controller, problem)),
      );
    const type = textAt(object, 'type');
    if (type !== 'Normal' && type !== 'Warning') errors.push(invalidValue('type', type, ''));
    const length = Buffer.byteLength(textAt(object, 'message'));
    if (length > 1024) errors.push(invalidValue('message', '', 'can have at most 1024 characters'));
  }
  return errors;
}
