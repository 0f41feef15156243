// The discover document for a person at a terminal.
import { plainText } from '../../app/plain-text.ts';
import { textTable } from './text-table.ts';
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';

function cniText({ name, mode }: DiscoverDocument['nodes'][number]['cni']): string {
  if (name === null && mode === null) return '';
  return `  ${plainText([name ?? 'unknown network', mode].filter((word) => word !== null).join(' · '))}`;
}

type TunnelDocument = NonNullable<DiscoverDocument['nodes'][number]['interfaces'][number]['tunnel']>;

/** "VNI 4096, UDP 4789, from 10.12.22.151". */
function tunnelText({ vni, port, local, remote }: TunnelDocument): string {
  const parts = [
    ...(vni === null ? [] : [`VNI ${vni}`]),
    ...(port === null ? [] : [`UDP ${port}`]),
    ...(local === null ? [] : [`from ${local}`]),
    ...(remote === null ? [] : [`to ${remote}`]),
  ];
  return parts.join(', ');
}

export function discoverText(document: DiscoverDocument): string {
  let text = '';
  for (const node of document.nodes) {
    const kernel = node.kernel === '' ? '' : `  Linux ${plainText(node.kernel)}`;
    text += `${plainText(node.name)}  ${node.addresses.map(plainText).join(', ')}${kernel}${cniText(node.cni)}
`;
    text += textTable(
      node.interfaces.map((i) => [
        `${i.ifindex ?? '?'}: ${i.name}`,
        i.kind,
        i.state ?? '',
        i.mtu === null ? '' : `mtu ${i.mtu}`,
        i.addresses.join(', '),
        i.tunnel === null ? '' : tunnelText(i.tunnel),
        i.peer === null ? '' : `↔ ${i.peer.pod ?? i.peer.namespace ?? '?'} ${i.peer.interface}`,
      ]),
      '  ',
    );
    const main = node.routes.filter((route) => route.table === 'main' && !route.dst.startsWith('fe80'));
    if (main.length > 0) text += '  routes\n';
    text += textTable(
      main.map((r) => [
        r.type === 'unicast' ? r.dst : `${r.type} ${r.dst}`,
        r.via === null ? '' : `via ${r.via}`,
        r.dev === null ? '' : `dev ${r.dev}`,
        `${r.owner} (proto ${r.proto})`,
      ]),
      '    ',
    );
    if (node.bgp.length > 0) text += '  BGP\n';
    text += textTable(
      node.bgp.map((s) => [
        s.name,
        s.peer ?? '',
        `${s.state} ${s.info}`,
        `since ${s.since}`,
        `in ${s.imported ?? '?'} out ${s.exported ?? '?'}`,
      ]),
      '    ',
    );
    text += '\n';
  }
  text += textTable(
    [
      ['NAMESPACE', 'POD', 'NODE', 'IP', 'HOST INTERFACE', 'POD INTERFACE', 'MTU'],
      ...document.pods.map((p) => [
        p.namespace ?? '–',
        p.name,
        p.node ?? '–',
        p.ips.join(', '),
        p.hostInterface ?? '–',
        p.podInterface ?? '–',
        p.mtu === null ? '–' : String(p.mtu),
      ]),
    ],
    '',
  );
  if (document.warnings.length > 0) text += '\n';
  for (const warning of document.warnings) text += `warning: ${plainText(warning)}\n`;
  return text;
}
