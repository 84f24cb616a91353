// Shows what the start is doing: a spinner for each step in a terminal, a line elsewhere, nothing
// for a program that reads JSON.
import { Listr } from 'listr2';

export interface Progress {
  /** Runs `work` as a step that a person sees. */
  step<Result>(title: string, work: () => Promise<Result>): Promise<Result>;
}

export function createProgress(isShown: boolean): Progress {
  return {
    step: async (title, work) => {
      let done: { readonly result: Awaited<ReturnType<typeof work>> } | null = null;
      const startedMs = performance.now();
      await new Listr(
        [
          {
            title,
            task: async (_context, task) => {
              done = { result: await work() };
              const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
              task.title = `${title} (${seconds} s)`;
            },
          },
        ],
        {
          renderer: isShown ? 'default' : 'silent',
          fallbackRenderer: isShown ? 'simple' : 'silent',
          registerSignalListeners: false,
        },
      ).run();
      // Listr rejects where the step failed, so the step is done here.
      return (done as unknown as { readonly result: Awaited<ReturnType<typeof work>> }).result;
    },
  };
}
