/** Remembers the last ids that it was given, and forgets the oldest. */
export class RecentIds {
  private readonly ids = new Set<string>();

  constructor(private readonly most: number) {}

  add(id: string): void {
    this.ids.add(id);
    if (this.ids.size > this.most) for (const oldest of this.ids) return void this.ids.delete(oldest);
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }
}
