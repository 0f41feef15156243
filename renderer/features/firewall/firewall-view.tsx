import { type ReactNode, useState } from 'react';
import { useAsked, type Asked } from '../../state/asked.ts';
import type { FirewallView as View } from '../../../app/firewall/firewall-model.ts';
import { chooseFirewall, openChain, useFirewall } from '../../state/firewall.ts';
import { useSession } from '../../state/session.ts';
import { useSelectedNode } from '../../state/selected-node.ts';
import { useTopology } from '../../state/topology.ts';
import { indexOf } from '../../state/topology-index.ts';
import { ChainDetail } from './chain-detail.tsx';
import { ChainsTable } from './chains-table.tsx';
import { DropsTable } from './drops-table.tsx';
import { Services } from './services.tsx';
import { firewallStrings } from './strings.ts';
import { Way } from './way.tsx';
import './firewall.css';

const EVERY_MS = 5_000;
type Look = keyof typeof firewallStrings.looks;
const looks: readonly Look[] = ['filters', 'services'];

export function FirewallView(): ReactNode {
  const topology = useTopology((state) => state.topology);
  const chosen = useFirewall((state) => state.node);
  const chain = useFirewall((state) => state.chain);
  const [look, setLook] = useState<Look>('filters');
  const [search, setSearch] = useState('');
  const labels = topology === null ? [] : indexOf(topology).nodes.map(({ label }) => label);
  // Until somebody chooses here, it is the node that the rest of the window is about.
  const node =
    [chosen, useSelectedNode()].find((each) => each !== null && labels.includes(each)) ?? labels[0];
  const wanted = search.trim();
  const asked = useAsked(
    'firewall.view',
    { node: node ?? '', search: look === 'filters' ? wanted : '' },
    EVERY_MS,
  );
  if (node === undefined) return <div className="empty">{firewallStrings.noNodes}</div>;
  return (
    <div className="dock-tab" data-testid="firewall">
      <div className="dock-bar">
        <select
          aria-label={firewallStrings.node}
          value={node}
          onChange={(event) => {
            chooseFirewall(event.target.value);
          }}
        >
          {labels.map((label) => (
            <option key={label}>{label}</option>
          ))}
        </select>
        <div className="segments" role="group" aria-label={firewallStrings.look}>
          {looks.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={look === each}
              onClick={() => {
                setLook(each);
                openChain(null);
              }}
            >
              {firewallStrings.looks[each]}
            </button>
          ))}
        </div>
        <input
          type="search"
          className="input"
          placeholder={look === 'filters' ? firewallStrings.searchChains : firewallStrings.searchServices}
          aria-label={look === 'filters' ? firewallStrings.searchChains : firewallStrings.searchServices}
          value={search}
          maxLength={256}
          onChange={(event) => {
            setSearch(event.target.value);
            openChain(null);
          }}
        />
        <Pace node={node} view={asked.answer} />
      </div>
      {chain !== null ? (
        <ChainDetail key={`${node} ${JSON.stringify(chain)}`} node={node} shown={chain} />
      ) : look === 'services' ? (
        <Services node={node} search={wanted} />
      ) : (
        <Filters node={node} search={wanted} {...asked} />
      )}
    </div>
  );
}

/** How old the rates are, and how full conntrack. */
function Pace({ node, view }: { readonly node: string; readonly view: View | null }): ReactNode {
  const isPaste = useSession((state) => state.view.paste !== null);
  if (view === null || view.node !== node || !view.known) return null;
  const { conntrack, interval } = view;
  const full = conntrack !== null && conntrack.count >= conntrack.max * 0.95;
  return (
    <span className="dock-aside">
      {conntrack === null ? null : (
        <span className={full ? 'firewall-full' : ''}>
          {firewallStrings.conntrack(conntrack.count, conntrack.max)} ·{' '}
        </span>
      )}
      {isPaste ? firewallStrings.pasted : firewallStrings.pace(interval)}
    </span>
  );
}

function Filters({
  node,
  search,
  answer,
  sentence,
}: Asked<'firewall.view'> & { readonly node: string; readonly search: string }): ReactNode {
  if (answer === null || answer.node !== node)
    return <div className="empty">{sentence ?? firewallStrings.waiting}</div>;
  if (!answer.known) return <div className="empty">{answer.sentence ?? firewallStrings.waiting}</div>;
  const { tables, dropping, bothBackends } = answer;
  // What is lost now is what one came for.
  const dropsNow = dropping.some(({ rate }) => (rate ?? 0) > 0);
  return (
    <div className="dock-rows firewall-rows">
      {[answer.sentence, sentence, bothBackends ? firewallStrings.both : null].map((said) =>
        said === null ? null : (
          <p key={said} className="dock-warning selectable">
            {said}
          </p>
        ),
      )}
      {tables.length === 0 ? <div className="empty">{firewallStrings.nothing}</div> : null}
      {search !== '' || tables.length === 0 ? null : dropsNow ? (
        <>
          <DropsTable spots={dropping} />
          <Way tables={tables} />
        </>
      ) : (
        <>
          <Way tables={tables} />
          <DropsTable spots={dropping} />
        </>
      )}
      {tables.length === 0 ? null : <ChainsTable tables={tables} search={search} />}
    </div>
  );
}
