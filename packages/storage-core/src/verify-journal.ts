// A process of its own that reads all of a journal and begins to write it, and ends well if it is whole:
// see open-guarded.ts.
import { Journal } from './journal.ts';

const [folder = ''] = process.argv.slice(2);
try {
  const journal = Journal.open({ folder });
  for (const _ of journal.slots());
  for (const _ of journal.versions());
  journal.tryWriting();
  await journal.close();
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
