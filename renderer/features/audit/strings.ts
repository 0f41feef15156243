export const auditStrings = {
  label: 'What was run on nodes',
  filter: 'Filter: node, login, command, outcome…',
  columns: {
    when: 'When, UTC',
    node: 'Node',
    login: 'Login',
    what: 'What',
    took: 'Took',
    outcome: 'Outcome',
    received: 'Received',
  },
  export: { csv: 'Export CSV', jsonl: 'Export JSON lines' },
  waiting: 'The audit is being read…',
  none: 'Nothing was run on a node yet.',
  noMatch: 'Nothing passes the filter.',
  running: 'running',
  sudo: 'root by sudo',
  tier: (tier: number | null): string => (tier === null ? 'rights not known yet' : `tier ${String(tier)}`),
  count: (shown: number, matching: number): string =>
    shown === matching
      ? `${matching.toLocaleString('en')} entries`
      : `the newest ${shown.toLocaleString('en')} of ${matching.toLocaleString('en')} entries`,
  written: (rows: number, file: string): string => `${rows.toLocaleString('en')} rows are in ${file}.`,
  writes: (file: string): string => `also appended to ${file}`,
  nodeClock: (when: string): string => `${when} by the node’s clock`,
};
