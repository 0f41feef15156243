// app://hopscope/…: the page's own origin, served from one folder and nothing else.
import { readFile } from 'node:fs/promises';
import { protocol } from 'electron';
import { resolveInJail } from './jail.ts';
import { PAGE_SCHEME } from './page-address.ts';

/**
 * DESIGN §10. Inline styles are allowed because xterm and Cytoscape insert them and fail silently otherwise;
 * the last three do not fall back to default-src, so they are said here.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // The files change with every build, and reading them again costs nothing.
  'Cache-Control': 'no-store',
};

/** Must run before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** @param root folder of the built page. */
export function servePage(root: string): void {
  protocol.handle(PAGE_SCHEME, async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405);
    const found = await resolveInJail(root, request.url);
    if (!found.ok) return refusal(found.failure.status);
    const body = request.method === 'HEAD' ? null : await readFile(found.value.file);
    return new Response(body, { headers: { ...headers, 'Content-Type': found.value.contentType } });
  });
}

function refusal(status: number): Response {
  return new Response(null, { status, headers });
}
