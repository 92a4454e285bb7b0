/** Waits until `condition` answers true, or fails after `milliseconds` with what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Not within ${milliseconds} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
