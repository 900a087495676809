/** Assembles `src/prefix-cache/hash/kernel.wat` into the TypeScript file beside it: `node --import tsx router/scripts/assemble-hash-kernel.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wabt from 'wabt';

const folder = join(__dirname, '../src/prefix-cache/hash');

/** The kernel's bytes in base64, assembled from its source. */
export async function assembleKernel(): Promise<string> {
  const tools = await wabt();
  const module = tools.parseWat('kernel.wat', readFileSync(join(folder, 'kernel.wat'), 'utf8'));
  try {
    return Buffer.from(module.toBinary({}).buffer).toString('base64');
  } finally {
    module.destroy();
  }
}

async function main(): Promise<void> {
  const lines = (await assembleKernel()).match(/.{1,120}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  writeFileSync(
    join(folder, 'kernel-bytes.ts'),
    `/** The assembled \`kernel.wat\`, in base64. Made by \`router/scripts/assemble-hash-kernel.ts\`. */\nexport const kernelBytes =\n${text};\n`,
  );
}

if (require.main === module) void main();
