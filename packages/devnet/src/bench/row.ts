// One row of the bench: what was measured, its bar, and beside it what makes the figure readable.
import type { Spread } from './statistics.ts';

export interface BenchRow {
  readonly what: string;
  readonly unit: string;
  readonly figure: Spread;
  /** In words; null where there is none. */
  readonly bar: string | null;
  readonly isMet: boolean | null;
  /** The control of the same run, or the parts of a ratio. */
  readonly beside: string;
}

const HEADER = ['what', 'best', 'range', 'bar', 'met', 'beside it'] as const;

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function cellsOf(row: BenchRow): readonly string[] {
  const { best, min, max } = row.figure;
  return [
    row.what,
    `${formatNumber(best)} ${row.unit}`.trim(),
    `${formatNumber(min)} to ${formatNumber(max)}`,
    row.bar ?? '',
    row.isMet === null ? '' : row.isMet ? 'yes' : 'NO',
    row.beside,
  ];
}

/** A Markdown table, readable in a terminal too. */
export function formatTable(rows: readonly BenchRow[]): string {
  const table = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) =>
    Math.max(3, ...table.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [header = [], ...body] = table;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return `${[line(header), rule, ...body.map(line)].join('\n')}\n`;
}
