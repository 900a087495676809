/** How a prefill worker hands its KV cache to a decode worker. */
export class KvTransfer {
  readonly kind!: 'nixl' | 'mooncake' | 'none';
}
