import type { ReflectorSurroundings } from '../../kube/cache/reflectorOptions.js';
import { clusterPoliciesPath, namespacesPath, policiesPath, policyGroupPath } from '../../kube/rest/paths.js';
import { readPolicy, type HintsPolicyManifest, type PolicyKind, type PolicyRecord } from '../../hints/policy/policy.js';
import type { NamespaceManifest } from '../../hints/policy/policyReader.js';
import type { Labels } from '../../model/labelSelector.js';
import { OptionalResources, optionalResource, type OptionalResource } from '../optionalResources.js';

export interface PolicyWatchOptions extends ReflectorSurroundings {
  /** Only the HintsPolicy objects of this namespace; empty: all. */
  readonly namespace: string;
  readonly onPolicy: (next: PolicyRecord | undefined, previous: PolicyRecord | undefined) => void;
  readonly onNamespace: (name: string, labels: Labels | undefined) => void;
  /** Whether there are policies is known for the first time: all that there are have been reported. */
  readonly onKnown: () => void;
}

/** ClusterHintsPolicy, HintsPolicy and Namespace objects, for as long as the cluster serves policies. */
export function watchPolicies(options: PolicyWatchOptions): OptionalResources {
  const { namespace, onPolicy, onNamespace } = options;
  const policies = (name: string, path: string, kind: PolicyKind): OptionalResource =>
    optionalResource<PolicyRecord>({
      name,
      path,
      transform: (raw) => readPolicy({ ...(raw as HintsPolicyManifest), kind }),
      onChange: (_, next, previous) => onPolicy(next, previous),
    });
  return new OptionalResources({
    ...options,
    what: 'policies',
    probePath: policyGroupPath(),
    resources: [
      policies('clusterhintspolicies', clusterPoliciesPath(), 'ClusterHintsPolicy'),
      policies('hintspolicies', policiesPath(namespace), 'HintsPolicy'),
      optionalResource<Labels>({
        name: 'namespaces',
        path: namespacesPath(),
        transform: (raw) => ({ ...(raw as NamespaceManifest).metadata?.labels }),
        onChange: (key, next) => onNamespace(key, next),
        builtIn: true,
      }),
    ],
  });
}
