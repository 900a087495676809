import type { EvictionFilter, RunningRequest } from '../../plugin/flow-policies';

/** Lets requests of negative priority be evicted, and no others. */
export class SheddableFilter implements EvictionFilter {
  evictable({ priority }: RunningRequest): boolean {
    return priority < 0;
  }
}
