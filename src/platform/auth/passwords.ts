import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../../contracts/errors.js';

/** Argon2id (the package's default kind) at OWASP's first choice: 19 MiB, two passes, about 10 ms here. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** 76 MiB at most, and the pool's other threads stay free for whoever needs a file. */
const AT_ONCE = 3;
const MOST_WAITING = 64;

/** Hashes and checks passwords, a few at a time: a flood of logins waits, then is refused, and takes no memory. */
@Injectable()
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** The hash of a password that nobody knows, so that an unknown user costs what a known one does. */
  private readonly decoy: Promise<string>;

  constructor() {
    this.decoy = hash(randomBytes(32), COST);
    // Whoever awaits it hears of an error; until then it is nobody's.
    this.decoy.catch(() => undefined);
  }

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(spelt(password), COST));
  }

  /** Without a stored hash it takes as long and is false. */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await this.decoy);
    const right = await this.inTurn(() => verify(against, spelt(password)));
    return right && stored !== null && stored !== undefined;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < AT_ONCE) this.running += 1;
    else if (this.waiting.length >= MOST_WAITING) throw new DomainError('busy', 'Too many sign-ins at once.');
    // Whoever leaves hands over the place, so nobody can slip in between.
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}

/** Two keyboards may write the same letter in two ways. */
function spelt(password: string): string {
  return password.normalize('NFKC');
}
