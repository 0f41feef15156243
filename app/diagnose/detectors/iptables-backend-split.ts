// Rules of iptables' two backends at once (calico#2322): packets pass both, and each tool shows one of them. One that drops is not seen by who
// looks with the other.
import { onEachNode, proof } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { oddOnesOut } from '../odd-one-out.ts';
import { filtersOf } from '../subject.ts';
import type { FirewallReading, FirewallTable } from '../../probe/firewall-facts.ts';

/** What kubelet, kube-proxy and iptables-wrappers leave in a backend only to see which one is used. */
const SIGNPOST = /^KUBE-(IPTABLES-HINT|KUBELET-CANARY|PROXY-CANARY)$/;

export const iptablesBackendSplit: Detector = {
  id: 'iptables-backend-split',
  concludes: 'iptables-legacy and iptables-nft both hold rules on one node',
  explainedBy: [],
  detect(cluster) {
    const used = new Map(
      cluster.nodes.flatMap(({ label, snapshot }) => {
        const reading = snapshot.firewall?.value ?? null;
        const main = reading === null ? null : mainBackend(reading);
        return main === null ? [] : [[label, main] as const];
      }),
    );
    const usual = oddOnesOut(used)?.usual ?? null;
    return onEachNode(
      cluster,
      'packet filters',
      ({ snapshot }) => snapshot.firewall,
      ({ label }, reading): Draft[] => {
        const legacy = rulesOf(reading, 'legacy');
        const nft = rulesOf(reading, 'nft-compat');
        if (legacy.count === 0 || nft.count === 0) return [];
        const fewer = legacy.count < nft.count ? legacy : nft;
        return [
          draft({
            // Rules that let all pass harm nobody yet.
            severity: fewer.drops ? 'error' : 'warning',
            node: label,
            title: `${label} has rules in both backends of iptables`,
            because: `iptables-legacy holds ${legacy.count} (${legacy.where}), iptables-nft ${nft.count} (${nft.where}). Every packet passes both; whoever asks one does not see what the other does to it.${usual === null || usual === mainBackend(reading) ? '' : ` Most other nodes use ${usual === 'legacy' ? 'iptables-legacy' : 'iptables-nft'}.`}`,
            proofs: fewer.evidence.flatMap((id) => proof({ evidence: [id] }, '-A', ...fewer.chains)),
            mend: [
              'Let all programs of the node use one: FELIX_IPTABLESBACKEND, update-alternatives, the image of kube-proxy. Then empty the other, after a look at what it holds.',
              `iptables-legacy-save; iptables-nft-save   # on ${label}`,
              'update-alternatives --display iptables',
            ],
            breaks: [filtersOf(label, fewer === legacy ? 'legacy' : 'nft-compat')],
          }),
        ];
      },
    );
  },
};

interface Rules {
  readonly count: number;
  readonly where: string;
  readonly chains: readonly string[];
  readonly evidence: readonly string[];
  readonly drops: boolean;
}

function rulesOf({ tables }: FirewallReading, backend: FirewallTable['backend']): Rules {
  const filled = tables
    .filter((table) => table.backend === backend && (table.family === 'ip' || table.family === 'ip6'))
    .flatMap((table) =>
      table.chains
        .filter(({ name, rules }) => rules.length > 0 && !SIGNPOST.test(name))
        .map((chain) => ({ table, chain })),
    );
  const names = [...new Set(filled.map(({ table, chain }) => `${table.name} ${chain.name}`))];
  return {
    count: filled.reduce((sum, { chain }) => sum + chain.rules.length, 0),
    where: `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`,
    chains: filled.slice(0, 5).map(({ chain }) => chain.name),
    drops: filled.some(
      ({ chain }) =>
        chain.hook?.policy === 'drop' ||
        chain.rules.some((rule) => rule.backend === 'xt' && /-j (DROP|REJECT)\b/.test(rule.text)),
    ),
    evidence: [...new Set(filled.map(({ table }) => table.evidence))].slice(0, 2),
  };
}

function mainBackend(reading: FirewallReading): 'legacy' | 'nft-compat' | null {
  const [legacy, nft] = [rulesOf(reading, 'legacy').count, rulesOf(reading, 'nft-compat').count];
  if (legacy === nft) return null;
  return legacy > nft ? 'legacy' : 'nft-compat';
}
