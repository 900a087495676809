import { huffmanLengths } from './huffman-catalog';

const END_OF_STRING = 256;
const END_OF_STRING_BITS = 30;
const MAX_PADDING_BITS = 7;

/** A step takes half a byte: the next state, the byte that it completes (if any), or that the code is broken. */
const STATE_MASK = 0xff;
const SYMBOL_SHIFT = 8;
const SYMBOL_MASK = 0xff;
const EMITS = 1 << 16;
const BROKEN = 1 << 17;

interface Machine {
  /** By state * 16 + half byte. */
  readonly steps: Int32Array;
  /** States in which a string may end: nothing is open but padding, up to seven ones. */
  readonly ends: Uint8Array;
}

/** The tree of codes as pairs of children by node: other nodes are positive, leaves are -1 - symbol. */
function buildTree(): number[] {
  const lengths = [...huffmanLengths, END_OF_STRING_BITS];
  const symbols = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const children = [0, 0];
  let code = 0;
  let bits = lengths[symbols[0]!]!;
  for (const symbol of symbols) {
    code *= 2 ** (lengths[symbol]! - bits);
    bits = lengths[symbol]!;
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit--) {
      const slot = node * 2 + (Math.floor(code / 2 ** bit) % 2);
      if (children[slot] === 0) {
        children[slot] = children.length / 2;
        children.push(0, 0);
      }
      node = children[slot]!;
    }
    children[node * 2 + (code % 2)] = -1 - symbol;
    code++;
  }
  return children;
}

function walk(children: readonly number[], state: number, nibble: number): number {
  let node = state;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = children[node * 2 + ((nibble >> bit) & 1)]!;
    if (child >= 0) {
      node = child;
      continue;
    }
    const symbol = -1 - child;
    if (symbol === END_OF_STRING) {
      return BROKEN;
    }
    // The shortest code has five bits, so half a byte completes one symbol at most.
    emitted = EMITS | (symbol << SYMBOL_SHIFT);
    node = 0;
  }
  return node | emitted;
}

function buildMachine(): Machine {
  const children = buildTree();
  const states = children.length / 2;
  const steps = new Int32Array(states * 16);
  for (let state = 0; state < states; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      steps[state * 16 + nibble] = walk(children, state, nibble);
    }
  }
  const ends = new Uint8Array(states);
  for (let ones = 0, node = 0; ones <= MAX_PADDING_BITS; ones++, node = children[node * 2 + 1]!) {
    ends[node] = 1;
  }
  return { steps, ends };
}

const { steps, ends } = buildMachine();
let scratch = Buffer.alloc(1024);

/** Unpacks a Huffman-coded string. Undefined when the code is broken. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  const most = Math.ceil(((end - start) * 8) / 5);
  if (scratch.length < most) {
    scratch = Buffer.alloc(most);
  }
  let state = 0;
  let length = 0;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = steps[state * 16 + ((byte >> shift) & 15)]!;
      if ((step & BROKEN) !== 0) {
        return undefined;
      }
      if ((step & EMITS) !== 0) {
        scratch[length++] = (step >> SYMBOL_SHIFT) & SYMBOL_MASK;
      }
      state = step & STATE_MASK;
    }
  }
  return ends[state] === 1 ? scratch.toString('latin1', 0, length) : undefined;
}
