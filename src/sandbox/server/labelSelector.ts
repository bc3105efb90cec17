import { labelKeyProblems, labelValueProblems } from '../schema/nameRules.js';
import { badRequest } from '../schema/status.js';
import { ownValue } from '../../model/ownValue.js';

/** True for labels that a selector takes in. */
export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

interface Token {
  readonly kind: 'word' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'end';
  readonly text: string;
}

const tokenForm = /\s*(==|!=|[(),!=<>]|[^\s(),!=<>]+)/y;

function tokensOf(selector: string): Token[] {
  const tokens: Token[] = [];
  tokenForm.lastIndex = 0;
  for (let match = tokenForm.exec(selector); match !== null; match = tokenForm.exec(selector)) {
    const text = match[1] ?? '';
    tokens.push({ kind: /^[(),!=<>]/.test(text) ? (text as Token['kind']) : 'word', text });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/**
 * Reads a label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, joined by commas.
 * @throws {StatusError} 400 in the API server's words
 */
export function parseLabelSelector(selector: string): LabelMatcher {
  const requirements = parseRequirements(selector);
  return (labels) => requirements.every((requirement) => matches(requirement, labels));
}

/** One requirement; `Gt` and `Lt` have one value, a whole number. */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** The same as values. @throws {StatusError} 400 in the API server's words */
export function parseRequirements(selector: string): SelectorRequirement[] {
  return new SelectorParser(tokensOf(selector)).requirements();
}

function matches({ key, operator, values }: SelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const label = ownValue(labels, key);
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    case 'Gt':
    case 'Lt': {
      if (label === undefined || !/^-?\d+$/.test(label)) return false;
      const bound = Number(values[0]);
      return operator === 'Gt' ? Number(label) > bound : Number(label) < bound;
    }
  }
}

class SelectorParser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  requirements(): SelectorRequirement[] {
    const found: SelectorRequirement[] = [];
    if (this.#peek().kind === 'end') return found;
    for (;;) {
      found.push(this.#requirement());
      const next = this.#take();
      if (next.kind === 'end') return found;
      if (next.kind !== ',') throw this.#wrong(next, "',' or 'end of string'");
      const after = this.#peek();
      if (after.kind !== 'word' && after.kind !== '!') throw this.#wrong(after, "identifier after ','");
    }
  }

  #requirement(): SelectorRequirement {
    if (this.#peek().kind === '!') {
      this.#take();
      return { key: this.#key(), operator: 'DoesNotExist', values: [] };
    }
    const key = this.#key();
    const next = this.#peek();
    if (next.kind === 'end' || next.kind === ',') return { key, operator: 'Exists', values: [] };
    const operator = this.#take();
    switch (operator.text) {
      case 'in':
        return { key, operator: 'In', values: this.#values() };
      case 'notin':
        return { key, operator: 'NotIn', values: this.#values() };
      case '=':
      case '==':
        return { key, operator: 'In', values: [this.#value()] };
      case '!=':
        return { key, operator: 'NotIn', values: [this.#value()] };
      case '>':
      case '<': {
        const bound = this.#value();
        if (!/^-?\d+$/.test(bound)) {
          throw unableToParse(
            `values[0][${key}]: Invalid value: ${JSON.stringify(bound)}: for 'Gt', 'Lt' operators, the value must be an integer`,
          );
        }
        return { key, operator: operator.kind === '>' ? 'Gt' : 'Lt', values: [bound] };
      }
      default:
        throw this.#wrong(operator, 'in, notin, =, ==, !=, gt, lt');
    }
  }

  #key(): string {
    const token = this.#take();
    if (token.kind !== 'word')
      throw this.#wrong(token, token.kind === 'end' || token.kind === ')' ? "!, identifier, or ','" : 'identifier');
    const problems = labelKeyProblems(token.text);
    if (problems.length > 0)
      throw unableToParse(`key: Invalid value: ${JSON.stringify(token.text)}: ${problems.join('; ')}`);
    return token.text;
  }

  #value(): string {
    const next = this.#peek();
    if (next.kind === 'end' || next.kind === ',') return '';
    const token = this.#take();
    if (token.kind !== 'word') throw this.#wrong(token, 'identifier');
    return checkedValue(token.text);
  }

  #values(): readonly string[] {
    const opening = this.#take();
    if (opening.kind !== '(') throw this.#wrong(opening, "'('");
    const values: string[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'word') {
        values.push(checkedValue(this.#take().text));
        const next = this.#take();
        if (next.kind === ')') return values;
        if (next.kind !== ',') throw this.#wrong(next, "',' or ')'");
      } else if (token.kind === ',') {
        this.#take();
        values.push('');
      } else if (token.kind === ')') {
        this.#take();
        values.push('');
        return values;
      } else {
        throw this.#wrong(token, "',', ')' or identifier");
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #wrong(found: Token, expected: string): Error {
    return unableToParse(`found '${found.text}', expected: ${expected}`);
  }
}

function unableToParse(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`);
}

function checkedValue(value: string): string {
  const problems = labelValueProblems(value);
  if (problems.length > 0)
    throw unableToParse(`values[0]: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`);
  return value;
}
