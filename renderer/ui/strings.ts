/** English words of the parts that several features share. */
export const entityMenuStrings = {
  label: 'What one can do with it',
  inspect: 'Inspect',
  terminalIn: (pod: string): string => `Terminal in ${pod}`,
  terminalOn: (node: string): string => `Terminal on ${node}`,
  copy: (text: string): string => `Copy ${text}`,
};
