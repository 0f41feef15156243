// What the etcd tab holds: the keys that were read, and the value that is shown. It outlives the tab, not the cluster.
import { create } from 'zustand';
import type { EtcdKeys, EtcdValue } from '../../../app/contract/etcd.ts';
import { call, sentenceOf } from '../../bridge/call.ts';

type Page = Extract<EtcdKeys, { ok: true }>;

/** More keys than anybody reads in one list: a longer prefix says which. */
export const MOST_KEYS = 20_000;

export interface EtcdState {
  /** The cluster file that it is about; another one forgets all. */
  readonly clusterFile: string | null;
  readonly prefix: string;
  /** Null: wherever it is found. */
  readonly node: string | null;
  /** Of the page read last. */
  readonly page: Page | null;
  readonly keys: Page['keys'];
  /** Keys that there are under the prefix. */
  readonly total: number;
  readonly refused: Extract<EtcdKeys, { ok: false }> | null;
  readonly reading: boolean;
  readonly opened: ReadonlyMap<string, boolean>;
  readonly selected: string | null;
  /** Null while it is being read. */
  readonly value: EtcdValue | null;
}

const empty: Omit<EtcdState, 'clusterFile' | 'prefix' | 'node'> = {
  page: null,
  keys: [],
  total: 0,
  refused: null,
  reading: false,
  opened: new Map(),
  selected: null,
  value: null,
};

export const useEtcd = create<EtcdState>(() => ({ clusterFile: null, prefix: '/', node: null, ...empty }));

/** What was asked last: an answer to something else is late. */
let asked = 0;

/** Forgets what was read in another cluster. */
export function enterCluster(clusterFile: string | null): void {
  if (useEtcd.getState().clusterFile === clusterFile) return;
  asked += 1;
  useEtcd.setState({ clusterFile, prefix: '/', node: null, ...empty });
}

/** Reads the first page anew. */
export function listKeys(prefix: string, node: string | null): void {
  useEtcd.setState({ ...empty, prefix, node, reading: true });
  read(null);
}

export function moreKeys(): void {
  const { page, reading } = useEtcd.getState();
  if (page?.next === undefined || page.next === null || reading) return;
  useEtcd.setState({ reading: true });
  read(page.next);
}

function read(from: string | null): void {
  asked += 1;
  const mine = asked;
  const { prefix, node, page } = useEtcd.getState();
  call('etcd.keys', { node: page?.node ?? node, prefix, from }).then(
    (answer) => {
      if (mine === asked) take(answer, from);
    },
    (error: unknown) => {
      if (mine === asked) take({ ok: false, sentence: sentenceOf(error), command: null }, from);
    },
  );
}

function take(answer: EtcdKeys, from: string | null): void {
  if (!answer.ok) {
    useEtcd.setState({ refused: answer, reading: false });
    return;
  }
  useEtcd.setState(({ keys }) => {
    const before = from === null ? [] : keys;
    return {
      page: answer,
      keys: [...before, ...answer.keys],
      total: before.length + answer.count,
      refused: null,
      reading: false,
    };
  });
}

export function toggleFolder(key: string, open: boolean): void {
  useEtcd.setState(({ opened }) => ({ opened: new Map(opened).set(key, open) }));
}

/** Null: nothing. The value is read at once. */
export function showKey(selected: string | null): void {
  const { page } = useEtcd.getState();
  useEtcd.setState({ selected, value: null });
  if (selected === null || page === null) return;
  const late = (): boolean => useEtcd.getState().selected !== selected;
  call('etcd.value', { node: page.node, key: selected }).then(
    (value) => {
      if (!late()) useEtcd.setState({ value });
    },
    (error: unknown) => {
      if (!late()) useEtcd.setState({ value: { ok: false, sentence: sentenceOf(error), command: null } });
    },
  );
}
