// Loaded into every child before its own code. When the network's process dies, even by SIGKILL,
// the channel to it closes, and the child stops as by SIGTERM: nothing is left running.
const DRAIN_MS_MAX = 10_000;

process.once('disconnect', () => {
  setTimeout(() => process.exit(1), DRAIN_MS_MAX).unref();
  process.kill(process.pid, 'SIGTERM');
});

// A listener keeps the channel, and with it the process, alive: a child that is done may end.
process.channel?.unref();
