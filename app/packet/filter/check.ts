// Whether a filter's words are fields and its comparisons make sense: from what is written to what it means.
import { compilePattern } from './byte-pattern.ts';
import { constant, typed, typedOrRefused, typeWords, valueType, type TypedValue } from './check-value.ts';
import type { Condition, Member, Relation, Value } from './condition.ts';
import { refuse } from './filter-error.ts';
import { bytesLiteral } from './literal.ts';
import type { Comparison, Quantifier, Written, WrittenValue } from './syntax.ts';

/** @throws FilterMistake */
export function checked(written: Written): Condition {
  switch (written.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return { kind: written.kind, left: checked(written.left), right: checked(written.right) };
    case 'not':
      return { kind: 'not', of: checked(written.of) };
    case 'exists': {
      const of = typedOrRefused(written.of);
      if (of.value.kind === 'call')
        return refuse(
          written,
          `What a function gives is compared, as in ${of.name} == ${of.type === 'uint' ? '1' : '"a"'}.`,
        );
      return { kind: 'exists', of: of.value };
    }
    case 'compare':
      return compared(written);
    case 'in': {
      const left = comparable(typedOrRefused(written.left));
      const members = written.members.map(({ from, to }): Member => ({
        from: other(left, from),
        to: to === null ? null : other(left, to),
      }));
      return {
        kind: 'in',
        every: written.quantifier === 'all',
        type: valueType(left.type),
        left: left.value,
        members,
      };
    }
  }
}

function compared(written: Extract<Written, { readonly kind: 'compare' }>): Condition {
  const left = typedOrRefused(written.left);
  const [relation, every] = meaning(written.comparison, written.quantifier);
  if (relation === 'matches') return matching(left, written.right, every);
  if (relation === 'contains') {
    if (!holdsBytes(left))
      return refuse(
        left.span,
        `${left.name} is ${typeWords(left.type)}: only text and bytes contain others.${searched(left)}`,
        searchedText(left),
      );
    return {
      kind: 'compare',
      relation,
      every,
      type: valueType(left.type),
      left: left.value,
      right: part(left, written.right),
    };
  }
  const { value, type } = comparable(left);
  return {
    kind: 'compare',
    relation,
    every,
    type: valueType(type),
    left: value,
    right: other(left, written.right),
  };
}

function meaning(comparison: Comparison, quantifier: Quantifier): readonly [Relation | 'matches', boolean] {
  const relation = comparison === '===' ? '==' : comparison === '!==' ? '!=' : comparison;
  const strict = comparison === '===' || comparison === '!=';
  return [relation, quantifier === null ? strict : quantifier === 'all'];
}

function comparable(left: TypedValue): TypedValue {
  if (left.type === 'protocol')
    return refuse(
      left.span,
      `${left.name} is a protocol: write it alone, or compare some of its bytes.`,
      `${left.name}[0:2]`,
    );
  if (left.type === 'none')
    return refuse(left.span, `${left.name} has no value: it is there or not. Write it alone.`);
  return left;
}

/** The right side of a comparison: another field of the same kind, else a constant. */
function other(left: TypedValue, written: WrittenValue): Value {
  const right = typed(written);
  if (right === null) return constant(written, left);
  const kinds = valueType(left.type) === valueType(right.type);
  const alike =
    left.type === right.type ||
    left.type === 'bytes' ||
    right.type === 'bytes' ||
    (kinds && valueType(left.type) !== 'bytes');
  if (kinds && alike && right.type !== 'none' && right.type !== 'protocol') return right.value;
  return refuse(
    right.span,
    `${right.name} is ${typeWords(right.type)}, and ${left.name} ${typeWords(left.type)}${left.type === 'text' ? ': text is written in double quotes' : ''}.`,
    left.type === 'text' ? JSON.stringify(right.name) : null,
  );
}

function holdsBytes({ type }: TypedValue): boolean {
  return type === 'text' || type === 'bytes' || type === 'mac' || type === 'protocol';
}

function part(left: TypedValue, written: WrittenValue): Value {
  const right = typed(written);
  if (right !== null) {
    const fits =
      left.type === 'text'
        ? right.type === 'text'
        : valueType(right.type) === 'bytes' && right.type !== 'none';
    if (fits) return right.value;
    return refuse(
      right.span,
      `${right.name} is ${typeWords(right.type)}; text is written in double quotes.`,
      JSON.stringify(right.name),
    );
  }
  if (left.type === 'text') return constant(written, left);
  if (written.kind === 'word' || written.kind === 'string' || written.kind === 'character')
    return { kind: 'constant', constant: bytesLiteral(written, left) };
  return refuse(written, 'This is no value to look for.');
}

function matching(left: TypedValue, written: WrittenValue, every: boolean): Condition {
  if (!holdsBytes(left))
    return refuse(
      left.span,
      `${left.name} is ${typeWords(left.type)}: patterns are for text and bytes.${searched(left)}`,
      searchedText(left),
    );
  if (written.kind !== 'string')
    return refuse(
      written,
      'A pattern is written in double quotes.',
      written.kind === 'word' ? JSON.stringify(written.text) : null,
    );
  const pattern = compilePattern(written.bytes);
  if (!pattern.ok) return refuse(written, pattern.failure);
  return { kind: 'matches', every, left: left.value, pattern: pattern.value };
}

function searchedText({ name, type }: TypedValue): string | null {
  return type === 'none' || type === 'boolean' ? null : `string(${name})`;
}

function searched(left: TypedValue): string {
  const text = searchedText(left);
  return text === null ? '' : ` ${text} is its text.`;
}
