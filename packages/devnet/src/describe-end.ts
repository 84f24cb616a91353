// How a child came to its end, for a person: by the sentence that it said itself where it said one,
// otherwise by the last lines of its log.
import { type Child, type ChildExit, describeExit } from './children/child.ts';
import { type LastWords, lastWordsIn } from './children/last-words.ts';

export function describeEnd(
  child: Pick<Child, 'name' | 'lastLines' | 'logFile'>,
  exit: ChildExit,
): LastWords {
  const lines = child.lastLines();
  const how = `${child.name} ended (${describeExit(exit)})`;
  const said = lastWordsIn(lines, exit.signal);
  if (said !== null) {
    return { sentence: `${how}: ${said.sentence} See ${child.logFile}.`, code: said.code };
  }
  const shown = lines.map((line) => `\n  ${line}`).join('');
  return { sentence: `${how}. Its last lines (${child.logFile}):${shown}`, code: 'INTERNAL' };
}
