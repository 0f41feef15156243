// Which of the forms named in Accept to answer in: the first one that this server has, as kubectl orders them.
import type { TableForm } from './table.ts';

export type ListForm = 'json' | Pick<TableForm, 'version'>;

interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function mediaTypes(accept: string | undefined): MediaType[] {
  if (accept === undefined || accept.trim() === '') return [{ type: '*/*', parameters: new Map() }];
  return accept.split(',').map((entry) => {
    const [type = '', ...rest] = entry.split(';').map((part) => part.trim());
    const parameters = new Map(
      rest.map((part) => {
        const [name = '', value = ''] = part.split('=');
        return [name, value] as const;
      }),
    );
    return { type: type.toLowerCase(), parameters };
  });
}

function isJson(media: MediaType): boolean {
  return ['application/json', 'application/*', '*/*'].includes(media.type);
}

/** JSON or a Table of a version; null when Accept allows neither. */
export function listForm(accept: string | undefined): ListForm | null {
  for (const media of mediaTypes(accept)) {
    if (!isJson(media)) continue;
    const form = media.parameters.get('as');
    if (form === undefined) return 'json';
    const version = media.parameters.get('v');
    if (form === 'Table' && (version === 'v1' || version === 'v1beta1')) return { version };
  }
  return null;
}

/** The version of aggregated discovery that is wanted; null for the old form. */
export function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | null {
  for (const media of mediaTypes(accept)) {
    if (!isJson(media)) continue;
    const form = media.parameters.get('as');
    const version = media.parameters.get('v');
    if (form === undefined) return null;
    if (form === 'APIGroupDiscoveryList' && (version === 'v2' || version === 'v2beta1')) return version;
  }
  return null;
}

/** Whether `type` itself, not a wildcard, is named. */
export function names(accept: string | undefined, type: string): boolean {
  return mediaTypes(accept).some((media) => media.type === type.toLowerCase());
}
