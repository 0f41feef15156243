/** English words of the parts that several features share. */
export const entityMenuStrings = {
  label: 'What one can do with it',
  inspect: 'Inspect',
  watch: (pod: string): string => `Watch ${pod}`,
  terminalIn: (pod: string): string => `Terminal in ${pod}`,
  terminalOn: (node: string): string => `Terminal on ${node}`,
  copy: (text: string): string => `Copy ${text}`,
  whatIf: {
    link: 'What if this link fails?',
    session: 'What if this session fails?',
    node: 'What if this node fails?',
  },
};

export const crashStrings = {
  window: 'The window met a bug.',
  goesOn: 'The session goes on in the background. Reload the window to see it again.',
  reload: 'Reload the window',
  copyReport: 'Copy the report',
  part: (name: string): string => `The ${name} met a bug. The rest of the window goes on.`,
  again: 'Show it again',
};

export const terminalButtonStrings = {
  pasted: 'This was pasted: there is no connection that a terminal could run on',
  inPod: (pod: string): string => `Open a terminal in ${pod}`,
  onNode: (node: string): string => `Open a terminal on ${node}`,
  terminal: 'Terminal',
};

export const toastStrings = {
  more: (count: number): string => `+${String(count)} more`,
  dismissAll: 'Dismiss all',
  dismiss: 'Dismiss',
};

export const copyStrings = { copy: 'copy', copied: 'copied' };

export const evidenceStrings = {
  output: 'all it printed',
  gone: 'This output is no longer kept.',
  views: {
    firewall: (node: string): string => `see the firewall of ${node}`,
    bgp: (): string => 'see the BGP sessions',
    drops: (): string => 'see the drops',
    node: (node: string): string => `see ${node}`,
  },
};

export const typedCommandStrings = {
  copy: 'Copy the command',
  type: 'type',
  typeOn: (node: string): string => `Type it in a terminal on ${node}; Enter is yours`,
};
