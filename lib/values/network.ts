/** What carries the KV cache and the collectives between pods. */
export class Network {
  readonly kind!: 'tcp' | 'infiniBand' | 'roce';
}
