import type { Actor } from '../actor.js';

/** A person whom a business serves, under every id that it was ever known by. */
export interface Person {
  readonly id: string;
  /** `id` first, then the visitors that turned out to be the same person. */
  readonly ids: readonly string[];
}

/** What one owner of a collection keeps of persons, and how it is handed out and removed. */
export interface PersonalData {
  /** The name under which it stands in an export. */
  readonly name: string;
  /** Everything that is stored of the person, a record at a time, however much it is. */
  export(actor: Actor, person: Person): AsyncIterable<unknown>;
  /** Removes it or makes it anonymous. Runs again after a crash, and once more later for what was under way. */
  erase(actor: Actor, person: Person): Promise<void>;
}

/** Whoever stores something of a person registers here, so that an export has it and an erasure removes it. */
export class PersonalDataRegistry {
  private readonly owners = new Map<string, PersonalData>();

  register(owner: PersonalData): void {
    if (this.owners.has(owner.name)) throw new Error(`Two owners of personal data are called ${owner.name}.`);
    this.owners.set(owner.name, owner);
  }

  all(): readonly PersonalData[] {
    return [...this.owners.values()];
  }
}
