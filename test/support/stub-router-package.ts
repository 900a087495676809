import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What stands for the context of the image: its text is hashed. */
const CONTEXT = 'context.txt';

// The contract of `llm-d-epp/image` without a Dockerfile and a bundler: so the library is tested by what it may rely on, and no more.
const IMAGE = `
const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { basename, join, parse, resolve } = require('node:path');
exports.routerImageAsset = ({ plugins = [], buildArgs = {}, target, platforms = ['linux/amd64', 'linux/arm64'] } = {}, cwd = process.cwd()) => {
  const context = join(__dirname, '${CONTEXT}');
  if (!existsSync(context)) throw new Error('the context is not built');
  const hash = createHash('sha256').update(JSON.stringify([
    readFileSync(context, 'utf8'), plugins.map((file) => [parse(file).name, readFileSync(resolve(cwd, file), 'utf8')]), buildArgs, target, platforms,
  ])).digest('hex');
  return {
    repository: 'llm-d-epp', version: '1.2.3', hash, tag: '1.2.3-' + hash.slice(0, 12),
    plugins: plugins.map((source) => ({
      name: parse(source).name, source, path: '/app/plugins/' + parse(source).name + '.mjs',
      packages: [{ name: 'left-pad', version: '1.3.0', license: 'WTFPL' }],
    })),
    buildArgs, ...(target === undefined ? {} : { target }), platforms,
  };
};
exports.runImageCommand = async (argv, { cwd, env, stdout, stderr }) => {
  stdout(JSON.stringify({ argv, cwd, mark: env.MARK }));
  stderr('builds');
  return argv.length;
};
`;

/** Writes such a package to `folder`; `context` undefined leaves it unbuilt. */
export function writeStubPackage(folder: string, context: string | undefined = 'context', image = IMAGE): void {
  const exports = { './image': './image.js', './package.json': './package.json' };
  writeFiles(folder, {
    'package.json': JSON.stringify({ name: 'llm-d-epp', version: '1.2.3', exports }),
    'image.js': image,
    ...(context === undefined ? {} : { [CONTEXT]: context }),
  });
}

/** Writes files by their path below `folder`. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
