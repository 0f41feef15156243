// A filter's tree as text, so that what is read back can be compared with it.
import type { Written, WrittenValue } from '../syntax.ts';

const JOINS = { and: '&&', or: '||', xor: '^^' } as const;

/** With more parentheses than are needed. */
export function printed(written: Written): string {
  switch (written.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return `(${printed(written.left)}) ${JOINS[written.kind]} (${printed(written.right)})`;
    case 'not':
      return `!(${printed(written.of)})`;
    case 'exists':
      return value(written.of);
    case 'compare':
      return `${which(written.quantifier)}${value(written.left)} ${written.comparison} ${value(written.right)}`;
    case 'in': {
      const members = written.members.map(
        ({ from, to }) => `${value(from)}${to === null ? '' : ` .. ${value(to)}`}`,
      );
      return `${which(written.quantifier)}${value(written.left)} in {${members.join(', ')}}`;
    }
  }
}

function which(quantifier: string | null): string {
  return quantifier === null ? '' : `${quantifier} `;
}

function value(written: WrittenValue): string {
  switch (written.kind) {
    case 'word':
      return written.text;
    case 'string':
      return written.raw ? `r"${written.bytes}"` : `"${escaped(written.bytes)}"`;
    case 'character':
      return `'\\x${hex(written.value)}'`;
    case 'sliced':
      return `${value(written.of)}[${written.text}]`;
    case 'masked':
      return `${value(written.of)} & ${value(written.by)}`;
    case 'call':
      return `${written.name.text}(${written.of.map(value).join(', ')})`;
  }
}

function escaped(bytes: string): string {
  return bytes.replace(/[^ !#-[\]-~]/gu, (byte) => `\\x${hex(byte.charCodeAt(0))}`);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
