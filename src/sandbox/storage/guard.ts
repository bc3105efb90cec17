import { keepHints } from '../../guard/rule.js';
import type { EndpointSliceManifest } from '../../model/manifest.js';
import { FIELD_MANAGER, OWNED_ANNOTATION } from '../../model/slice.js';
import type { KubeObject } from '../schema/kubeObject.js';
import type { ObjectStore, WriteHook } from './store.js';
import type { WriteRequest } from './writes.js';

/** Name of the policy and of its binding, as in charts/slicehints/files/guard-policy.yaml. */
const GUARD_NAME = 'slicehints-guard';
const POLICIES = 'mutatingadmissionpolicies' as const;
const BINDINGS = 'mutatingadmissionpolicybindings' as const;

/**
 * The guard inside the stand-in API server: the rule of the policy as its mutating hook, not a CEL engine. The writer is
 * identified by its field manager, because all writers are the same user in the stand-in.
 */
export const guardHook: WriteHook = (oldSlice, newSlice, { fieldManager }) => {
  if (fieldManager === FIELD_MANAGER) return newSlice;
  const kept = keepHints(oldSlice as EndpointSliceManifest, newSlice as EndpointSliceManifest);
  return kept === newSlice ? newSlice : { ...newSlice, endpoints: kept.endpoints };
};

/**
 * The same, in force exactly while the policy and its binding are in the store, as on a real server.
 * @param onKept called with each slice of another writer to which the guard gave hints
 */
export function storedGuardHook(
  store: ObjectStore,
  onKept: (slice: KubeObject, request: WriteRequest) => void = () => undefined,
): WriteHook {
  return (oldSlice, newSlice, request) => {
    const inForce = ([POLICIES, BINDINGS] as const).every(
      (resource) => store.get(resource, '', GUARD_NAME) !== undefined,
    );
    if (!inForce) return newSlice;
    const kept = guardHook(oldSlice, newSlice, request);
    if (kept !== newSlice) onKept(kept, request);
    return kept;
  };
}

/** Puts policy and binding into the store; their CEL is left out, because the hook is what works here. */
export function installGuard(store: ObjectStore): void {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const policy: KubeObject = {
    apiVersion,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: GUARD_NAME },
    spec: {
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'Never',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['discovery.k8s.io'],
            apiVersions: ['v1'],
            operations: ['UPDATE'],
            resources: ['endpointslices'],
          },
        ],
      },
      matchConditions: [
        { name: 'hints-are-ours', expression: `'${OWNED_ANNOTATION}' in oldObject.metadata.annotations` },
      ],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
    },
  };
  store.write(POLICIES, policy);
  store.write(BINDINGS, {
    apiVersion,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: GUARD_NAME },
    spec: { policyName: GUARD_NAME },
  });
}
