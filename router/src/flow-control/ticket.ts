import type { InferenceError } from '../plugin/errors';
import type { QueuedRequest } from '../plugin/flow-policies';
import type { InferenceRequest } from '../plugin/request';
import type { Admission, Evict } from '../request-control/admission';
import type { Flow } from './flow';
import type { ModelSeries } from './flow-metrics';
import type { HeapItem } from './indexed-heap';
import type { Running } from './victims';
import type { ListItem } from './waiting-list';

/** Who issued tickets, and hears what becomes of the requests that have them. */
export interface TicketOffice {
  cancelled(ticket: Ticket): void;
  dispatched(ticket: Ticket, evict: Evict): void;
  finished(ticket: Ticket): void;
}

/** A request's place in flow control: what its flow, the list of all that wait, and its owner hold of it. */
export class Ticket implements Admission, QueuedRequest, HeapItem, ListItem<Ticket> {
  wait: Promise<void> | undefined;
  position = -1;
  older: Ticket | undefined;
  newer: Ticket | undefined;
  /** Set by the band's ordering policy; last until then. */
  rank = Number.POSITIVE_INFINITY;
  tie = 0;
  state: 'new' | 'waiting' | 'through' | 'refused' = 'new';
  readonly bytes: number;
  readonly series: ModelSeries;
  /** Entry among the running requests, where eviction is on. */
  running: Running | undefined;
  private pass: (() => void) | undefined;
  private refuse: ((error: InferenceError) => void) | undefined;

  constructor(
    private readonly office: TicketOffice,
    readonly request: InferenceRequest,
    readonly flow: Flow,
    readonly enqueuedAt: number,
    readonly ttlMs: number,
    readonly sequence: number,
  ) {
    this.bytes = request.sizeBytes;
    this.series = flow.series.of(request.incomingModel, request.targetModel);
  }

  /** Makes the promise that `through` and `refused` settle. */
  makeWait(): void {
    this.wait = new Promise((resolve, reject) => {
      this.pass = resolve;
      this.refuse = reject;
    });
    // The owner of a request whose client has gone may have stopped listening.
    this.wait.catch(() => {});
  }

  /** Lets the request go on. */
  through(): void {
    this.state = 'through';
    this.pass?.();
  }

  refused(error: InferenceError): void {
    this.state = 'refused';
    this.refuse?.(error);
  }

  cancel(): void {
    this.office.cancelled(this);
  }

  dispatched(evict: Evict): void {
    this.office.dispatched(this, evict);
  }

  finished(): void {
    this.office.finished(this);
  }
}

/** Whether `a` is served before `b` in a queue: by rank, then tie, then arrival. */
export function servedBefore(a: Ticket, b: Ticket): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.tie !== b.tie) return a.tie < b.tie;
  return a.sequence < b.sequence;
}
