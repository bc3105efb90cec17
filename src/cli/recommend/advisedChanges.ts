import { stringify } from 'yaml';
import type { ServiceRecommendation } from '../../analysis/recommend/serviceRecommendation.js';
import { objectKey } from '../../model/objectKey.js';
import { quote } from '../plan/planPatches.js';

/** The Services that should ask for something else, with the annotations that change. */
function changesOf(
  services: readonly ServiceRecommendation[],
): { readonly service: ServiceRecommendation; readonly annotations: readonly (readonly [string, string | null])[] }[] {
  return services.flatMap((service) => {
    const annotations = Object.entries(service.advice?.annotations ?? {});
    return annotations.length === 0 ? [] : [{ service, annotations }];
  });
}

/** Foreign names may have line breaks, which would end a comment. */
function comment(service: ServiceRecommendation): string {
  return `# ${`${objectKey(service)}: ${service.sentence}`.replaceAll(/\s+/g, ' ')}\n`;
}

const NOTHING = '# No Service should ask for anything else.\n';

/**
 * A shell command for each Service that should ask for something else.
 * @param access flags that lead kubectl to the cluster that was read, e.g. `['--context', 'kind']`
 */
export function renderCommands(services: readonly ServiceRecommendation[], access: readonly string[]): string {
  const kubectl = ['kubectl', ...access].map(quote).join(' ');
  const commands = changesOf(services).map(({ service, annotations }) => {
    const words = annotations.map(([key, value]) => quote(value === null ? `${key}-` : `${key}=${value}`));
    const { namespace, name } = service;
    return `${comment(service)}${kubectl} annotate service -n ${quote(namespace)} ${quote(name)} --overwrite ${words.join(' ')}\n`;
  });
  return commands.length === 0 ? NOTHING : commands.join('');
}

/** A Component of kustomize, to be named under `components:` of a kustomization that has these Services. */
export function renderKustomize(services: readonly ServiceRecommendation[]): string {
  const changes = changesOf(services);
  if (changes.length === 0) return NOTHING;
  const patches = changes.map(({ service: { namespace, name }, annotations }) => ({
    target: { version: 'v1', kind: 'Service', namespace, name },
    patch: stringify({
      apiVersion: 'v1',
      kind: 'Service',
      // null takes an annotation away (a strategic merge patch).
      metadata: { name, namespace, annotations: Object.fromEntries(annotations) },
    }),
  }));
  const component = { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', patches };
  return changes.map(({ service }) => comment(service)).join('') + stringify(component);
}
