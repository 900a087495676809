import { ensure } from '../validation/error';

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};
const QUANTITY = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/;

/** Value of a Kubernetes quantity in its base unit (bytes, cores, pieces); throws LLMD103 when it is none. */
export function parseQuantity(quantity: string | number): number {
  const text = String(quantity);
  const match = QUANTITY.exec(text);
  ensure(match !== null, 'LLMD103', { given: text });
  return Number(match[1]) * (SUFFIXES[match[2] ?? ''] as number);
}

/** True when `text` can be read by the API server as a quantity. */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}
