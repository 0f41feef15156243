// `calicoctl get ippool`, wide or not (calicoctl resourcemgr/ippool.go), and `kubectl get ippools -o custom-columns` with
// columns of such names. Not wide it tells no encapsulation.
import type { IpPoolFact } from '../../probe/kube-facts.ts';
import { CIDR, isCidr, objectName, type ObjectTable, type TableRow } from './table.ts';

const MODE = '(?:Never|Always|CrossSubnet)';

export const calicoPools: ObjectTable = {
  command: 'calicoctl get ippool -o wide',
  isHeading: (columns) =>
    columns.has('NAME') &&
    columns.has('CIDR') &&
    ['SELECTOR', 'IPIPMODE', 'VXLANMODE', 'IPIP', 'VXLAN', 'NAT', 'DISABLED'].some((one) => columns.has(one)),
  row: new RegExp(
    String.raw`^(?<NAME>[a-z0-9][a-z0-9.-]{0,252})\s+(?<CIDR>${CIDR})\s+(?<NAT>true|false)\s+(?<IPIPMODE>${MODE})\s+(?:(?<VXLANMODE>${MODE})\s+)?(?<DISABLED>true|false)(?:\s.{0,500})?$`,
  ),
  objectsOf: (row) => {
    const fact = poolOf(row);
    return fact === null ? null : [{ kind: 'calico.pools', fact }];
  },
};

function poolOf({ cell }: TableRow): IpPoolFact | null {
  const name = objectName(cell('NAME'));
  const cidr = cell('CIDR');
  if (name === null || cidr === null || !isCidr(cidr)) return null;
  const modeOf = (...columns: readonly string[]): string =>
    columns.map(cell).find((one) => one !== null) ?? '';
  const modes = [modeOf('IPIPMODE', 'IPIP'), modeOf('VXLANMODE', 'VXLAN')];
  if (!modes.every((mode) => mode === '' || new RegExp(`^${MODE}$`).test(mode))) return null;
  const blockSize = Number(cell('BLOCKSIZE') ?? '');
  return {
    name,
    cidr,
    blockSize: blockSize > 0 && blockSize <= 128 ? blockSize : null,
    ipipMode: modes[0] ?? '',
    vxlanMode: modes[1] ?? '',
    natOutgoing: (cell('NAT') ?? cell('NATOUTGOING')) === 'true',
    disabled: cell('DISABLED') === 'true',
    disableBgpExport: cell('DISABLEBGPEXPORT') === 'true',
    nodeSelector: cell('SELECTOR') ?? '',
  };
}
