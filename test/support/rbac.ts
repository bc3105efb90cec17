/** One request as the API server's authorizer sees it. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** Whether roles and bindings allow a service account a request, as kube-apiserver's RBAC authorizer judges. */
export function allows(
  objects: readonly RbacObject[],
  account: { readonly namespace: string; readonly name: string },
  request: Attributes,
): boolean {
  return objects.some((binding) => {
    if (binding.kind !== 'ClusterRoleBinding' && binding.kind !== 'RoleBinding') return false;
    const { namespace } = binding.metadata;
    if (binding.kind === 'RoleBinding' && namespace !== request.namespace) return false;
    const bound = (binding.subjects ?? []).some(
      (subject) =>
        subject.kind === 'ServiceAccount' && subject.name === account.name && subject.namespace === account.namespace,
    );
    const role = objects.find(
      ({ kind, metadata }) =>
        kind === binding.roleRef?.kind &&
        metadata.name === binding.roleRef.name &&
        (kind === 'ClusterRole' || metadata.namespace === namespace),
    );
    return bound && (role?.rules ?? []).some((rule) => covers(rule, request));
  });
}

function covers({ apiGroups, resources, resourceNames = [], verbs }: Rule, request: Attributes): boolean {
  return (
    verbs.includes(request.verb) &&
    apiGroups.includes(request.group) &&
    resources.includes(request.resource) &&
    (resourceNames.length === 0 || resourceNames.includes(request.name))
  );
}

/** The attributes of a request to a resource; a list or watch of one name by fieldSelector counts as of that name. */
export function attributesOf(record: {
  readonly path: string;
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}): Attributes {
  const { verb, resource, namespace } = record;
  const { pathname, searchParams } = new URL(record.path, 'http://server');
  const group = pathname.startsWith('/apis/') ? (pathname.split('/')[2] ?? '') : '';
  const selected = /^metadata\.name=([^,]+)$/.exec(searchParams.get('fieldSelector') ?? '');
  return { verb, group, resource, namespace, name: record.name === '' ? (selected?.[1] ?? '') : record.name };
}
