import { describe, expect, test } from 'vitest';
import { dnsLabelProblems, labelKeyProblems, labelValueProblems, nameProblems, subdomainProblems } from '../../../src/sandbox/schema/nameRules.js'; // prettier-ignore

const long = (count: number): string => 'a'.repeat(count);

describe('names as the API server checks them', () => {
  test.each<[string, (text: string) => string[], string[], string[]]>([
    ['values of labels', labelValueProblems, ['', 'a', 'A_b.c-1', long(63)], ['-a', 'a.', 'a b', long(64)]],
    ['keys of labels', labelKeyProblems, ['a', 'a.b/C_d', long(63)], ['', '/a', 'a/', 'A/b', 'a/b/c', long(64), '-a']],
    ['subdomains', subdomainProblems, ['a', 'a.b-c', '1', long(253)], ['', 'A', 'a..b', '-a', 'a_b', long(254)]],
    ['labels', dnsLabelProblems, ['a', 'a-1', '1a', long(63)], ['', 'a.b', 'A', 'a-', long(64)]],
    ['DNS-1035 labels', (text) => nameProblems(text, 'dns1035'), ['a', 'a-1'], ['1a', 'a.b', '', long(64)]],
    ['names by the rule subdomain', (text) => nameProblems(text, 'subdomain'), ['a.b'], ['A']],
    ['names by the rule label', (text) => nameProblems(text, 'label'), ['1a'], ['a.b']],
  ])('%s', (_, problemsOf, good, bad) => {
    expect(good.filter((text) => problemsOf(text).length > 0)).toEqual([]);
    expect(bad.filter((text) => problemsOf(text).length === 0)).toEqual([]);
  });

  test.each<[string[], string]>([
    [labelValueProblems(long(64)), 'must be no more than 63 bytes'],
    [labelKeyProblems('/a'), 'prefix part must be non-empty'],
    [labelKeyProblems('a/'), 'name part must be non-empty'],
    [labelKeyProblems('A/b'), 'prefix part a lowercase RFC 1123 subdomain must consist of'],
    [labelKeyProblems(`a/${long(64)}`), 'name part must be no more than 63 bytes'],
    [labelKeyProblems('a/b/c'), "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"],
    [subdomainProblems(long(254)), 'must be no more than 253 bytes'],
    [nameProblems('1a', 'dns1035'), 'a DNS-1035 label must consist of'],
  ])('in its words: %j', ([first = '', ...more], words) => {
    expect(first).toContain(words);
    expect(more.length).toBeLessThanOrEqual(1);
  });
});
