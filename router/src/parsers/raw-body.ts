import type { ParsedBody } from '../plugin/request';

/** A body that is forwarded unread. */
export const rawBody = (bytes: Buffer, skipResponse: boolean): ParsedBody => ({
  api: 'raw',
  bytes,
  model: '',
  stream: false,
  cacheSalt: '',
  skipResponse,
});
