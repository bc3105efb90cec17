import { parser } from '@prometheus-io/lezer-promql';
import type { Family, Series } from './exposition.js';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** What Prometheus itself adds to every series of a target; `namespace` where the Prometheus operator sets it. */
export const TARGET_LABELS = ['instance', 'job', 'namespace'];

/** Functions that turn a counter into something that may go up and down. */
const COUNTER_FUNCTIONS = new Set(['rate', 'increase', 'irate']);
const SET_OPERATORS = new Set(['and', 'or', 'unless']);

export interface Analysis {
  /** What is wrong, as sentences; empty when nothing is. */
  readonly problems: readonly string[];
  /** Labels that the result can have. */
  readonly labels: ReadonlySet<string>;
}

/**
 * Reads an expression with Prometheus' own grammar and holds it against what is exposed: every selector selects
 * something, counters stand in rates and nothing else does, a label that is grouped or matched by is there to group or
 * match by, and both sides of an operator can find each other.
 */
export function analyse(expression: string, families: ReadonlyMap<string, Family>): Analysis {
  const tree = parser.parse(expression);
  const broken: string[] = [];
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) broken.push(`cannot be read at "${expression.slice(from)}"`);
    },
  });
  if (broken.length > 0) return { problems: broken, labels: new Set() };
  const reader = new Reader(expression, families);
  const labels = reader.read(tree.topNode);
  return { problems: reader.problems, labels: labels ?? new Set() };
}

/** Labels of a vector; undefined for scalars and strings. */
type Labels = ReadonlySet<string> | undefined;

class Reader {
  readonly problems: string[] = [];
  readonly #text: string;
  readonly #families: ReadonlyMap<string, Family>;

  constructor(text: string, families: ReadonlyMap<string, Family>) {
    this.#text = text;
    this.#families = families;
  }

  /** @param inside the function that a selector stands in */
  read(node: Node, inside = ''): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return this.#readSelector(node, inside);
      case 'FunctionCall':
        return this.#readCall(node);
      case 'AggregateExpr':
        return this.#readAggregate(node);
      case 'BinaryExpr':
        return this.#readBinary(node);
      default: {
        // Parentheses, ranges, offsets and the like have the labels of what they are about.
        const all = children(node).map((child) => this.read(child, inside));
        return all.find((labels) => labels !== undefined);
      }
    }
  }

  #readSelector(node: Node, inside: string): Labels {
    const name = this.#textOf(node.getChild('Identifier'));
    const family = this.#families.get(name) ?? this.#families.get(name.replace(/_(bucket|sum|count|total)$/, ''));
    const series = family?.series.filter((one) => one.name === name) ?? [];
    if (family === undefined || series.length === 0) {
      this.problems.push(`nothing called ${name} is exposed`);
      return undefined;
    }
    const counts = family.type === 'counter' || family.type === 'histogram';
    if (counts !== COUNTER_FUNCTIONS.has(inside)) {
      this.problems.push(
        counts ? `${name} only ever grows and needs a rate` : `${name} is no counter to take a rate of`,
      );
    }
    const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
      label: this.#textOf(matcher.getChild('LabelName')),
      operator: this.#textOf(matcher.getChild('MatchOp')),
      value: this.#textOf(matcher.getChild('StringLiteral')).slice(1, -1),
    }));
    const known = new Set([...TARGET_LABELS, ...series.flatMap(({ labels }) => Object.keys(labels))]);
    for (const { label } of matchers) {
      if (!known.has(label)) this.problems.push(`${name} has no label ${label}`);
    }
    const own = matchers.filter(({ label }) => !TARGET_LABELS.includes(label));
    if (!series.some((one) => own.every((matcher) => matches(one, matcher)))) {
      this.problems.push(`${this.#textOf(node)} selects nothing of what is exposed`);
    }
    return known;
  }

  #readCall(node: Node): Labels {
    const name = this.#textOf(node.getChild('FunctionIdentifier'));
    const body = node.getChild('FunctionCallBody');
    const labels = body === null ? undefined : this.read(body, name);
    if (name === 'vector' || name === 'absent') return new Set();
    if (name === 'label_replace') {
      const [target] = (body?.getChildren('StringLiteral') ?? []).map((literal) => this.#textOf(literal).slice(1, -1));
      return new Set([...(labels ?? []), target ?? '']);
    }
    if (name !== 'histogram_quantile') return labels;
    if (labels?.has('le') !== true) this.problems.push('histogram_quantile needs the label le');
    return new Set([...(labels ?? [])].filter((label) => label !== 'le'));
  }

  #readAggregate(node: Node): Labels {
    const body = node.getChild('FunctionCallBody');
    const labels = (body === null ? undefined : this.read(body)) ?? new Set();
    const modifier = node.getChild('AggregateModifier');
    if (modifier === null) return new Set();
    const named = this.#labelNames(modifier.getChild('GroupingLabels'));
    this.#demand(named, labels, node);
    if (modifier.getChild('By') !== null) return new Set(named);
    return new Set([...labels].filter((label) => !named.includes(label)));
  }

  #readBinary(node: Node): Labels {
    const [left, ...rest] = children(node);
    const right = rest.pop();
    if (left === undefined || right === undefined) return undefined;
    const a = this.read(left);
    const b = this.read(right);
    if (a === undefined || b === undefined) return a ?? b;
    const operator = this.#textOf(rest[0] ?? null);
    if (operator === 'or') return new Set([...a].filter((label) => b.has(label)));
    const matching = node.getChild('MatchingModifierClause');
    if (matching === null) {
      const [x, y] = [[...a].sort().join(), [...b].sort().join()];
      if (x !== y) this.problems.push(`the sides of "${operator}" never match: (${x}) and (${y})`);
      return a;
    }
    const [on = [], extra = []] = matching.getChildren('GroupingLabels').map((group) => this.#labelNames(group));
    this.#demand(on, a, left);
    this.#demand(on, b, right);
    this.#demand(extra, b, right);
    const keepsLeft = matching.getChild('GroupLeft') !== null || SET_OPERATORS.has(operator);
    return keepsLeft ? new Set([...a, ...extra]) : new Set(on);
  }

  #demand(wanted: readonly string[], labels: ReadonlySet<string>, node: Node): void {
    for (const label of wanted) {
      if (!labels.has(label)) this.problems.push(`there is no label ${label} in ${this.#textOf(node)}`);
    }
  }

  #labelNames(node: Node | null): string[] {
    return (node?.getChildren('LabelName') ?? []).map((label) => this.#textOf(label));
  }

  #textOf(node: Node | null): string {
    return node === null ? '' : this.#text.slice(node.from, node.to);
  }
}

function children(node: Node): Node[] {
  const all: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) all.push(child);
  return all;
}

function matches(
  { labels }: Series,
  { label, operator, value }: { label: string; operator: string; value: string },
): boolean {
  const actual = labels[label] ?? '';
  const equal = operator.includes('~') ? new RegExp(`^(?:${value})$`).test(actual) : actual === value;
  return operator.startsWith('!') ? !equal : equal;
}
