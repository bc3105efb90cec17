import { quoted } from './text/quoted.js';

/** A `metav1.LabelSelector` as JSON gives it. */
export interface LabelSelectorManifest {
  readonly matchLabels?: Readonly<Record<string, string>> | null | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key?: string | null | undefined;
        readonly operator?: string | null | undefined;
        readonly values?: readonly string[] | null | undefined;
      }[]
    | null
    | undefined;
}

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** Requirements that all hold; none: every set of labels is selected. */
export type LabelSelector = readonly Requirement[];

export type Labels = Readonly<Record<string, string>>;

const OPERATORS: ReadonlyMap<string, Requirement['operator']> = new Map(
  (['In', 'NotIn', 'Exists', 'DoesNotExist'] as const).map((operator) => [operator, operator]),
);

/** @returns what is wrong, in one sentence, as the API server's validation has it (apimachinery validation.go) */
export function readLabelSelector(
  manifest: LabelSelectorManifest | null | undefined,
): { readonly selector: LabelSelector } | { readonly problem: string } {
  const expressions = manifest?.matchExpressions ?? [];
  if (!isList(expressions)) return { problem: 'matchExpressions must be a list' };
  const selector: Requirement[] = Object.entries(manifest?.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }));
  for (const [i, expression] of expressions.entries()) {
    const { key, operator, values } = isExpression(expression) ? expression : {};
    const place = `matchExpressions[${i}]`;
    if (key === undefined || key === null || key === '') return { problem: `${place} has no key` };
    const known = OPERATORS.get(operator ?? '');
    if (known === undefined) {
      return {
        problem: `${place} has the unknown operator ${quoted(operator ?? '')}; known are In, NotIn, Exists, DoesNotExist`,
      };
    }
    const takesValues = known === 'In' || known === 'NotIn';
    if (takesValues && (values ?? []).length === 0)
      return { problem: `${place} needs values for the operator ${known}` };
    if (!takesValues && (values ?? []).length > 0)
      return { problem: `${place} takes no values for the operator ${known}` };
    selector.push({ key, operator: known, values: values ?? [] });
  }
  return { selector };
}

/** Objects come from files too, which nothing has checked. */
function isList(value: readonly unknown[]): boolean {
  return Array.isArray(value);
}

function isExpression(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { values } = value as { readonly values?: unknown };
  return values === undefined || values === null || Array.isArray(values);
}

/** As apimachinery's labels.Requirement.Matches: NotIn and DoesNotExist hold for labels without the key. */
export function selectsLabels(selector: LabelSelector, labels: Labels): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  });
}
