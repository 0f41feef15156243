// etcd's keys as a tree, and Calico's JSON behind them, each with the command that reads it. Nothing is written.
import { type ReactNode, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { plainText } from '../../../app/plain-text.ts';
import { useSession } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { EtcdCommand } from './etcd-command.tsx';
import { enterCluster, listKeys, MOST_KEYS, moreKeys, useEtcd } from './etcd-state.ts';
import { EtcdTreeView } from './etcd-tree-view.tsx';
import { etcdRows } from './etcd-tree.ts';
import { EtcdValueView } from './etcd-value.tsx';
import { etcdStrings } from './strings.ts';
import './etcd.css';

export function EtcdView(): ReactNode {
  const clusterFile = useSession((state) => state.view.clusterFile);
  const page = useEtcd((state) => state.page);
  const refused = useEtcd((state) => state.refused);
  const reading = useEtcd((state) => state.reading);
  const untouched = page === null && refused === null && !reading;
  useEffect(() => {
    enterCluster(clusterFile);
    // Whoever opens the tab wants to see what is there.
    if (clusterFile !== null && untouched) listKeys(useEtcd.getState().prefix, null);
  }, [clusterFile, untouched]);
  const [filter, setFilter] = useState('');
  return (
    <div className="dock-tab" data-testid="etcd">
      <EtcdBar filter={filter} onFilter={setFilter} />
      {page === null ? null : <EtcdCommand node={page.node} command={page.typed} />}
      {refused === null ? null : (
        <div className="etcd-refused" role="alert" data-testid="etcd-refused">
          <p>{plainText(refused.sentence)}</p>
          {refused.command === null ? null : (
            <EtcdCommand node={page?.node ?? null} command={refused.command} />
          )}
        </div>
      )}
      {reading && page === null ? <p className="empty">{etcdStrings.reading}</p> : null}
      {page === null ? null : <EtcdBody filter={filter} />}
    </div>
  );
}

function EtcdBar({
  filter,
  onFilter,
}: {
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
}): ReactNode {
  const asked = useEtcd((state) => state.prefix);
  const node = useEtcd((state) => state.node);
  const page = useEtcd((state) => state.page);
  const reading = useEtcd((state) => state.reading);
  const [prefix, setPrefix] = useState(asked);
  return (
    <form
      className="dock-bar"
      onSubmit={(event) => {
        event.preventDefault();
        listKeys(prefix, node);
      }}
    >
      <label className="etcd-prefix">
        <span className="dim">{etcdStrings.prefix}</span>
        <input
          className="input mono"
          spellCheck={false}
          maxLength={2048}
          data-testid="etcd-prefix"
          value={prefix}
          onChange={(event) => {
            setPrefix(event.target.value);
          }}
        />
      </label>
      <Button type="submit" small disabled={reading} data-testid="etcd-list">
        {etcdStrings.list}
      </Button>
      <KeyCount />
      {page === null ? null : (
        <span className="dock-aside" title={etcdStrings.foundTitle(page.foundIn)}>
          {etcdStrings.found(page.node, page.endpoint)}
        </span>
      )}
      <input
        className="input"
        type="search"
        placeholder={etcdStrings.filter}
        aria-label={etcdStrings.filter}
        value={filter}
        onChange={(event) => {
          onFilter(event.target.value);
        }}
      />
    </form>
  );
}

function KeyCount(): ReactNode {
  const page = useEtcd((state) => state.page);
  const shown = useEtcd((state) => state.keys.length);
  const total = useEtcd((state) => state.total);
  const reading = useEtcd((state) => state.reading);
  if (page === null) return null;
  const more = page.next !== null;
  return (
    <>
      <span className="dim" role="status">
        {etcdStrings.shown(shown, total)}
        {page.unread === 0 ? '' : `; ${etcdStrings.unread(page.unread)}`}
      </span>
      {more && shown < MOST_KEYS ? (
        <Button small look="quiet" disabled={reading} onClick={moreKeys} data-testid="etcd-more">
          {etcdStrings.more}
        </Button>
      ) : null}
      {more && shown >= MOST_KEYS ? <span className="dim">{etcdStrings.enough}</span> : null}
    </>
  );
}

function EtcdBody({ filter }: { readonly filter: string }): ReactNode {
  const keys = useEtcd((state) => state.keys);
  const opened = useEtcd((state) => state.opened);
  const sought = useDeferredValue(filter);
  const names = useMemo(() => keys.map(({ key }) => key), [keys]);
  const rows = useMemo(() => etcdRows(names, opened, sought), [names, opened, sought]);
  return (
    <div className="etcd-body">
      {rows.length === 0 ? (
        <p className="empty">{keys.length === 0 ? etcdStrings.empty : etcdStrings.nothing}</p>
      ) : (
        <EtcdTreeView rows={rows} />
      )}
      <EtcdValueView />
    </div>
  );
}
