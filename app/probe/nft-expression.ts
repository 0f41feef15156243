// Expressions of nftables' JSON as nft writes them: `ip saddr`, `{ 22, 80-90 }`, `meta mark & 0x4000`.

type Fields = Readonly<Record<string, unknown>>;

/** Deeper ones are cut: no rule nests so far, and a made-up one must not fill the stack. */
const DEEPEST = 20;

export function nftExpression(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return '';
  if (depth > DEEPEST) return '…';
  const deeper = (part: unknown): string => nftExpression(part, depth + 1);
  if (Array.isArray(value)) return value.map(deeper).join(', ');
  if (typeof value !== 'object') return '';
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined) return '';
  const [name, part] = entry as [string, unknown];
  if (more.length > 0)
    return Object.entries(value)
      .map(([key, each]) => `${key} ${deeper(each)}`)
      .join(' ');
  if (Array.isArray(part)) return ofList(name, part, deeper);
  return isObject(part) ? ofFields(name, part, deeper) : `${name} ${deeper(part)}`.trimEnd();
}

/** The members of an anonymous set, or the one value. */
export function nftItems(value: unknown): string[] {
  if (Array.isArray(value)) return value.map((part) => nftExpression(part));
  if (isObject(value) && Array.isArray(value['set'])) return value['set'].map((part) => nftExpression(part));
  return [nftExpression(value)];
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ofList(name: string, parts: readonly unknown[], text: (part: unknown) => string): string {
  switch (name) {
    case 'set':
      return `{ ${parts.map((part) => (Array.isArray(part) ? part.map(text).join(' : ') : text(part))).join(', ')} }`;
    case 'concat':
      return parts.map(text).join(' . ');
    case 'range':
      return parts.map(text).join('-');
    case '|':
    case '&':
    case '^':
    case '<<':
    case '>>':
      return parts
        .map((part) => (Array.isArray(part) ? `(${part.map(text).join(' | ')})` : text(part)))
        .join(` ${name} `);
    default:
      return `${name} ${parts.map(text).join(', ')}`;
  }
}

function ofFields(name: string, fields: Fields, text: (part: unknown) => string): string {
  const at = (key: string): string => text(fields[key]);
  switch (name) {
    case 'payload':
      return fields['field'] === undefined
        ? `@${at('base')},${at('offset')},${at('len')}`
        : `${at('protocol')} ${at('field')}`;
    case 'meta':
      // These are written without the word.
      return /^(iif|oif)(name|type|group)?$/.test(at('key')) ? at('key') : `meta ${at('key')}`;
    case 'prefix':
      return `${at('addr')}/${at('len')}`;
    case 'ct':
      return ['ct', at('dir'), at('family'), at('key')].filter((word) => word !== '').join(' ');
    case 'fib':
      return `fib ${(Array.isArray(fields['flags']) ? fields['flags'] : [fields['flags']]).map(text).join(' . ')} ${at('result')}`;
    case 'numgen':
      return `numgen ${at('mode')} mod ${at('mod')}`;
    case 'elem':
      return at('val');
    case 'tcp option':
      return `tcp option ${at('name')} ${at('field')}`.trimEnd();
    case 'jump':
    case 'goto':
      return `${name} ${at('target')}`;
    default:
      return [name, ...Object.entries(fields).map(([key, part]) => `${key} ${text(part)}`)].join(' ');
  }
}
