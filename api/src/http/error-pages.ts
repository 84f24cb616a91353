// The page that `extensions.docs` links to: every code of the catalogue with what it means.
import { ERRORS } from '@streamsync/domain';

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

export const ERRORS_PATH = '/errors';

export function renderErrorPage(): string {
  const entries = Object.entries(ERRORS).map(
    ([code, { status, retry, message }]) =>
      `<section id="${code.toLowerCase()}"><h2>${code}</h2><p>${escapeHtml(message)}</p><p>HTTP ${status} when it is the whole answer. Retry: ${retry}.</p></section>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>StreamSync errors</title><style>body{font:16px/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}:target{background:#fff3c4}h2{font:600 1rem ui-monospace,monospace}</style></head><body><h1>Errors</h1>${entries.join('')}</body></html>`;
}
