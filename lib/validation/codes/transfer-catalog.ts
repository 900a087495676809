/** 4xx: prefill/decode, KV transfer, network. */
export const TRANSFER_CODES = {} as const;
