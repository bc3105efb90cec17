/** Labels of the Lease that controllers elect a leader by. `slicehints cleanup` finds controllers by the second one. */
export const LEASE_LABELS: Readonly<Record<string, string>> = {
  'app.kubernetes.io/name': 'slicehints',
  'slicehints.io/component': 'controller',
};

/** Selects the Leases of controllers, whatever their names and namespaces. */
export const LEASE_SELECTOR = 'slicehints.io/component=controller';
