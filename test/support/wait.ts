/** True as soon as `check` holds, false when it does not within the time. */
export async function eventually(milliseconds: number, check: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + milliseconds;
  for (;;) {
    if (await check()) return true;
    if (performance.now() > until) return false;
    await sleep(20);
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A promise and what settles it, for tests that hold something until they say so. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
