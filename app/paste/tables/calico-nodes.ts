// `calicoctl get node -o wide` (calicoctl resourcemgr/node.go): the address by which each node peers, as Calico has it.
import { CIDR, isCidr, objectName, type ObjectTable } from './table.ts';

export const calicoNodes: ObjectTable = {
  command: 'calicoctl get node -o wide',
  isHeading: (columns) => columns.has('NAME') && columns.has('ASN') && columns.has('IPV4'),
  row: new RegExp(
    String.raw`^(?<NAME>[a-z0-9][a-z0-9.-]{0,252})\s+(?<ASN>\(?\d{4,10}\)?)\s+(?<IPV4>${CIDR})(?:\s+(?<IPV6>${CIDR}))?\s*$`,
  ),
  objectsOf: ({ cell }) => {
    const name = objectName(cell('NAME'));
    const told = [cell('IPV4'), cell('IPV6')];
    if (name === null || !told.every((one) => one === null || isCidr(one))) return null;
    const [four, six] = told;
    const asNumber = /^\d{1,10}$/.test(cell('ASN') ?? '') ? cell('ASN') : null;
    const annotations = Object.entries({
      'projectcalico.org/IPv4Address': four,
      'projectcalico.org/IPv6Address': six,
      // In brackets it is the cluster's, and none of the node's own.
      'projectcalico.org/ASNumber': asNumber,
    }).flatMap(([key, value]): [string, string][] =>
      value === null || value === undefined ? [] : [[key, value]],
    );
    return [
      {
        kind: 'nodes',
        fact: {
          name,
          addresses: told.flatMap((one) => one?.split('/')[0] ?? []),
          bootId: null,
          podCidrs: [],
          labels: {},
          annotations: Object.fromEntries(annotations),
        },
      },
    ];
  },
};
