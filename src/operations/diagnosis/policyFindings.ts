import { policyStatuses, type PolicyCondition, type StatusInput } from '../../controller/policies/policyStatus.js';
import { policyTitle } from '../../hints/policy/policy.js';
import { listed } from '../../model/text/listed.js';
import { about, type Finding } from './finding.js';

/** What policies there are and what is wrong with them; nothing where there are none. */
export function aboutPolicies(input: StatusInput): Finding[] {
  const statuses = [...policyStatuses(input)].map(([policy, { services, conditions }]) => ({
    title: policyTitle(policy),
    summary: `${policyTitle(policy)} (${policy.enforcement}, ${services.matched} Service${services.matched === 1 ? '' : 's'})`,
    conditions,
  }));
  if (statuses.length === 0) return [];
  const titles = statuses.map(({ title }) => title);
  const summaries = statuses.map(({ summary }) => summary);
  const failing = (type: PolicyCondition['type'], status: PolicyCondition['status'], rest: Failing): Finding[] =>
    statuses.flatMap(({ title, conditions }) => {
      const condition = conditions.find((one) => one.type === type && one.status === status);
      if (condition === undefined) return [];
      const message = `${title}: ${condition.message}.`;
      return [{ level: 'warning', subject: 'policies', ...rest, message, ...about([title]) }];
    });
  return [
    {
      level: 'info',
      subject: 'policies',
      code: 'PoliciesInUse',
      message: `${statuses.length === 1 ? 'One policy' : `${statuses.length} policies`}: ${listed(summaries)}.`,
      ...about(titles),
    },
    ...failing('Accepted', 'False', {
      code: 'PolicyNotAccepted',
      advice: 'Correct the spec; until then the policy selects nothing, and its limits do not hold.',
    }),
    ...failing('Conflicted', 'True', {
      code: 'PolicyConflicted',
      advice: 'Let one policy set the default, or let their selectors exclude each other.',
    }),
  ];
}

type Failing = Pick<Finding, 'code' | 'advice'>;
