// How much work something is, whatever else the machine does meanwhile: a bound on the clock on the wall fails under load.

/** Processor time that this process spends on `work`, ms. */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
