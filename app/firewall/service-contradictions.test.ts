import { expect, it } from 'vitest';
import { emptyInventory, type Inventory } from '../probe/inventory.ts';
import { endpointSliceFact, serviceFact } from '../probe/kube-core.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import { parseIpVs } from '../probe/ip-vs.ts';
import { UNREAD_RULE } from '../probe/whole-filters.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import { listed } from '../topology/testing/listed-kind.ts';
import { nodeServices } from './node-services.ts';

const names = { podByAddress: new Map(), podByInterface: new Map(), calico: new Map() };

interface Endpoint {
  readonly address: string;
  readonly conditions?: object;
  readonly hints?: object;
}

function inventoryOf(endpoints: readonly Endpoint[], spec: object = {}): Inventory {
  const service = serviceFact({
    metadata: { namespace: 'shop', name: 'web' },
    spec: {
      clusterIPs: ['10.96.7.7', 'fd00:96::7'],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      ...spec,
    },
  });
  const slice = (name: string, port: string, some: readonly Endpoint[]) =>
    endpointSliceFact({
      metadata: { namespace: 'shop', name, labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: some.map(({ address, ...rest }) => ({ addresses: [address], ...rest })),
      ports: [{ name: port, port: 8080, protocol: 'TCP' }],
    });
  const [http, admin] = [slice('a', 'http', endpoints), slice('b', 'admin', [{ address: '192.168.9.9' }])];
  if (service === null || http === null || admin === null) throw new Error('no facts');
  return {
    ...emptyInventory,
    kinds: { ...emptyInventory.kinds, services: listed, endpointSlices: listed },
    services: { s: service },
    endpointSlices: { a: http, b: admin },
  };
}

/** kube-proxy's rules for these endpoints. */
function rules(...addresses: string[]): FirewallReading {
  const lines = addresses.flatMap((address, at) => [
    `-A KUBE-SVC-A${at === addresses.length - 1 ? '' : ` -m statistic --mode random --probability 0.5`} -j KUBE-SEP-${at}`,
    `-A KUBE-SEP-${at} -p tcp -m tcp -j DNAT --to-destination ${address}:8080`,
  ]);
  const text = `*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -d 10.96.7.7/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-A\n${lines.join('\n')}\nCOMMIT\n`;
  const source = { backend: 'nft-compat', family: 'ip', evidence: 'n' } as const;
  return { ...nothing, tables: parseXtablesSave(text, source).tables.entries };
}
const nothing = { tables: [], ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 };

function said(reading: FirewallReading, inventory: Inventory, sentence: string | null = null): string[] {
  const head = { node: 'n', known: true, sentence, at: { s: 1, ns: 0 }, interval: null };
  const known = { now: { reading, at: head.at }, before: null, head };
  return nodeServices(known, names, inventory, '').contradictions;
}
const [one, two] = [{ address: '192.168.1.3' }, { address: '192.168.2.3' }];

it('kube-proxy that is behind is told, both ways', () => {
  expect(said(rules('192.168.1.3', '192.168.2.3'), inventoryOf([one, two]))).toEqual([]);
  expect(said(rules('192.168.1.3'), inventoryOf([one, two]))).toEqual([
    expect.stringMatching(/^n sends nothing of shop\/web:http to 192\.168\.2\.3, which is ready/),
  ]);
  expect(said(rules('192.168.1.3', '192.168.2.3'), inventoryOf([one]))).toEqual([
    expect.stringMatching(/^n still sends shop\/web:http to 192\.168\.2\.3, which is not a ready endpoint/),
  ]);
});

it('what kube-proxy leaves out on purpose is none: Local, hints, another port', () => {
  const local = inventoryOf([one, two], { internalTrafficPolicy: 'Local' });
  expect(said(rules('192.168.1.3'), local)).toEqual([]);
  const zone = { forZones: [{ name: 'a' }] };
  expect(said(rules('192.168.1.3'), inventoryOf([one, { ...two, hints: zone }]))).toEqual([]);
});

it('nor are endpoints that end while they serve, and those of IPVS without weight', () => {
  const ending = { conditions: { ready: false, serving: true, terminating: true } };
  expect(said(rules('192.168.1.3'), inventoryOf([{ ...one, ...ending }]))).toEqual([]);
  // Another is ready: then they get nothing more.
  expect(said(rules('192.168.1.3', '192.168.2.3'), inventoryOf([{ ...one, ...ending }, two]))).toHaveLength(
    1,
  );
  const ipvs = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A600707:0050 rr
  -> C0A80103:1F90      Masq    1      0          0
  -> C0A80203:1F90      Masq    0      1          0
`;
  expect(said({ ...nothing, virtualServers: parseIpVs(ipvs).entries }, inventoryOf([one]))).toEqual([]);
});

it('a Service without a rule, but not of a family or reading that is not whole', () => {
  const other = inventoryOf([], { clusterIPs: ['10.96.8.8', 'fd00:96::8'] });
  const missing =
    'n has no rule for shop/web:http (10.96.8.8:80/tcp): nothing there takes its packets to an endpoint.';
  const behind = said(rules('192.168.1.3'), other).filter((sentence) => sentence.includes('no rule'));
  expect(behind).toEqual([missing]);
  const cut = said(
    rules('192.168.1.3'),
    other,
    'The IPv4 rules of n are not all known: the answer was cut off.',
  );
  expect(cut.filter((sentence) => sentence.includes('no rule'))).toEqual([]);
});

it('nothing is missing where a rule of kube-proxy’s was not read, as a masked one of a paste; what is there is told', () => {
  const masked = (chain: string, ...addresses: string[]): FirewallReading => {
    const reading = rules(...addresses);
    const gap = { backend: 'xt', text: `-j ${UNREAD_RULE}`, line: 1, packets: null, bytes: null } as const;
    return {
      ...reading,
      tables: reading.tables.map((table) => ({
        ...table,
        chains: table.chains.map((one) =>
          one.name === chain ? { ...one, rules: [...one.rules, gap] } : one,
        ),
      })),
    };
  };
  const other = inventoryOf([], { clusterIPs: ['10.96.8.8'] });
  expect(said(masked('KUBE-SERVICES'), other)).toEqual([]);
  expect(said(masked('FORWARD'), other)).toHaveLength(1);
  expect(said(masked('KUBE-SVC-A', '192.168.1.3'), inventoryOf([one, two]))).toEqual([]);
  expect(said(masked('KUBE-SVC-A', '192.168.1.3'), inventoryOf([two]))).toEqual([
    expect.stringContaining('still sends shop/web:http to 192.168.1.3'),
  ]);
});
