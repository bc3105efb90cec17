import type { JsonObject, KubeObject } from '../../../../src/sandbox/schema/kubeObject.js';
import { resourceOf } from '../../../../src/sandbox/schema/custom/definition.js';

/** The definition of a custom resource with some fields, rules and a column. */
export function definitionOf(version: JsonObject = {}, spec: JsonObject = {}): KubeObject {
  return {
    metadata: { name: 'drains.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'drains', kind: 'Drain', shortNames: ['dr'], categories: ['all'] },
      versions: [
        { name: 'v0', storage: false },
        {
          name: 'v1',
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  required: ['zone'],
                  properties: {
                    zone: { type: 'string', maxLength: 8 },
                    share: { type: 'integer', default: 1, minimum: 0 },
                  },
                  'x-kubernetes-validations': [{ rule: "self.zone != 'all'", message: 'one zone, not all' }],
                },
              },
            },
          },
          ...version,
        },
      ],
      ...spec,
    },
  };
}

export const drains = resourceOf(definitionOf());
