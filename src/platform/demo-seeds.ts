import type { Logger } from './logging.js';

/** Makes something of the demo business, or finds that it is there: every start runs it again. */
export type Seed = () => Promise<void>;

/** How a visitor of the demo signs in; the summary after the start shows it. */
export interface DemoLogin {
  readonly email: string;
  readonly password: string;
}

/**
 * What the demo business consists of. Each feature adds its part in `onModuleInit`, from the bottom up; they run in
 * that order before the first request, and only when the settings say DEMO.
 */
export class DemoSeeds {
  private readonly seeds: { readonly name: string; readonly seed: Seed }[] = [];

  readonly logins: DemoLogin[] = [];

  add(name: string, seed: Seed, logins: readonly DemoLogin[] = []): void {
    this.seeds.push({ name, seed });
    this.logins.push(...logins);
  }

  async run(logger: Logger): Promise<void> {
    for (const { name, seed } of this.seeds) {
      await seed();
      logger.debug({ seed: name }, 'Demo seeded');
    }
  }
}
