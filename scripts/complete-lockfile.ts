// Adds to package-lock.json every optional platform package that npm left out because the
// registry at hand lacks it. Without them `npm ci` refuses the lockfile on every machine
// (EUSAGE, "Missing: ... from lock file"). Run after each `npm install`; a test asserts that
// nothing is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockEntry {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface Lockfile {
  packages: Record<string, LockEntry>;
}

const OPERATING_SYSTEMS: Record<string, string> = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
};
const PROCESSORS: Record<string, string> = {
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/** Where `name`, required from the package at `from`, is found in the lockfile, or null. */
function resolveEntry(lock: Lockfile, from: string, name: string): string | null {
  let base = from;
  for (;;) {
    const candidate = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (lock.packages[candidate] !== undefined) return candidate;
    if (base === '') return null;
    const parent = base.lastIndexOf('/node_modules/');
    base = parent < 0 ? '' : base.slice(0, parent);
  }
}

/** The optional dependencies that the lockfile names and does not hold, with their platform. */
export function findMissingOptionals(lock: Lockfile): Map<string, LockEntry> {
  const missing = new Map<string, LockEntry>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolveEntry(lock, path, name) !== null) continue;
      const words = name.split(/[-/@]/);
      const os = words.map((word) => OPERATING_SYSTEMS[word]).find((word) => word !== undefined);
      const cpu = words.map((word) => PROCESSORS[word]).find((word) => word !== undefined);
      missing.set(`node_modules/${name}`, {
        version: range.replace(/^npm:.*@/, '').replace(/^[\^~]/, ''),
        ...(entry.dev === undefined ? {} : { dev: entry.dev }),
        optional: true,
        ...(os === undefined ? {} : { os: [os] }),
        ...(cpu === undefined ? {} : { cpu: [cpu] }),
        ...(words.includes('musl') ? { libc: ['musl'] } : {}),
      });
    }
  }
  return missing;
}

if (import.meta.main) {
  const file = join(import.meta.dirname, '..', 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
  const missing = findMissingOptionals(lock);
  for (const [path, entry] of missing) lock.packages[path] = entry;
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.size} optional packages added to package-lock.json\n`);
}
