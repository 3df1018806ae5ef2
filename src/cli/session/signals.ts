/** What can be caught here and means something to another process; Docker forwards the same. */
const CAUGHT = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
] as const satisfies readonly NodeJS.Signals[];

/** Hands every signal that reaches this process to `listen`, until disposed. */
export function catchSignals(listen: (signal: NodeJS.Signals) => void): Disposable {
  const listeners = CAUGHT.map((signal) => [signal, () => listen(signal)] as const);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return {
    [Symbol.dispose]: () => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}
