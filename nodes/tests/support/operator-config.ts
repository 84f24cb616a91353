// A streamsync.toml with one node of each specialisation on free ports, before a given source.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function writeOperatorConfig(
  folder: string,
  source: string,
  /** Addresses by node; free ports otherwise. */
  listen: Readonly<Record<string, string>> = {},
  extra = '',
): string {
  const file = join(folder, 'streamsync.toml');
  const nodes = ['speed', 'cache', 'archive'].map(
    (name) => `
[[nodes]]
name = "${name}"
specialisation = "${name}"
listen = "${listen[name] ?? 'tcp://127.0.0.1:0'}"
publish = "tcp://127.0.0.1:0"
`,
  );
  writeFileSync(
    file,
    `operator = "acme"
dataFolder = "data"
logLevel = "info"
${extra}
[source]
${source}
[metrics]
listen = "127.0.0.1:0"
${nodes.join('')}`,
  );
  return file;
}
