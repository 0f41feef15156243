export const terminalStrings = {
  copyCommand: 'Copy the command that opened this terminal',
  empty: 'No terminal is open. Open one on a node or in a Pod, from its menu or the inspector.',
  opening: 'Opening…',
  close: 'Close this terminal',
  list: 'Terminals',
  howToLeave: 'Ctrl+Shift+K leaves the terminal',
  again: 'Open again',
};
