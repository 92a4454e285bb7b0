import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Turns } from '../turns.js';

/** Argon2id (the package's default kind) at OWASP's first choice: 19 MiB, two passes, about 10 ms here. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** 76 MiB at most, and the pool's other threads stay free for whoever needs a file. */
const AT_ONCE = 3;
const MOST_WAITING = 64;

/** Hashes and checks passwords, a few at a time: a flood of logins waits, then is refused, and takes no memory. */
@Injectable()
export class Passwords {
  private readonly turns = new Turns(AT_ONCE, MOST_WAITING, 'Too many sign-ins at once.');
  /** The hash of a password that nobody knows, so that an unknown user costs what a known one does. */
  private readonly decoy: Promise<string>;

  constructor() {
    this.decoy = hash(randomBytes(32), COST);
    // Whoever awaits it hears of an error; until then it is nobody's.
    this.decoy.catch(() => undefined);
  }

  hash(password: string): Promise<string> {
    return this.turns.take(() => hash(spelt(password), COST));
  }

  /** Without a stored hash it takes as long and is false. */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await this.decoy);
    const right = await this.turns.take(() => verify(against, spelt(password)));
    return right && stored !== null && stored !== undefined;
  }
}

/** Two keyboards may write the same letter in two ways. */
function spelt(password: string): string {
  return password.normalize('NFKC');
}
