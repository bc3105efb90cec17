import { LABEL_VALUE_FORM, LONGEST_LABEL_VALUE } from '../../model/labelValue.js';
import type { NameRule } from './resources.js';

/** The forms of names, label keys and values, with the sentences in which the API server rejects others. */

const labelForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomainForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dns1035Form = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

function tooLong(most: number): string {
  return `must be no more than ${most} bytes`;
}

export const labelValueSentence =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const subdomainSentence =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const labelSentence =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const dns1035Sentence =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const qualifiedSentence =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** What is wrong with the value of a label, or of anything that becomes one; empty when nothing is. */
export function labelValueProblems(value: string): string[] {
  const problems: string[] = [];
  if (value.length > LONGEST_LABEL_VALUE) problems.push(tooLong(LONGEST_LABEL_VALUE));
  if (value !== '' && !LABEL_VALUE_FORM.test(value)) problems.push(labelValueSentence);
  return problems;
}

/** What is wrong with a key of labels or annotations: an optional DNS prefix and a name part. */
export function labelKeyProblems(key: string): string[] {
  const parts = key.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2) {
    return [
      `a qualified name ${qualifiedSentence.replace(')', ')')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const problems: string[] = [];
  const name = second ?? first;
  if (second !== undefined) {
    if (first === '') problems.push('prefix part must be non-empty');
    else problems.push(...subdomainProblems(first).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > LONGEST_LABEL_VALUE) problems.push(`name part ${tooLong(LONGEST_LABEL_VALUE)}`);
  if (!LABEL_VALUE_FORM.test(name)) problems.push(`name part ${qualifiedSentence}`);
  return problems;
}

export function subdomainProblems(value: string): string[] {
  const problems: string[] = [];
  if (value.length > 253) problems.push(tooLong(253));
  if (!subdomainForm.test(value)) problems.push(subdomainSentence);
  return problems;
}

export function dnsLabelProblems(value: string): string[] {
  const problems: string[] = [];
  if (value.length > 63) problems.push(tooLong(63));
  if (!labelForm.test(value)) problems.push(labelSentence);
  return problems;
}

function dns1035Problems(value: string): string[] {
  const problems: string[] = [];
  if (value.length > 63) problems.push(tooLong(63));
  if (!dns1035Form.test(value)) problems.push(dns1035Sentence);
  return problems;
}

/** What is wrong with the name of an object under the rule of its resource. */
export function nameProblems(name: string, rule: NameRule): string[] {
  switch (rule) {
    case 'subdomain':
      return subdomainProblems(name);
    case 'label':
      return dnsLabelProblems(name);
    case 'dns1035':
      return dns1035Problems(name);
  }
}
