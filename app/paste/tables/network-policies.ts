// `kubectl get networkpolicies` (k8s.io/kubernetes pkg/printers/internalversion/printers.go, printNetworkPolicy): whom each is for,
// and not what it lets through.
import { NEVER, objectName, type ObjectTable } from './table.ts';

export const networkPolicies: ObjectTable = {
  command: 'kubectl get networkpolicies -A',
  isHeading: (columns) => columns.has('NAME') && columns.has('PODSELECTOR'),
  // `web app=web 5d` may be anybody's.
  row: NEVER,
  objectsOf: ({ cell, has, namespace }) => {
    const name = objectName(cell('NAME'));
    const selector = cell('PODSELECTOR');
    if (name === null || !has('PODSELECTOR')) return null;
    const untold = { tier: null, order: null, types: [], ingressRules: 0, egressRules: 0 };
    return [{ kind: 'networkPolicies', fact: { ...untold, namespace, name, selector: selector ?? '' } }];
  },
};
