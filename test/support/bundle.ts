import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from './architecture/sources';

/** Bundles a program that imports `cdk8s-llm-d` into one file that needs nothing beside it, as a user's bundler would. */
export function bundleProgram(source: string, outfile: string, format: 'cjs' | 'esm' = 'cjs'): void {
  buildSync({
    stdin: { contents: source, resolveDir: ROOT, sourcefile: 'program.ts', loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    // CommonJS inside an ES module asks for `require`. The bundler does not see which names a banner takes.
    banner:
      format === 'esm'
        ? { js: `import * as nodeModule__ from 'node:module'; const require = nodeModule__.createRequire(import.meta.url);` }
        : {},
    tsconfig: join(ROOT, 'tsconfig.dev.json'),
    logLevel: 'warning',
  });
}
