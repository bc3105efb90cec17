import type { MetadataManifest, ServiceManifest } from '../../model/manifest.js';
import { readService, type ServiceRecord } from '../../model/service.js';
import { applyPolicies } from './applyPolicies.js';
import { readPolicy, type HintsPolicyManifest } from './policy.js';
import { PolicyIndex } from './policyIndex.js';

export interface NamespaceManifest {
  readonly metadata?: MetadataManifest | null | undefined;
}

export interface PolicyObjects {
  /** ClusterHintsPolicy and HintsPolicy objects. */
  readonly policies?: readonly HintsPolicyManifest[] | undefined;
  /** For the labels by which a ClusterHintsPolicy selects namespaces. */
  readonly namespaces?: readonly NamespaceManifest[] | undefined;
}

/** Reads Services as policies make them: `applyPolicies(readService(…), …)` for each. */
export function policyReader(objects: PolicyObjects): (service: ServiceManifest) => ServiceRecord {
  // Nearly all plans of single Services are made without policies.
  if ((objects.policies ?? []).length === 0) return readService;
  const index = indexPolicies(objects);
  return (manifest) => {
    const service = readService(manifest);
    return applyPolicies(service, index.matching(service));
  };
}

export function indexPolicies({ policies = [], namespaces = [] }: PolicyObjects): PolicyIndex {
  const index = new PolicyIndex();
  for (const { metadata } of namespaces) index.setNamespace(metadata?.name ?? '', metadata?.labels ?? {});
  for (const policy of policies) index.setPolicy(readPolicy(policy), true);
  return index;
}
