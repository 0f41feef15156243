import { countText } from '../../state/text.ts';

export const detailStrings = {
  label: 'The selected packet',
  panel: 'packet',
  size: 'Size of the selected packet’s pane',
  tree: 'Fields of the packet',
  bytes: 'Bytes of the packet',
  packet: (number: number): string => `Packet ${number.toLocaleString('en')}`,
  captured: (captured: number, length: number): string =>
    captured < length
      ? `${captured.toLocaleString('en')} of ${length.toLocaleString('en')} B`
      : countText(length, 'byte', 'bytes'),
  cutTitle: (captured: number, length: number): string =>
    `Captured: ${captured.toLocaleString('en')} of ${countText(length, 'byte', 'bytes')}. Only the beginning of each packet is; what comes after it was never here.`,
  left: 'not kept any more',
  leftTitle:
    'There was no more room for the oldest packets, of which this is one. What is shown here was read before.',
  leftUnread:
    'This packet is not kept any more: the oldest ones make room for the newest. Choose a later one.',
  close: 'Close the packet (Esc)',
  copy: 'Copy',
  copyFieldText: 'Copy field as text',
  copyFieldHex: 'Copy field’s bytes as hex',
  copyFieldFilter: 'Copy field as filter',
  copyPacketText: 'Copy packet as text',
  copyPacketHex: 'Copy packet as hex dump',
  copied: (what: string): string => `${what} copied`,
  fieldMenu: (field: string): string => `The field ${field}`,
  noBytes: 'Nothing of this packet was captured.',
  bytesRange: (at: number, length: number): string =>
    length === 1 ? `byte ${String(at)}` : `bytes ${String(at)}–${String(at + length - 1)}`,
};
