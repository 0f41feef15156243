// Which file a request for app://hopscope/… may have: only a regular file really inside the page's folder.
// Rules after RFC 3986 §3.3 and §5.2.4: one decoding, then no segment may be empty, `.` or `..`, nor hold a
// separator, a NUL or a drive colon; symlinks are resolved before the border is checked.
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { fail, ok, type Result } from '../../app/result.ts';
import { isPageUrl } from './page-address.ts';

export interface Jailed {
  /** Real, absolute. */
  readonly file: string;
  readonly contentType: string;
}

export interface OutsideJail {
  /** HTTP status. */
  readonly status: 400 | 403 | 404;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** Not empty, no control character, no separator of any system and no drive or stream colon. */
const plainSegment = /^[^\p{Cc}/\\:]+$/u;

/** @param root folder of the built page; it may itself be reached over a symlink. */
export async function resolveInJail(root: string, url: string): Promise<Result<Jailed, OutsideJail>> {
  if (!isPageUrl(url)) return fail({ status: 403 });
  let decoded: string;
  try {
    decoded = decodeURIComponent(new URL(url).pathname);
  } catch {
    return fail({ status: 400 });
  }
  const segments = decoded === '/' ? ['index.html'] : decoded.slice(1).split('/');
  if (!segments.every((segment) => plainSegment.test(segment) && segment !== '.' && segment !== '..')) {
    return fail({ status: 400 });
  }
  try {
    const realRoot = await realpath(root);
    const file = await realpath(path.join(realRoot, ...segments));
    if (!file.startsWith(realRoot + path.sep)) return fail({ status: 403 });
    if (!(await stat(file)).isFile()) return fail({ status: 404 });
    const contentType = contentTypes[path.extname(file).toLowerCase()] ?? 'application/octet-stream';
    return ok({ file, contentType });
  } catch {
    return fail({ status: 404 });
  }
}
