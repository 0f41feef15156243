// Where the page lives. A scheme of its own gives it an origin that no file and no web page shares.

export const PAGE_SCHEME = 'app';
export const PAGE_HOST = 'hopscope';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`;
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`;

/** True for a document that our own protocol handler served. */
export function isPageUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return protocol === `${PAGE_SCHEME}:` && host === PAGE_HOST && username === '' && password === '';
}
