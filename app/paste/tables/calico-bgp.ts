// `calicoctl get bgppeer` and `calicoctl get bgpconfig` (calicoctl resourcemgr/bgppeer.go, bgpconfig.go).
import { A, isAddress, objectName, type ObjectTable } from './table.ts';

export const calicoBgpPeers: ObjectTable = {
  command: 'calicoctl get bgppeer',
  isHeading: (columns) => ['NAME', 'PEERIP', 'NODE'].every((one) => columns.has(one)),
  row: new RegExp(
    String.raw`^(?<NAME>[a-z0-9][a-z0-9.-]{0,252})\s+(?<PEERIP>${A}(?::\d{1,5})?)\s+(?<NODE>\(global\)|has\(.{1,200}\)|\S{1,100} == \S(?:.{0,200}\S)?)\s+(?<ASN>\d{1,10})\s*$`,
  ),
  objectsOf: ({ cell, isCut }) => {
    const name = objectName(cell('NAME'));
    const peerIp = cell('PEERIP');
    const of = cell('NODE');
    const asNumber = cell('ASN');
    // Every peer is somebody's: of which nodes was cut away.
    if (of === null || isCut('PEERIP')) return null;
    if (name === null || !isAddress((peerIp ?? '0.0.0.0').replace(/(?<=\.\d{1,3}):\d{1,5}$/, '')))
      return null;
    if (asNumber !== null && !/^\d{1,10}$/.test(asNumber)) return null;
    // Neither a node nor `(global)`: a selector of nodes.
    const node = objectName(of);
    return [
      {
        kind: 'calico.bgpPeers',
        fact: {
          name,
          node,
          nodeSelector: node === null && of !== '(global)' ? of : null,
          peerIp,
          peerSelector: null,
          asNumber: asNumber === null || asNumber === '0' ? null : Number(asNumber),
          hasPassword: false,
        },
      },
    ];
  },
};

export const calicoBgpConfigurations: ObjectTable = {
  command: 'calicoctl get bgpconfig',
  isHeading: (columns) => ['NAME', 'MESHENABLED'].every((one) => columns.has(one)),
  row: /^(?<NAME>default|node\.[a-z0-9.-]{1,253})\s+(?<LOGSEVERITY>[A-Z][a-z]{3,8})\s+(?<MESHENABLED>true|false|-)\s+(?<ASNUMBER>\d{1,10}|-)\s*$/,
  objectsOf: ({ cell }) => {
    const name = objectName(cell('NAME'));
    const mesh = cell('MESHENABLED');
    const asNumber = cell('ASNUMBER');
    if (name === null || !/^(?:true|false|-)$/.test(mesh ?? '')) return null;
    return [
      {
        kind: 'calico.bgpConfigurations',
        fact: {
          name,
          asNumber: /^\d{1,10}$/.test(asNumber ?? '') ? Number(asNumber) : null,
          // `-` is what Calico takes for true.
          nodeToNodeMesh: mesh !== 'false',
          listenPort: null,
          serviceCidrs: [],
        },
      },
    ];
  },
};
