// fieldSelector and labelSelector of list and watch.
// Source: k8s.io/apimachinery pkg/fields/selector.go and pkg/labels/selector.go.
import { fail, ok, type Result } from '../../app/result.ts';
import { badRequest, type ApiFailure } from './api-status.ts';
import { mapAt, valueAt, type Json, type KubeObject } from './json.ts';
import type { Resource } from './kinds.ts';

export type Selects = (object: KubeObject) => boolean;

const everything: Selects = () => true;

/** Splits `path=value`, `path==value` and `path!=value`. */
const TERM = /^([^=!]+)(==|!=|=)(.*)$/;

export function parseFieldSelector(text: string, resource: Resource): Result<Selects, ApiFailure> {
  if (text === '') return ok(everything);
  const terms: Selects[] = [];
  for (const term of text.split(',')) {
    const [, field, operator, wanted] = TERM.exec(term) ?? [];
    if (field === undefined || wanted === undefined) {
      return fail(badRequest(`invalid selector: '${text}'; can't understand '${term}'`));
    }
    const path = field.trim();
    const known = ['metadata.name', 'metadata.namespace', ...resource.selectableFields];
    if (!known.includes(path)) return fail(badRequest(`field label not supported: ${path}`));
    const steps = path.split('.');
    const value = unescapeField(wanted);
    terms.push((object) => (asText(valueAt(object, ...steps)) === value) === (operator !== '!='));
  }
  return ok((object) => terms.every((term) => term(object)));
}

function unescapeField(value: string): string {
  return value.replace(/\\([\\,=])/g, '$1');
}

function asText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const SET_TERM = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
/** A label's key, with its optional DNS prefix. */
const LABEL_KEY = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

export function parseLabelSelector(text: string): Result<Selects, ApiFailure> {
  const terms: Selects[] = [];
  // Commas separate terms, except those inside the parentheses of a set.
  for (const part of text.split(/,(?![^(]*\))/)) {
    const term = part.trim();
    if (term === '') continue;
    const parsed = parseLabelTerm(term);
    if (parsed === null) return fail(badRequest(`unable to parse requirement: '${term}' in '${text}'`));
    terms.push(parsed);
  }
  return ok(terms.length === 0 ? everything : (object) => terms.every((term) => term(object)));
}

function parseLabelTerm(term: string): Selects | null {
  const [, setKey, word, list] = SET_TERM.exec(term) ?? [];
  if (setKey !== undefined && list !== undefined) {
    const values = new Set(list.split(',').map((value) => value.trim()));
    return labelTerm(setKey, (value) => (value !== undefined && values.has(value)) === (word === 'in'));
  }
  const [, key, operator, wanted] = TERM.exec(term) ?? [];
  if (key !== undefined && wanted !== undefined) {
    return labelTerm(key.trim(), (value) => (value === wanted.trim()) === (operator !== '!='));
  }
  if (term.startsWith('!')) return labelTerm(term.slice(1).trim(), (value) => value === undefined);
  return labelTerm(term, (value) => value !== undefined);
}

function labelTerm(key: string, holds: (value: string | undefined) => boolean): Selects | null {
  if (!LABEL_KEY.test(key)) return null;
  return (object) => holds(mapAt(object, 'metadata', 'labels').get(key));
}
