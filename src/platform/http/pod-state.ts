import { Injectable } from '@nestjs/common';

/** Whether this pod still wants requests. What holds connections open listens, and lets go of them. */
@Injectable()
export class PodState {
  private readonly leave = new AbortController();

  get leaving(): boolean {
    return this.leave.signal.aborted;
  }

  /** Aborts once, when the pod has been told to stop. */
  get signal(): AbortSignal {
    return this.leave.signal;
  }

  startLeaving(): void {
    this.leave.abort();
  }
}
